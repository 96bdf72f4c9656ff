/** How PostgreSQL reads what is written in a locale. Locales are the shop's own, so they may stand in statements. */
const config = (locale: string): string => `catalog.text_config('${locale}')`;

/** What was typed, as a tsquery: read in any of these languages. */
const typedIn = (typed: string, locales: string[]): string =>
  locales.map((locale) => `catalog.search_query(${typed}, ${config(locale)})`).join(' || ');

/** How the words that were typed are taken: as they are, or, should nothing at all have them, for those that are alike. */
export type Spelling = 'typed' | 'likely';

/**
 * What to look for, as one tsquery `m.query`, for what was typed in `$n`. Who quotes or excludes means it and is not
 * corrected.
 */
export const MEANT = (typed: string, locales: string[], spelling: Spelling, status?: string): string =>
  spelling === 'typed'
    ? `meant AS MATERIALIZED (SELECT ${typedIn(typed, locales)} AS query)`
    : `
  typed AS MATERIALIZED (SELECT ${typedIn(typed, locales)} AS query),
  meant AS MATERIALIZED (
    SELECT CASE
      WHEN ${typed} ~ '"|(^|\\s)-' THEN typed.query
      WHEN EXISTS (SELECT FROM catalog.products p WHERE p.search @@ typed.query${status ? ` AND p.status = '${status}'` : ''})
      THEN typed.query
      ELSE catalog.likely_query(${typed}, ${config(locales[0] as string)})
    END AS query
    FROM typed
  )`;

/** How well a product `p` fits; an integer, so that a cursor holds it exactly. */
export const RANK = '(ts_rank(p.search, m.query) * 1e6)::integer';

/** So many matches of a search are looked at, to rank them or to count their facets: what a page costs has a limit. */
export const MOST_MATCHES = 2000;
