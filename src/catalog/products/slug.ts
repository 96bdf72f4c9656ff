/**
 * What a slug looks like: lower-case words of letters and digits, joined by single hyphens. One that looks like an id
 * would be taken for it wherever both will do.
 */
export const SLUG = /^(?![\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;
export const MAX_SLUG = 120;

/** "Crème brûlée torch, 20 cm" → "creme-brulee-torch-20-cm"; empty when the name has no Latin letter or digit. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/[æÆ]/g, 'ae')
    .replace(/[øØ]/g, 'o')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, '');
  return SLUG.test(slug) ? slug : '';
}
