import type { CategoryTranslation } from '../categories/category.entity.js';
import { given } from '../products/given.js';

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

/** The texts that a request has for a language: `null` says no more than what is left out. */
export const textsOf = (texts: { name?: string | null; description?: string | null }): CategoryTranslation =>
  given({ name: texts.name ?? undefined, description: texts.description ?? undefined });
