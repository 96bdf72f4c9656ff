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
      WHEN catalog.is_found(typed.query, ${status ? `'${status}'` : 'NULL'}) THEN typed.query
      ELSE catalog.likely_query(${typed}, ${config(locales[0] as string)})
    END AS query
    FROM typed
  )`;

/** How well a product `p` fits; an integer, so that a cursor holds it exactly. */
export const RANK = '(ts_rank(p.search, m.query) * 1e6)::integer';

/** So many matches of a search are looked at, to rank them or to count their facets: what a page costs has a limit. */
export const MOST_MATCHES = 2000;

/**
 * The first `MOST_MATCHES` matches, what sells best before the rest: as a tiered index, of which a tier is asked only when
 * those before it have too few (Manning, Raghavan, Schütze, Introduction to Information Retrieval, 7.2.1). An index names
 * all its matches before the first can be looked at, so that a word that very many products have would cost more and more.
 * @param matchesIn the matches among those products `p` for which a condition holds
 */
export const foremost = (matchesIn: (tier: string) => string): string =>
  `${[1, 2, 3].map((tier) => `(${matchesIn(`p.search_tier = ${tier}`)} LIMIT ${MOST_MATCHES})`).join(' UNION ALL ')}
  LIMIT ${MOST_MATCHES}`;
