import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is derived from products in parts, so that each can change on its own: refresh_products stays the one that is
 * called, and calls the others.
 */
export class SplitRefresh1767230500000 implements MigrationInterface {
  name = 'SplitRefresh1767230500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SEARCH);
    await runner.query(PRICES);
    await runner.query(`
      CREATE OR REPLACE FUNCTION catalog.refresh_products(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM catalog.refresh_search(ids);
        PERFORM catalog.refresh_card_prices(ids);
      END
      $$;
    `);
  }

  /** Nothing to take back: it does what it did before. */
  async down(): Promise<void> {}
}

/** Search documents and the words that occur in them. Look-ups by id, also in a plan made while tables were empty. */
const SEARCH = `
  CREATE FUNCTION catalog.refresh_search(ids uuid[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
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
  END
  $$;
`;

/** The price that a card shows. */
const PRICES = `
  CREATE FUNCTION catalog.refresh_card_prices(ids uuid[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
  BEGIN
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
