import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A prefix makes an index collect all that begins with it before it looks at the other words. What the catalogue knows to
 * begin so is named instead, where it is few words. And whether anything is found is never asked of the whole catalogue.
 */
export class CompleteWords1767231500001 implements MigrationInterface {
  name = 'CompleteWords1767231500001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${QUERY} ${FOUND} ${PROMINENT}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `${FORMER_QUERY} DROP FUNCTION catalog.is_found(tsquery, text), catalog.prominent_matches(tsquery);`,
    );
  }
}

/**
 * search_query: what was typed, web style, with its synonyms. The last word from two letters on may be the beginning of one:
 * where it is a word of its own, of those that the catalogue has, if they are no more than 32, else of any.
 */
const QUERY = `
  CREATE OR REPLACE FUNCTION catalog.search_query(typed text, config regconfig) RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT coalesce(meant || begun, begun)
    FROM (SELECT websearch_to_tsquery(config, typed) AS parsed) AS _,
    LATERAL (SELECT parsed::text AS written, substring(parsed::text FROM '''([^''\\\\]{2,})''$') AS last) AS __,
    LATERAL (
      SELECT CASE WHEN count(*) <= 32 AND bool_or(word = last) THEN string_agg(ltrim(quote_literal(word), ' E'), ' | ') END AS words
      FROM (
        SELECT word FROM catalog.search_words WHERE word >= last AND word < last || chr(1114111) ORDER BY word LIMIT 33
      ) AS beginning
    ) AS ___,
    LATERAL (
      SELECT CASE WHEN EXISTS (SELECT FROM catalog.synonym_rules WHERE target <@ parsed)
        THEN ts_rewrite(parsed, 'SELECT target, replacement FROM catalog.synonym_rules') END AS meant,
        CASE WHEN written ~ '[^'']{2}''$'
        THEN coalesce(left(written, -length(last) - 2) || '(' || words || ')', written || ':*')::tsquery ELSE parsed END AS begun
    ) AS ____
  $$;
`;

const FOUND = `
  CREATE FUNCTION catalog.is_found(query tsquery, within_status text) RETURNS boolean
  LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT EXISTS (
      SELECT FROM catalog.products WHERE search @@ query AND (within_status IS NULL OR status = within_status)
    )
  $$;
`;

/** How many of the first tier match, 2,000 at most. */
const PROMINENT = `
  CREATE FUNCTION catalog.prominent_matches(query tsquery) RETURNS bigint LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT count(*) FROM (SELECT FROM catalog.products WHERE search @@ query AND search_tier = 1 LIMIT 2000) AS matches
  $$;
`;

const FORMER_QUERY = `
  CREATE OR REPLACE FUNCTION catalog.search_query(typed text, config regconfig) RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT CASE
      WHEN parsed::text !~ '[^'']{2}''$' THEN meant
      WHEN meant = parsed THEN prefixed
      ELSE meant || prefixed
    END
    FROM (SELECT websearch_to_tsquery(config, typed) AS parsed) AS _,
    LATERAL (
      SELECT CASE WHEN numnode(parsed) > 0
        THEN ts_rewrite(parsed, 'SELECT target, replacement FROM catalog.synonym_rules') ELSE parsed END AS meant,
        CASE WHEN parsed::text ~ '[^'']{2}''$' THEN (parsed::text || ':*')::tsquery ELSE parsed END AS prefixed
    ) AS __
  $$;
`;
