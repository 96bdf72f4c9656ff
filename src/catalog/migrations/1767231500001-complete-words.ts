import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A prefix makes an index collect all that begins with it before it looks at the other words. What the catalogue knows to
 * begin so is named instead, where it is few words. And whether anything is found is never asked of the whole catalogue.
 * `catalog.search_query` stays for the release before this one.
 */
export class CompleteWords1767231500001 implements MigrationInterface {
  name = 'CompleteWords1767231500001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${READ} ${FOUND} ${PROMINENT}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION catalog.prominent_matches(tsquery, integer), catalog.is_found(tsquery, text), catalog.read_search(text, regconfig);
    `);
  }
}

/**
 * What was typed, web style, with its synonyms. The last word from two letters on may be the beginning of one: where it is a
 * word of its own, of those that the catalogue has, if they are no more than 32, else of any. `rank` is what matches are
 * ranked by: it has the same words whichever the catalogue has by now, so that a page goes on where the one before ended.
 */
const READ = `
  CREATE FUNCTION catalog.read_search(typed text, config regconfig, OUT query tsquery, OUT rank tsquery)
  LANGUAGE sql STABLE AS $$
    SELECT coalesce(stand_ins || named, named), coalesce(stand_ins || begun, begun)
    FROM (SELECT websearch_to_tsquery(config, typed) AS parsed) AS _,
    LATERAL (
      SELECT parsed::text AS written, substring(parsed::text FROM '(?:^|[^''])''([^''\\\\]{2,})''$') AS last
    ) AS __,
    LATERAL (
      SELECT CASE WHEN EXISTS (SELECT FROM catalog.synonym_rules WHERE target <@ parsed)
        THEN ts_rewrite(parsed, 'SELECT target, replacement FROM catalog.synonym_rules') END AS rewritten
    ) AS ___,
    LATERAL (
      SELECT CASE WHEN count(*) <= 32 AND bool_or(word = last) THEN string_agg(ltrim(quote_literal(word), ' E'), ' | ') END AS words
      FROM (
        SELECT word FROM catalog.search_words WHERE word >= last AND word < last || chr(1114111) ORDER BY word LIMIT 33
      ) AS beginning
    ) AS ____,
    LATERAL (
      SELECT written ~ '[^'']{2}''$' AS may_go_on,
        -- Rewriting sorts operands, also where it finds nothing.
        rewritten <> ts_rewrite(parsed, 'SELECT NULL::tsquery, NULL::tsquery WHERE false') AS has_stand_ins
    ) AS _____,
    LATERAL (
      SELECT CASE WHEN may_go_on AND has_stand_ins THEN rewritten END AS stand_ins,
        CASE WHEN may_go_on THEN (written || ':*')::tsquery ELSE coalesce(rewritten, parsed) END AS begun,
        CASE WHEN may_go_on
        THEN coalesce(left(written, -length(last) - 2) || '(' || words || ')', written || ':*')::tsquery
        ELSE coalesce(rewritten, parsed) END AS named
    ) AS ______
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

/** How many of the first tier match, so many at most. */
const PROMINENT = `
  CREATE FUNCTION catalog.prominent_matches(query tsquery, most integer) RETURNS bigint
  LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT count(*) FROM (SELECT FROM catalog.products WHERE search @@ query AND search_tier = 1 LIMIT most) AS matches
  $$;
`;
