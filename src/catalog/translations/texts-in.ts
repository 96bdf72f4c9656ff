import type { CategoryTranslation } from '../categories/category.entity.js';

interface Translated {
  name: string;
  description: string | null;
  translations: Record<string, CategoryTranslation>;
}

/** What a category or collection is called in the first of these locales that says it; each text falls back on its own. */
export function textsIn({ name, description, translations }: Translated, locales: string[]) {
  const own = locales.flatMap((locale) => translations[locale] ?? []);
  const textOf = (field: keyof CategoryTranslation) => own.find((texts) => texts[field] !== undefined)?.[field];
  return { name: textOf('name') ?? name, description: textOf('description') ?? description };
}
