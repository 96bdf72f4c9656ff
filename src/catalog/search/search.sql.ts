import type { ListFilter } from '../products/list-filters.js';

/** How PostgreSQL reads what is written in a locale. Locales are the shop's own, so they may stand in statements. */
const config = (locale: string): string => `catalog.text_config('${locale}')`;

const folded = (text: string): string => `platform.folded(${text})`;

/** Written with accents or without spaces, or whatever else is folded. */
const isFoldable = (text: string): boolean => /[^\0-\x7f]/.test(text);

/** Of what was typed, folded: a single character may become many. */
const MOST_LETTERS = 300;

const excludes = (text: string): boolean => /(^|\s)-/.test(text);

/**
 * What was typed, read in any of these languages: `query` and `rank`. As it is and as documents have it folded, but that
 * what is excluded is not let in by being written otherwise.
 */
function typedIn(typed: string, q: string, locales: string[]): string {
  const likeDocuments = `catalog.paired_query(left(${folded(typed)}, ${MOST_LETTERS}))`;
  const forms = isFoldable(q) ? [...(excludes(q) ? [] : [typed]), likeDocuments] : [typed];
  const all = locales.flatMap((locale) => forms.map((form) => `catalog.read_search(${form}, ${config(locale)})`));
  const each = (column: string) => all.map((_, index) => `r${index}.${column}`).join(' || ');
  const read = all.map((one, index) => `${one} AS r${index}`);
  return `SELECT ${each('query')} AS query, ${each('rank')} AS rank FROM ${read.join(', ')}`;
}

/** How the words that were typed are taken: as they are, or, should nothing at all have them, for those that are alike. */
export type Spelling = 'typed' | 'likely';

/** Parts of a statement that searches, where something is searched for. */
export interface Looked {
  /** Goes into WITH. */
  meant: string;
  /** Goes into FROM. */
  source: string;
  /** What to look for, and what to rank it by: tsqueries. */
  query: string;
  rank: string;
}

type Searched = Pick<ListFilter, 'q' | 'words' | 'languages' | 'status'>;

/** What is searched for in `q`, or, where they are known already, its words. */
export function lookFor(
  { q, words, languages, status }: Searched,
  spelling: Spelling,
  value: (given: unknown) => string,
): Looked | undefined {
  if (q === undefined) return undefined;
  if (words !== undefined) {
    return { meant: '', source: '', query: `${value(words.query)}::tsquery`, rank: `${value(words.rank)}::tsquery` };
  }
  const meant = meantBy(value(q), { q, languages, status }, spelling);
  return { meant, source: 'CROSS JOIN meant m', query: 'm.query', rank: 'm.rank' };
}

/** Who quotes or excludes means it and is not corrected. */
const meantBy = (typed: string, { q = '', languages, status }: Searched, spelling: Spelling): string =>
  spelling === 'typed'
    ? `meant AS MATERIALIZED (${typedIn(typed, q, languages)})`
    : `
  typed AS MATERIALIZED (${typedIn(typed, q, languages)}),
  meant AS MATERIALIZED (
    SELECT CASE WHEN kept THEN query ELSE likely END AS query, CASE WHEN kept THEN rank ELSE likely END AS rank
    FROM (
      SELECT *, ${typed} ~ '"|(^|\\s)-' OR catalog.is_found(query, ${status ? `'${status}'` : 'NULL'}) AS kept FROM typed
    ) AS t
    LEFT JOIN LATERAL (SELECT catalog.likely_query(${folded(typed)}, ${config(languages[0] as string)}) AS likely) AS l ON NOT kept
  )`;

/** The words of a search for `$1`. */
export const WORDS = (searched: Searched, spelling: Spelling): string =>
  `WITH ${meantBy('$1', searched, spelling)}
   SELECT coalesce(query::text, '') AS query, coalesce(rank::text, '') AS rank,
     catalog.prominent_matches(query, ${MOST_MATCHES}) AS prominent
   FROM meant`;

/** How well a product `p` fits; an integer, so that a cursor holds it exactly. */
export const rankBy = (rank: string): string => `(ts_rank(p.search, ${rank}) * 1e6)::integer`;

/** So many matches of a search are looked at, to rank them or to count their facets: what a page costs has a limit. */
export const MOST_MATCHES = 2000;

/**
 * The first `MOST_MATCHES` matches, what sells best before the rest: as a tiered index, of which a tier is asked only when
 * those before it have too few (Manning, Raghavan, Schütze, Introduction to Information Retrieval, 7.2.1). An index names
 * all its matches before the first can be looked at, so that a word that very many products have would cost more and more.
 * @param matchesIn the matches among those products `p` for which a condition holds
 */
export function foremost(matchesIn: (tier: string) => string): string {
  const each = [1, 2, 3].map((tier) => `(${matchesIn(`p.search_tier = ${tier}`)} LIMIT ${MOST_MATCHES})`);
  return `SELECT * FROM (${each.join(' UNION ALL ')}) AS foremost LIMIT ${MOST_MATCHES}`;
}
