import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is written with accents is found without them, what is written without spaces by any part of it, a name of stop words
 * alone by these, and a product by what its categories are called in any language. Documents only gain by it: what they had
 * before, they have still, and most texts have no accents. They are made anew at the next start, by jobs.
 */
export class FoldSearch1767231750001 implements MigrationInterface {
  name = 'FoldSearch1767231750001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${EDITION} ${NAMES} ${PAIRED} ${VECTORS} ${SUGGESTED} ${translatedDocument(NOW)}`);
    await runner.query(`${refreshSearch(NOW)} ${readSearch(OR_AS_WRITTEN, LETTERS_OR_SPACELESS)}`);
    await runner.query(refreshSynonyms(AS_FOLDED_TOO));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ${refreshSearch(BEFORE)} ${translatedDocument(BEFORE)} ${readSearch(WRITTEN, LETTERS)} ${refreshSynonyms(AS_TYPED)}
      DROP INDEX catalog.ix_products_folded_prefix, catalog.ix_suggestions_folded, catalog.ix_suggestions_folded_trigrams;
      DROP FUNCTION catalog.suggested_words(text, text[], jsonb), catalog.translated_marks(uuid[]), catalog.values_vector(regconfig, jsonb),
        catalog.name_vector(regconfig, text), catalog.text_vector(regconfig, text), catalog.paired_query(text),
        catalog.paired(text), catalog.pairs(text, boolean);
      DROP TABLE catalog.translated_names;
      ALTER TABLE catalog.search_settings DROP COLUMN edition;
    `);
  }
}

/** Which way of making documents they were last made by. */
const EDITION = `
  ALTER TABLE catalog.search_settings ADD COLUMN edition integer NOT NULL DEFAULT 2;
  UPDATE catalog.search_settings SET edition = 1 WHERE EXISTS (SELECT FROM catalog.products);
`;

/** Derived: what active products are called in other languages than the shop's own, to be completed as it is typed. */
const NAMES = `
  CREATE TABLE catalog.translated_names (
    product_id uuid NOT NULL,
    locale text NOT NULL,
    -- Folded.
    name text NOT NULL,
    CONSTRAINT pk_translated_names PRIMARY KEY (product_id, locale),
    CONSTRAINT fk_translated_names_product FOREIGN KEY (product_id) REFERENCES catalog.products (id) ON DELETE CASCADE
  );
  CREATE INDEX ix_translated_names_prefix ON catalog.translated_names (locale, name text_pattern_ops);
`;

/** Letters of Thai and Lao, of Khmer and Burmese, kana, Han characters and Hangul. */
const SPACELESS = String.raw`[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]`;

/**
 * Pairs of letters stand for words where these are written without spaces: of 鉄の急須, 鉄の の急 急須, and 須 as well, so
 * that each letter begins one. In what is searched for they are a phrase, and so found as they stand there.
 */
const PAIRED = `
  -- An open one may go on: its last letter begins a pair that is not known.
  CREATE FUNCTION catalog.pairs(run text, is_open boolean) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(letter || coalesce(next, ''), ' ' ORDER BY place)
    FROM (
      SELECT letter, place, lead(letter) OVER (ORDER BY place) AS next
      FROM unnest(string_to_array(run, NULL)) WITH ORDINALITY AS u (letter, place)
    ) AS letters
    WHERE next IS NOT NULL OR place = 1 OR NOT is_open
  $$;

  CREATE FUNCTION catalog.paired(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(written) = char_length(written) OR written !~ '${SPACELESS}' THEN written ELSE (
      SELECT string_agg(CASE WHEN parts[1] ~ '^${SPACELESS}' THEN ' ' || catalog.pairs(parts[1], false) || ' ' ELSE parts[1] END, ''
        ORDER BY place)
      FROM regexp_matches(written, '${SPACELESS}+|[^${SPACELESS.slice(1)}+', 'g') WITH ORDINALITY AS m (parts, place)
    ) END
  $$;

  -- Each word is a phrase of its own, excluded or not, unless there are quotes.
  CREATE FUNCTION catalog.paired_query(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(written) = char_length(written) OR written !~ '${SPACELESS}' THEN written ELSE (
      SELECT string_agg(CASE
        WHEN word !~ '${SPACELESS}' THEN word
        WHEN written ~ '"' OR terms !~ ' ' THEN minus || terms
        ELSE minus || '"' || terms || '"' END, ' ' ORDER BY place)
      FROM regexp_split_to_table(written, '\\s+') WITH ORDINALITY AS w (word, place),
        LATERAL (SELECT CASE WHEN word LIKE '-%' THEN '-' ELSE '' END AS minus, ltrim(word, '-') AS body) AS _,
        LATERAL (
          SELECT string_agg(CASE WHEN part ~ '^${SPACELESS}' THEN catalog.pairs(part, coalesce(next, '') !~ '^[[:alnum:]]') ELSE part END,
            ' ' ORDER BY at) AS terms
          FROM (
            SELECT parts[1] AS part, lead(parts[1]) OVER (ORDER BY at) AS next, at
            FROM regexp_matches(body, '${SPACELESS}+|[^${SPACELESS.slice(1)}+', 'g') WITH ORDINALITY AS m (parts, at)
          ) AS parts
        ) AS __
    ) END
  $$;
`;

/** What is written, and in its place what it is without accents; a text of ASCII is read as ever. */
const VECTORS = `
  CREATE FUNCTION catalog.text_vector(config regconfig, written text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(written) = char_length(written) THEN to_tsvector(config, written)
      ELSE (to_tsvector(config, written)::text || ' ' || to_tsvector(config, catalog.paired(platform.folded(written)))::text)::tsvector END
  $$;

  -- A name has to be found, were it of stop words alone.
  CREATE FUNCTION catalog.name_vector(config regconfig, name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(catalog.text_vector(config, name), ''), catalog.text_vector('simple', name))
  $$;

  CREATE FUNCTION catalog.values_vector(config regconfig, given jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(given::text) = char_length(given::text) THEN jsonb_to_tsvector(config, given, '["string"]')
      ELSE (jsonb_to_tsvector(config, given, '["string"]')::text || ' ' || coalesce((
        SELECT jsonb_to_tsvector(config, jsonb_agg(catalog.paired(platform.folded(said #>> '{}'))), '["string"]')::text
        FROM jsonb_path_query(given, 'strict $.** ? (@.type() == "string")') AS said), ''))::tsvector END
  $$;

  -- What categories are called in other languages than the shop's own.
  CREATE FUNCTION catalog.translated_marks(ids uuid[]) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
  DECLARE
    document tsvector := '';
    locale text;
    called text;
  BEGIN
    FOR locale, called IN
      SELECT t.key, t.value ->> 'name' FROM catalog.categories c, jsonb_each(c.translations) AS t
      WHERE c.id = ANY (ids) ORDER BY c.id, t.key
    LOOP
      document := document || setweight(catalog.text_vector(catalog.text_config(locale), coalesce(called, '')), 'B');
    END LOOP;
    RETURN document;
  END
  $$;
`;

/** By what names, other texts and attributes are read, which words complete what is typed, and what else there is. */
interface Documents {
  name: string;
  text: string;
  words: string;
  values: (given: string) => string;
  marks?: string;
  also?: string;
}

const NOW: Documents = {
  name: 'catalog.name_vector',
  text: 'catalog.text_vector',
  words: 'catalog.suggested_words(p.name, p.tags, p.translations)',
  values: (given) => `catalog.values_vector(config, ${given})`,
  marks: `
        CASE WHEN coalesce(c.translations, '{}') = '{}' AND p.category_ids = '{}' THEN ''
          ELSE catalog.translated_marks(c.id || p.category_ids) END ||`,
  also: `
    WITH named AS (
      SELECT p.id, t.key AS locale, platform.folded(t.value ->> 'name') AS name
      FROM catalog.products p, jsonb_each(p.translations) AS t
      WHERE p.id = ANY (ids) AND p.status = 'active' AND t.value ->> 'name' IS NOT NULL
    ), gone AS (
      DELETE FROM catalog.translated_names n WHERE n.product_id = ANY (ids)
        AND NOT EXISTS (SELECT FROM named d WHERE d.id = n.product_id AND d.locale = n.locale)
    )
    INSERT INTO catalog.translated_names AS n (product_id, locale, name) SELECT id, locale, name FROM named
    ON CONFLICT (product_id, locale) DO UPDATE SET name = excluded.name WHERE n.name <> excluded.name;
`,
};

const WORDS_OF = (
  p: string,
): string => `regexp_split_to_table(lower(concat_ws(' ', ${p}name, array_to_string(${p}tags, ' '),
        (SELECT string_agg(value ->> 'name', ' ') FROM jsonb_each(${p}translations)))), '[^[:alpha:]’''-]+')`;

const BEFORE: Documents = {
  name: 'to_tsvector',
  text: 'to_tsvector',
  words: WORDS_OF('p.'),
  values: (given) => `jsonb_to_tsvector(config, ${given}, '["string"]')`,
};

/** The words of synonyms `s`. */
const AS_TYPED = 'unnest(s.words) AS word';
const AS_FOLDED_TOO = `unnest(s.words) AS named
        CROSS JOIN LATERAL (VALUES (named), (platform.folded(named))) AS typed (word)`;

/** As before, but for how all is read, and names in other languages. */
const refreshSearch = ({ name, text, values, words, marks = '', also = '' }: Documents): string => `
  CREATE OR REPLACE FUNCTION catalog.refresh_search(ids uuid[]) RETURNS void
  LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  DECLARE
    config regconfig := (SELECT catalog.text_config(locale) FROM catalog.search_settings);
  BEGIN
    -- Two who refresh the same products take turns, in one order.
    PERFORM FROM catalog.products WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;

    UPDATE catalog.products p SET search = d.document
    FROM (
      SELECT p.id,
        setweight(${name}(config, p.name), 'A') ||
        setweight(to_tsvector(config, coalesce(v.skus, '')), 'A') ||
        setweight(${text}(config, n.marks), 'B') ||
        setweight(${text}(config, coalesce(v.options, '')), 'C') ||
        setweight(${values('n.attributes')}, 'C') ||
        setweight(${text}(config, coalesce(p.description, '')), 'D') ||${marks}
        CASE WHEN p.translations = '{}' THEN '' ELSE catalog.translated_document(p.translations) END AS document
      FROM catalog.products p
      LEFT JOIN catalog.categories c ON c.id = p.category_id
      LEFT JOIN catalog.brands b ON b.id = p.brand_id
      LEFT JOIN catalog.product_types t ON t.id = p.type_id
      LEFT JOIN LATERAL (
        SELECT string_agg(v.sku, ' ' ORDER BY v.position, v.id) AS skus,
          string_agg((SELECT string_agg(value, ' ') FROM jsonb_each_text(v.option_values)), ' '
            ORDER BY v.position, v.id) AS options
        FROM catalog.variants v WHERE v.product_id = p.id AND v.archived_at IS NULL
      ) v ON true
      CROSS JOIN LATERAL (
        SELECT concat_ws(' ', b.name, c.name,
          (SELECT string_agg(f.name, ' ' ORDER BY f.id) FROM catalog.categories f WHERE f.id = ANY (p.category_ids)),
          array_to_string(p.tags, ' ')) AS marks,
        CASE WHEN t.id IS NULL THEN p.attributes ELSE (
          -- Of a typed product, what its type lets search find.
          SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}') FROM jsonb_each(p.attributes) AS a
          WHERE t.attributes @> jsonb_build_array(jsonb_build_object('code', a.key, 'searchable', true))
        ) END AS attributes
        OFFSET 0
      ) n
      WHERE p.id = ANY (ids)
    ) d
    WHERE d.id = p.id AND d.document IS DISTINCT FROM p.search;

    INSERT INTO catalog.search_words (word)
    SELECT DISTINCT lexeme FROM catalog.products p, unnest(p.search)
    WHERE p.id = ANY (ids) AND length(lexeme) BETWEEN 3 AND 40 AND lexeme !~ '[0-9]'
      AND NOT EXISTS (SELECT FROM catalog.search_words w WHERE w.word = lexeme)
    ORDER BY lexeme
    ON CONFLICT DO NOTHING;

    INSERT INTO catalog.suggestions (word)
    SELECT DISTINCT t.word COLLATE "C" FROM catalog.products p, ${words} AS t (word)
    WHERE p.id = ANY (ids) AND p.status = 'active' AND length(t.word) BETWEEN 3 AND 40
      AND NOT EXISTS (SELECT FROM catalog.suggestions w WHERE w.word = t.word COLLATE "C")
    ORDER BY 1
    ON CONFLICT DO NOTHING;

    INSERT INTO catalog.product_sales AS s (product_id, status)
    SELECT p.id, p.status FROM catalog.products p WHERE p.id = ANY (ids)
    ON CONFLICT (product_id) DO UPDATE SET status = excluded.status WHERE s.status <> excluded.status;
${also}  END
  $$;
`;

const WRITTEN = 'websearch_to_tsquery(config, typed)';

/** Who types nothing but stop words looks for these. */
const OR_AS_WRITTEN = `CASE WHEN numnode(${WRITTEN}) > 0 THEN ${WRITTEN} ELSE websearch_to_tsquery('simple', typed) END`;

/** What ends with two letters may be the beginning of a word, and with one that is itself like a word. */
const LETTERS = "[^'']{2}''$";
const LETTERS_OR_SPACELESS = `([^'']{2}|${SPACELESS})''$`;

const RULES = "'SELECT target, replacement FROM catalog.synonym_rules'";

/** As before, but for words that say nothing, letters that are words, and what is excluded. */
const readSearch = (parsed: string, goesOn: string): string => `
  CREATE OR REPLACE FUNCTION catalog.read_search(typed text, config regconfig, OUT query tsquery, OUT rank tsquery)
  LANGUAGE sql STABLE AS $$
    -- What stands for a word may be there instead of it, and what stands for an excluded one may not.
    SELECT coalesce(CASE WHEN excluded THEN stand_ins && named ELSE stand_ins || ts_rewrite(named, ${RULES}) END, named),
      coalesce(CASE WHEN excluded THEN stand_ins && begun ELSE stand_ins || begun END, begun)
    FROM (SELECT ${parsed} AS parsed) AS _,
    LATERAL (
      SELECT parsed::text AS written, substring(parsed::text FROM '(?:^|[^''])''([^''\\\\]{2,})''$') AS last
    ) AS __,
    LATERAL (
      SELECT CASE WHEN EXISTS (SELECT FROM catalog.synonym_rules WHERE target <@ parsed)
        THEN ts_rewrite(parsed, ${RULES}) END AS rewritten
    ) AS ___,
    LATERAL (
      SELECT CASE WHEN count(*) <= 32 AND bool_or(word = last) THEN string_agg(ltrim(quote_literal(word), ' E'), ' | ') END AS words
      FROM (
        SELECT word FROM catalog.search_words WHERE word >= last AND word < last || chr(1114111) ORDER BY word LIMIT 33
      ) AS beginning
    ) AS ____,
    LATERAL (
      SELECT written ~ '${goesOn}' AS may_go_on, written ~ '!''([^'']|'''')*''$' AS excluded,
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

/** What a product's translations say, each read in its own language. */
const translatedDocument = ({ name, text, values }: Documents): string => `
  CREATE OR REPLACE FUNCTION catalog.translated_document(translations jsonb) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
  DECLARE
    document tsvector := '';
    locale text;
    said jsonb;
    config regconfig;
  BEGIN
    FOR locale, said IN SELECT * FROM jsonb_each(translations) LOOP
      config := catalog.text_config(locale);
      document := document
        || setweight(${name}(config, coalesce(said ->> 'name', '')), 'A')
        || setweight(${values(`coalesce(said -> 'options', '{}')`)}, 'C')
        || setweight(${values(`coalesce(said -> 'attributes', '{}')`)}, 'C')
        || setweight(${text}(config, coalesce(left(said ->> 'description', 5000), '')), 'D');
      -- A document has a limit of 1 MB, and the product's own text is to fit in as well.
      EXIT WHEN pg_column_size(document) > 300000;
    END LOOP;
    RETURN document;
  END
  $$;
`;

const refreshSynonyms = (words: string): string => `
  CREATE OR REPLACE FUNCTION catalog.refresh_synonyms(locales text[]) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    LOCK TABLE catalog.synonym_rules IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM catalog.synonym_rules;
    WITH queries AS (
      SELECT DISTINCT s.id, config, plainto_tsquery(config, word) AS typed, phraseto_tsquery(config, word) AS query
      FROM catalog.synonyms s CROSS JOIN ${words} CROSS JOIN
        (SELECT DISTINCT catalog.text_config(locale) AS config FROM unnest(locales) AS locale) AS configs
    ), meant AS (
      -- Of a phrase, both what people type and what they quote.
      SELECT target, string_agg(DISTINCT '(' || b.query::text || ')', ' | ') AS replacement
      FROM queries a JOIN queries b ON b.id = a.id AND b.config = a.config, LATERAL (VALUES (a.typed), (a.query)) AS t (target)
      WHERE numnode(target) > 0 AND numnode(b.query) > 0
      GROUP BY target
    )
    INSERT INTO catalog.synonym_rules (target, replacement) SELECT target, replacement::tsquery FROM meant;
  END
  $$;
`;

/** What is written with accents, by what it is without: where all else is looked up, as ever. */
const FOLDABLE = (text: string) => `octet_length(${text}) > char_length(${text})`;

const SUGGESTED = `
  CREATE FUNCTION catalog.suggested_words(name text, tags text[], translations jsonb) RETURNS SETOF text
  LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT word FROM ${WORDS_OF('')} AS t (word) WHERE length(word) BETWEEN 3 AND 40
  $$;
  CREATE INDEX ix_suggestions_folded ON catalog.suggestions (platform.folded(word) COLLATE "C") WHERE ${FOLDABLE('word')};
  CREATE INDEX ix_suggestions_folded_trigrams ON catalog.suggestions USING gin (platform.folded(word) gin_trgm_ops)
    WITH (fastupdate = off) WHERE ${FOLDABLE('word')};
  CREATE INDEX ix_products_folded_prefix ON catalog.products (platform.folded(name) text_pattern_ops)
    WHERE status = 'active' AND ${FOLDABLE('name')};
`;
