import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ExtendSearch1767230520000 implements MigrationInterface {
  name = 'ExtendSearch1767230520000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LANGUAGES);
    await runner.query(SYNONYMS);
    await runner.query(SUGGESTIONS);
    await runner.query(SALES);
    await runner.query(QUERIES);
    await runner.query(REFRESH);
    await runner.query(FILL);
  }

  /** What an older release calls is there still: it finds what it found before once its products are refreshed. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE catalog.product_sales, catalog.suggestions, catalog.synonym_rules, catalog.synonyms;
      DROP INDEX catalog.ix_products_name_prefix;
    `);
  }
}

/** Which of PostgreSQL's text search configurations reads a language. What it does not know is taken word for word. */
const LANGUAGES = `
  CREATE FUNCTION catalog.text_config(locale text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE split_part(lower(locale), '-', 1)
      WHEN 'ar' THEN 'arabic'::regconfig WHEN 'hy' THEN 'armenian' WHEN 'eu' THEN 'basque' WHEN 'ca' THEN 'catalan'
      WHEN 'da' THEN 'danish' WHEN 'nl' THEN 'dutch' WHEN 'en' THEN 'english' WHEN 'fi' THEN 'finnish'
      WHEN 'fr' THEN 'french' WHEN 'de' THEN 'german' WHEN 'el' THEN 'greek' WHEN 'hi' THEN 'hindi'
      WHEN 'hu' THEN 'hungarian' WHEN 'id' THEN 'indonesian' WHEN 'ga' THEN 'irish' WHEN 'it' THEN 'italian'
      WHEN 'lt' THEN 'lithuanian' WHEN 'ne' THEN 'nepali' WHEN 'no' THEN 'norwegian' WHEN 'nb' THEN 'norwegian'
      WHEN 'nn' THEN 'norwegian' WHEN 'pt' THEN 'portuguese' WHEN 'ro' THEN 'romanian' WHEN 'ru' THEN 'russian'
      WHEN 'sr' THEN 'serbian' WHEN 'es' THEN 'spanish' WHEN 'sv' THEN 'swedish' WHEN 'ta' THEN 'tamil'
      WHEN 'tr' THEN 'turkish' WHEN 'yi' THEN 'yiddish' ELSE 'simple' END
  $$;

  -- What the search documents were made with. One row.
  CREATE TABLE catalog.search_settings (
    id boolean NOT NULL DEFAULT true,
    -- The language that products are written in.
    locale text NOT NULL DEFAULT 'en',
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_search_settings PRIMARY KEY (id),
    CONSTRAINT ck_search_settings_one CHECK (id)
  );
  INSERT INTO catalog.search_settings DEFAULT VALUES;
`;

const SYNONYMS = `
  CREATE TABLE catalog.synonyms (
    id uuid NOT NULL,
    -- Words or phrases that mean the same.
    words text[] NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_synonyms PRIMARY KEY (id),
    CONSTRAINT ck_synonyms_words CHECK (cardinality(words) BETWEEN 2 AND 20)
  );

  -- Derived by refresh_synonyms: what in a query stands for what.
  CREATE TABLE catalog.synonym_rules (
    target tsquery NOT NULL,
    replacement tsquery NOT NULL,
    CONSTRAINT pk_synonym_rules PRIMARY KEY (target)
  );

  -- A word of two groups means what both of them mean.
  CREATE FUNCTION catalog.refresh_synonyms(locales text[]) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    LOCK TABLE catalog.synonym_rules IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM catalog.synonym_rules;
    WITH queries AS (
      SELECT DISTINCT s.id, config, plainto_tsquery(config, word) AS typed, phraseto_tsquery(config, word) AS query
      FROM catalog.synonyms s, unnest(s.words) AS word,
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

/** Words to complete what is being typed, as they are written, with how many products have them in their names. */
const SUGGESTIONS = `
  CREATE TABLE catalog.suggestions (
    word text COLLATE "C" NOT NULL,
    products integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_suggestions PRIMARY KEY (word)
  );
  CREATE INDEX ix_suggestions_trigrams ON catalog.suggestions USING gin (word gin_trgm_ops) WITH (fastupdate = off);
  CREATE INDEX ix_products_name_prefix ON catalog.products (lower(name) text_pattern_ops) WHERE status = 'active';
`;

/** How many were sold of late, by a job. Every product has a row, so that one index serves the list. */
const SALES = `
  CREATE TABLE catalog.product_sales (
    product_id uuid NOT NULL,
    status text NOT NULL,
    sold integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_product_sales PRIMARY KEY (product_id),
    CONSTRAINT fk_product_sales_product FOREIGN KEY (product_id) REFERENCES catalog.products (id)
  );
  CREATE INDEX ix_product_sales_status_sold ON catalog.product_sales (status, sold, product_id);
  CREATE INDEX ix_product_sales_sold ON catalog.product_sales (sold, product_id);
  CREATE INDEX ix_stock_movements_created ON catalog.stock_movements USING brin (created_at);
`;

/**
 * search_query: what was typed, web style, with its synonyms, the last word from two letters on also as a prefix.
 * likely_query: see the first release of it; now for any language.
 */
const QUERIES = `
  CREATE FUNCTION catalog.search_query(typed text, config regconfig) RETURNS tsquery LANGUAGE sql STABLE AS $$
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

  CREATE FUNCTION catalog.likely_query(typed text, config regconfig) RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN bool_and(alternatives IS NOT NULL) THEN string_agg('(' || alternatives || ')', ' & ')::tsquery END
    FROM unnest(to_tsvector(config, typed)) AS given,
    LATERAL (
      SELECT CASE
        WHEN length(given.lexeme) > 1 AND EXISTS (
          SELECT FROM catalog.search_words WHERE word >= given.lexeme AND word < given.lexeme || chr(1114111)
        )
        THEN ltrim(quote_literal(given.lexeme), ' E') || ':*'
        ELSE (
          SELECT string_agg(ltrim(quote_literal(word), ' E'), ' | ')
          FROM (
            SELECT word FROM catalog.search_words
            WHERE word % given.lexeme
              AND levenshtein_less_equal(word, left(given.lexeme, 60), mistakes) <= mistakes
            ORDER BY similarity(word, given.lexeme) DESC, word LIMIT 4
          ) AS similar_words
        )
      END AS alternatives
      FROM greatest(1, length(given.lexeme) / 3) AS mistakes
    ) AS _
  $$;
`;

/** Names, brands, categories, tags, SKUs, options, attributes and descriptions, in each language they are written in. */
const REFRESH = `
  -- What a product's translations say, each read in its own language.
  CREATE FUNCTION catalog.translated_document(translations jsonb) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
  DECLARE
    document tsvector := '';
    locale text;
    said jsonb;
    config regconfig;
  BEGIN
    FOR locale, said IN SELECT * FROM jsonb_each(translations) LOOP
      config := catalog.text_config(locale);
      document := document
        || setweight(to_tsvector(config, coalesce(said ->> 'name', '')), 'A')
        || setweight(jsonb_to_tsvector(config, coalesce(said -> 'options', '{}'), '["string"]'), 'C')
        || setweight(jsonb_to_tsvector(config, coalesce(said -> 'attributes', '{}'), '["string"]'), 'C')
        || setweight(to_tsvector(config, coalesce(left(said ->> 'description', 5000), '')), 'D');
      -- A document has a limit of 1 MB, and the product's own text is to fit in as well.
      EXIT WHEN pg_column_size(document) > 300000;
    END LOOP;
    RETURN document;
  END
  $$;

  CREATE OR REPLACE FUNCTION catalog.refresh_search(ids uuid[]) RETURNS void
  LANGUAGE plpgsql SET enable_seqscan = off AS $$
  DECLARE
    config regconfig := (SELECT catalog.text_config(locale) FROM catalog.search_settings);
  BEGIN
    -- Two who refresh the same products take turns, in one order.
    PERFORM FROM catalog.products WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;

    UPDATE catalog.products p SET search = d.document
    FROM (
      SELECT p.id,
        setweight(to_tsvector(config, p.name), 'A') ||
        setweight(to_tsvector(config, coalesce(v.skus, '')), 'A') ||
        setweight(to_tsvector(config, concat_ws(' ', b.name, c.name, array_to_string(p.tags, ' '))), 'B') ||
        setweight(to_tsvector(config, coalesce(v.options, '')), 'C') ||
        setweight(jsonb_to_tsvector(config, CASE WHEN t.id IS NULL THEN p.attributes ELSE (
          -- Of a typed product, what its type lets search find.
          SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}') FROM jsonb_each(p.attributes) AS a
          WHERE t.attributes @> jsonb_build_array(jsonb_build_object('code', a.key, 'searchable', true))
        ) END, '["string"]'), 'C') ||
        setweight(to_tsvector(config, coalesce(p.description, '')), 'D') ||
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
  END
  $$;
`;

const FILL = `
  INSERT INTO catalog.product_sales (product_id, status) SELECT id, status FROM catalog.products;
  INSERT INTO catalog.suggestions (word)
  SELECT DISTINCT word COLLATE "C" FROM catalog.products p,
    regexp_split_to_table(lower(concat_ws(' ', p.name, array_to_string(p.tags, ' '))), '[^[:alpha:]’''-]+') AS word
  WHERE p.status = 'active' AND length(word) BETWEEN 3 AND 40;
`;
