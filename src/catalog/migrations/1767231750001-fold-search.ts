import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is written with accents is found without them, what is written without spaces by any part of it, a name of stop words
 * alone by these, and a product by what its categories are called in any language. Documents only gain by it: what they had before, they have still, and most texts
 * have no accents. They are made anew at the next start, by jobs.
 */
export class FoldSearch1767231750001 implements MigrationInterface {
  name = 'FoldSearch1767231750001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `${EDITION} ${NAMES} ${DOCUMENTS} ${translatedDocument(TRANSLATIONS_NOW)} ${refreshSearch(NOW)}`,
    );
    await runner.query(
      `${readSearch(OR_AS_WRITTEN, LETTERS_OR_SYLLABLE)} ${refreshSynonyms(AS_FOLDED_TOO)} ${SUGGESTED}`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ${refreshSearch(BEFORE)} ${translatedDocument(TRANSLATIONS_BEFORE)} ${readSearch(WRITTEN, LETTERS)} ${refreshSynonyms('')}
      DROP INDEX catalog.ix_products_folded_prefix, catalog.ix_suggestions_folded, catalog.ix_suggestions_folded_trigrams;
      DROP FUNCTION catalog.translated_marks(uuid[]), catalog.folded_document(regconfig, text, text, text, jsonb, text),
        catalog.folded_vector(regconfig, text), catalog.paired(text, boolean), catalog.name_vector(regconfig, text);
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

const DOCUMENTS = `
  -- A name has to be found, were it of stop words alone.
  CREATE FUNCTION catalog.name_vector(config regconfig, name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(to_tsvector(config, name), ''), to_tsvector('simple', name))
  $$;

  -- Pairs of letters stand for words where these are written without spaces: of 鉄の急須, 鉄の の急 急須, and 須 as well. In
  -- what is searched for they are a phrase, so that it is found as it stands there.
  CREATE FUNCTION catalog.paired(written text, is_query boolean) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(written) = char_length(written) OR written !~ '${SPACELESS}{2}' THEN written ELSE (
      SELECT string_agg(CASE
        WHEN part !~ '^${SPACELESS}' OR is_query AND char_length(part) < 3 THEN part
        WHEN NOT is_query THEN ' ' || pairs || ' '
        WHEN written ~ '"' THEN pairs ELSE '"' || pairs || '"' END, '' ORDER BY place)
      FROM regexp_matches(written, '${SPACELESS}+|[^${SPACELESS.slice(1)}+', 'g') WITH ORDINALITY AS m (parts, place),
        LATERAL (SELECT parts[1] AS part, string_to_array(parts[1], NULL) AS letters) AS _,
        LATERAL (
          SELECT string_agg(letters[i] || coalesce(letters[i + 1], ''), ' ' ORDER BY i) AS pairs
          FROM generate_series(1, cardinality(letters) - is_query::integer) AS i
        ) AS __
    ) END
  $$;

  -- What the text has without its accents and by pairs of letters; nothing where it is ASCII.
  CREATE FUNCTION catalog.folded_vector(config regconfig, written text) RETURNS tsvector
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(written) > char_length(written)
      THEN to_tsvector(config, catalog.paired(platform.folded(written), false)) ELSE '' END
  $$;

  CREATE FUNCTION catalog.folded_document(
    config regconfig, names text, marks text, options text, attributes jsonb, description text
  ) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
  DECLARE
    said text;
  BEGIN
    IF octet_length(attributes::text) > char_length(attributes::text) THEN
      SELECT string_agg(s #>> '{}', ' ') INTO said FROM jsonb_path_query(attributes, 'strict $.** ? (@.type() == "string")') AS s;
    END IF;
    RETURN setweight(catalog.folded_vector(config, names), 'A') ||
      setweight(catalog.folded_vector(config, marks), 'B') ||
      setweight(catalog.folded_vector(config, options), 'C') ||
      setweight(catalog.folded_vector(config, said), 'C') ||
      setweight(catalog.folded_vector(config, description), 'D');
  END
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
      document := document || setweight(to_tsvector(catalog.text_config(locale), coalesce(called, '')), 'B')
        || setweight(catalog.folded_vector(catalog.text_config(locale), called), 'B');
    END LOOP;
    RETURN document;
  END
  $$;
`;

/** How names are read, and what else there is. */
interface Documents {
  name: string;
  folded: string;
  also?: string;
}

const NOW: Documents = {
  name: 'catalog.name_vector(config, p.name)',
  folded: `
        CASE WHEN octet_length(w.written) = char_length(w.written) THEN ''
          ELSE catalog.folded_document(config, p.name, n.marks, v.options, n.attributes, p.description) END ||
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

const BEFORE: Documents = { name: 'to_tsvector(config, p.name)', folded: '' };

const TRANSLATIONS_NOW: Documents = {
  name: `catalog.name_vector(config, coalesce(said ->> 'name', ''))`,
  folded: `
        || catalog.folded_document(config, said ->> 'name', NULL, NULL,
          jsonb_build_array(said -> 'options', said -> 'attributes'), left(said ->> 'description', 5000))`,
};

const TRANSLATIONS_BEFORE: Documents = { name: `to_tsvector(config, coalesce(said ->> 'name', ''))`, folded: '' };

const AS_FOLDED_TOO = 'CROSS JOIN LATERAL (VALUES (named), (platform.folded(named))) AS typed (word)';

/** As before, but for how names are read and what is folded. */
const refreshSearch = ({ name, folded, also = '' }: Documents): string => `
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
        setweight(${name}, 'A') ||
        setweight(to_tsvector(config, coalesce(v.skus, '')), 'A') ||
        setweight(to_tsvector(config, n.marks), 'B') ||
        setweight(to_tsvector(config, coalesce(v.options, '')), 'C') ||
        setweight(jsonb_to_tsvector(config, n.attributes, '["string"]'), 'C') ||
        setweight(to_tsvector(config, coalesce(p.description, '')), 'D') ||${folded}
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
      CROSS JOIN LATERAL (
        SELECT concat(p.name, n.marks, v.options, n.attributes::text, p.description) AS written OFFSET 0
      ) w
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
    SELECT DISTINCT t.word COLLATE "C" FROM catalog.products p,
      regexp_split_to_table(lower(concat_ws(' ', p.name, array_to_string(p.tags, ' '),
        (SELECT string_agg(value ->> 'name', ' ') FROM jsonb_each(p.translations)))), '[^[:alpha:]’''-]+') AS t (word)
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

/** What the last word ends with that may be the beginning of one. */
const LETTERS = "[^'']{2}''$";
const LETTERS_OR_SYLLABLE = `([^'']{2}|${SPACELESS})''$`;

/** As before, but for words that say nothing, and letters that are words. */
const readSearch = (parsed: string, goesOn: string): string => `
  CREATE OR REPLACE FUNCTION catalog.read_search(typed text, config regconfig, OUT query tsquery, OUT rank tsquery)
  LANGUAGE sql STABLE AS $$
    SELECT coalesce(stand_ins || named, named), coalesce(stand_ins || begun, begun)
    FROM (SELECT ${parsed} AS parsed) AS _,
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
      SELECT written ~ '${goesOn}' AS may_go_on,
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
const translatedDocument = ({ name, folded }: Documents): string => `
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
        || setweight(${name}, 'A')
        || setweight(jsonb_to_tsvector(config, coalesce(said -> 'options', '{}'), '["string"]'), 'C')
        || setweight(jsonb_to_tsvector(config, coalesce(said -> 'attributes', '{}'), '["string"]'), 'C')
        || setweight(to_tsvector(config, coalesce(left(said ->> 'description', 5000), '')), 'D')${folded};
      -- A document has a limit of 1 MB, and the product's own text is to fit in as well.
      EXIT WHEN pg_column_size(document) > 300000;
    END LOOP;
    RETURN document;
  END
  $$;
`;

const refreshSynonyms = (folded: string): string => `
  CREATE OR REPLACE FUNCTION catalog.refresh_synonyms(locales text[]) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    LOCK TABLE catalog.synonym_rules IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM catalog.synonym_rules;
    WITH queries AS (
      SELECT DISTINCT s.id, config, plainto_tsquery(config, word) AS typed, phraseto_tsquery(config, word) AS query
      FROM catalog.synonyms s CROSS JOIN unnest(s.words) AS ${folded === '' ? 'word' : `named ${folded}`} CROSS JOIN
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

/** Words and names are completed as they are typed. The release before this one looks at the indexes that were there. */
const SUGGESTED = `
  CREATE INDEX ix_suggestions_folded ON catalog.suggestions (platform.folded(word) COLLATE "C");
  CREATE INDEX ix_suggestions_folded_trigrams ON catalog.suggestions USING gin (platform.folded(word) gin_trgm_ops)
    WITH (fastupdate = off);
  CREATE INDEX ix_products_folded_prefix ON catalog.products (platform.folded(name) text_pattern_ops) WHERE status = 'active';
`;
