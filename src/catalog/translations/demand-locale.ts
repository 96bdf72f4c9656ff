import { type Locales, ValidationFailed } from '../../platform/index.js';

/** @throws {ValidationFailed} unless the shop speaks it beside the language that everything is written in. */
export function demandLocale({ base, all }: Locales, locale: string, of: 'product' | 'category' | 'collection'): void {
  if (locale !== base && all.includes(locale)) return;
  const others = all.filter((other) => other !== base);
  const message =
    locale === base
      ? `is what everything is written in: change the ${of} itself.`
      : `is none of the languages of this shop: ${others.join(', ') || 'it has one only'}. See GALLEY_LOCALES.`;
  throw new ValidationFailed([{ pointer: '/locale', code: 'unknown_locale', message: `"${locale}" ${message}` }]);
}
