const LONGEST = 200;

/** What a provider calls somebody, as far as it can be a name here. */
export function nameFrom(given: string | undefined): string | null {
  const name = given
    ?.toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return name ? [...name].slice(0, LONGEST).join('').trim() : null;
}
