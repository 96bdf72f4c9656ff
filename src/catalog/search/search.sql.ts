/**
 * What to look for, as one tsquery `m.query`: the words as typed in `$n` when they find anything, else the words that are
 * likely meant. Who quotes or excludes means it and is not corrected.
 */
export const MEANT = (typed: string, status?: string) => `
  typed AS MATERIALIZED (SELECT catalog.search_query(${typed}) AS query),
  meant AS MATERIALIZED (
    SELECT CASE
      WHEN ${typed} ~ '"|(^|\\s)-' THEN typed.query
      WHEN EXISTS (SELECT FROM catalog.products p WHERE p.search @@ typed.query${status ? ` AND p.status = '${status}'` : ''})
      THEN typed.query
      ELSE catalog.likely_query(${typed})
    END AS query
    FROM typed
  )`;

/** How well a product `p` fits; an integer, so that a cursor holds it exactly. */
export const RANK = '(ts_rank(p.search, m.query) * 1e6)::integer';
