import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSearch1767225801000 implements MigrationInterface {
  name = 'CreateSearch1767225801000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(WORDS);
    await runner.query(QUERIES);
    await runner.query(REFRESH);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION catalog.refresh_products(uuid[]), catalog.likely_query(text), catalog.search_query(text);
      DROP TABLE catalog.search_words;
    `);
  }
}

/**
 * Every lexeme that occurs in the catalogue. A misspelt word is looked up here by trigrams, which stays cheap however
 * many products share a word; looking names up by trigrams does not.
 */
const WORDS = `
  CREATE TABLE catalog.search_words (
    word text COLLATE "C" NOT NULL,
    CONSTRAINT pk_search_words PRIMARY KEY (word)
  );
  CREATE INDEX ix_search_words_trigrams ON catalog.search_words USING gin (word gin_trgm_ops) WITH (fastupdate = off);
`;

/**
 * search_query: what was typed, web style ("exact phrase", -not, or), the last word from two letters on as a prefix.
 * likely_query: the same words with those that the catalogue does not know replaced by those that it does know and that
 * differ by a few letters: one in three. Where there are none, nothing is found: better than something else.
 */
const QUERIES = `
  CREATE FUNCTION catalog.search_query(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN parsed::text ~ '[^'']{2}''$' THEN (parsed::text || ':*')::tsquery ELSE parsed END
    FROM (SELECT websearch_to_tsquery('english', typed) AS parsed) AS _
  $$;

  CREATE FUNCTION catalog.likely_query(typed text) RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN bool_and(alternatives IS NOT NULL) THEN string_agg('(' || alternatives || ')', ' & ')::tsquery END
    FROM unnest(to_tsvector('english', typed)) AS given,
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

/**
 * The one place where derived data comes from: search documents, known words, and the price that a card shows.
 * Everything in it is a look-up by id; without sequential scans that also holds for a plan made while tables were empty.
 */
const REFRESH = `
  CREATE FUNCTION catalog.refresh_products(ids uuid[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
  BEGIN
    UPDATE catalog.products p SET search = d.document
    FROM (
      SELECT p.id,
        setweight(to_tsvector('english', p.name), 'A') ||
        setweight(to_tsvector('english', coalesce(v.skus, '')), 'A') ||
        setweight(to_tsvector('english', concat_ws(' ', c.name, array_to_string(p.tags, ' '))), 'B') ||
        setweight(to_tsvector('english', coalesce(v.options, '')), 'C') ||
        setweight(jsonb_to_tsvector('english', p.attributes, '["string"]'), 'C') ||
        setweight(to_tsvector('english', coalesce(p.description, '')), 'D') AS document
      FROM catalog.products p
      LEFT JOIN catalog.categories c ON c.id = p.category_id
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

    WITH cheapest AS (
      SELECT DISTINCT ON (v.product_id, x.currency)
        v.product_id, x.currency, p.status, x.amount, x.compare_at_amount
      FROM catalog.variants v
      JOIN catalog.products p ON p.id = v.product_id
      JOIN catalog.prices x ON x.variant_id = v.id
      WHERE v.product_id = ANY (ids) AND v.archived_at IS NULL
      ORDER BY v.product_id, x.currency, x.amount, v.position, v.id
    ), gone AS (
      DELETE FROM catalog.card_prices k
      WHERE k.product_id = ANY (ids)
        AND NOT EXISTS (SELECT FROM cheapest c WHERE c.product_id = k.product_id AND c.currency = k.currency)
    )
    INSERT INTO catalog.card_prices AS k (product_id, currency, status, amount, compare_at_amount)
    SELECT * FROM cheapest
    ON CONFLICT (product_id, currency) DO UPDATE
      SET status = excluded.status, amount = excluded.amount, compare_at_amount = excluded.compare_at_amount
      WHERE (k.status, k.amount, k.compare_at_amount)
        IS DISTINCT FROM (excluded.status, excluded.amount, excluded.compare_at_amount);
  END
  $$;
`;
