import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the public is shown, follows price lists, and is on record from now on. */
export class PublishPrices1767230800004 implements MigrationInterface {
  name = 'PublishPrices1767230800004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(PRESENT);
    await runner.query(REFRESH);
  }

  /** The function is left: what it needs goes with a release that does not call it. */
  async down(): Promise<void> {}
}

const TABLES = `
  -- What one of a variant costs anyone, in a shop that names no channel. Derived by catalog.refresh_card_prices.
  CREATE TABLE catalog.public_prices (
    variant_id uuid NOT NULL,
    currency text NOT NULL,
    -- False while the product is a draft or archived: then nobody is shown it.
    shown boolean NOT NULL,
    amount bigint NOT NULL,
    compare_at_amount bigint,
    -- The lowest price of the 30 days before the reduction began; null without a reduction, or without an earlier price.
    lowest_amount bigint,
    since timestamptz(3) NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_public_prices PRIMARY KEY (variant_id, currency),
    CONSTRAINT fk_public_prices_variant FOREIGN KEY (variant_id) REFERENCES catalog.variants (id)
  );

  -- Each public price from when on it was shown. Null: it was shown no more.
  CREATE TABLE catalog.price_history (
    variant_id uuid NOT NULL,
    currency text NOT NULL,
    since timestamptz(3) NOT NULL,
    amount bigint,
    compare_at_amount bigint,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_price_history PRIMARY KEY (variant_id, currency, since),
    CONSTRAINT fk_price_history_variant FOREIGN KEY (variant_id) REFERENCES catalog.variants (id)
  );
  CREATE TRIGGER tr_price_history_append_only BEFORE UPDATE OR DELETE ON catalog.price_history
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
  CREATE TRIGGER tr_price_history_no_truncate BEFORE TRUNCATE ON catalog.price_history
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
  REVOKE UPDATE, DELETE, TRUNCATE ON catalog.price_history FROM CURRENT_USER;

  ALTER TABLE catalog.card_prices ADD COLUMN lowest_amount bigint;
`;

/** Whoever changes a price right now either is in what is copied, or comes after and finds the new function. */
const PRESENT = `
  LOCK TABLE catalog.products, catalog.prices IN SHARE ROW EXCLUSIVE MODE;
  INSERT INTO catalog.public_prices (variant_id, currency, shown, amount, compare_at_amount, since)
    SELECT v.id, x.currency, p.status = 'active', x.amount, x.compare_at_amount, x.updated_at
    FROM catalog.prices x JOIN catalog.variants v ON v.id = x.variant_id JOIN catalog.products p ON p.id = v.product_id
    WHERE v.archived_at IS NULL;
  INSERT INTO catalog.price_history (variant_id, currency, since, amount, compare_at_amount)
    SELECT variant_id, currency, since, amount, compare_at_amount FROM catalog.public_prices WHERE shown;
`;

/**
 * A reduction is a price with a higher one beside it. It goes on while the price only falls: one that rises and is still
 * reduced begins anew. The lowest price of the 30 days before is looked up when it begins (Directive 98/6/EC art. 6a).
 */
const REFRESH = `
  CREATE OR REPLACE FUNCTION catalog.refresh_card_prices(ids uuid[]) RETURNS void
  LANGUAGE plpgsql SET enable_seqscan = off AS $$
  DECLARE
    moment timestamptz;
    lists uuid[];
  BEGIN
    -- Two who refresh the same product take turns, in one order; the second sees what the first has left.
    PERFORM FROM catalog.products WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    moment := clock_timestamp();
    SELECT array_agg(l.id) INTO lists FROM catalog.price_lists_for(NULL, '{}', moment) l;

    WITH offered AS MATERIALIZED (
      SELECT v.id AS variant_id, x.currency, p.status = 'active' AS shown, coalesce(t.amount, x.amount) AS amount,
        CASE WHEN t.amount IS NULL THEN x.compare_at_amount WHEN x.amount > t.amount THEN x.amount END AS compare_at_amount
      FROM catalog.variants v
      JOIN catalog.products p ON p.id = v.product_id
      JOIN catalog.prices x ON x.variant_id = v.id
      LEFT JOIN LATERAL catalog.list_price(v.id, x.currency, 1, lists) t ON true
      WHERE v.product_id = ANY (ids) AND v.archived_at IS NULL
    ), changed AS MATERIALIZED (
      SELECT n.*, coalesce(o.shown, false) AS was_shown, o.lowest_amount,
        o.shown AND o.compare_at_amount IS NOT NULL AND n.shown AND n.amount <= o.amount AS goes_on
      FROM offered n LEFT JOIN catalog.public_prices o ON o.variant_id = n.variant_id AND o.currency = n.currency
      WHERE o.variant_id IS NULL OR (o.shown, o.amount, o.compare_at_amount)
        IS DISTINCT FROM (n.shown, n.amount, n.compare_at_amount)
    ), gone AS (
      DELETE FROM catalog.public_prices o USING catalog.variants v
      WHERE v.id = o.variant_id AND v.product_id = ANY (ids)
        AND NOT EXISTS (SELECT FROM offered n WHERE n.variant_id = o.variant_id AND n.currency = o.currency)
      RETURNING o.variant_id, o.currency, o.shown
    ), put AS (
      INSERT INTO catalog.public_prices AS o
        (variant_id, currency, shown, amount, compare_at_amount, lowest_amount, since)
      SELECT c.variant_id, c.currency, c.shown, c.amount, c.compare_at_amount,
        CASE WHEN c.compare_at_amount IS NULL THEN NULL WHEN c.goes_on THEN c.lowest_amount ELSE (
          SELECT min(h.amount) FROM (
            SELECT amount FROM catalog.price_history
            WHERE variant_id = c.variant_id AND currency = c.currency AND since > moment - interval '30 days'
            UNION ALL (
              SELECT amount FROM catalog.price_history
              WHERE variant_id = c.variant_id AND currency = c.currency AND since <= moment - interval '30 days'
              ORDER BY since DESC LIMIT 1)
          ) h
        ) END, moment
      FROM changed c
      ON CONFLICT (variant_id, currency) DO UPDATE SET shown = excluded.shown, amount = excluded.amount,
        compare_at_amount = excluded.compare_at_amount, lowest_amount = excluded.lowest_amount, since = excluded.since,
        updated_at = now()
    )
    -- A clock that was set back must not put a price before the one that it follows.
    INSERT INTO catalog.price_history (variant_id, currency, since, amount, compare_at_amount)
    SELECT n.variant_id, n.currency, greatest(moment, (
        SELECT max(h.since) + interval '1 millisecond' FROM catalog.price_history h
        WHERE h.variant_id = n.variant_id AND h.currency = n.currency)), n.amount, n.compare_at_amount
    FROM (
      SELECT variant_id, currency, CASE WHEN shown THEN amount END AS amount,
        CASE WHEN shown THEN compare_at_amount END AS compare_at_amount
      FROM changed WHERE shown OR was_shown
      UNION ALL SELECT variant_id, currency, NULL, NULL FROM gone WHERE shown
    ) n;

    WITH cheapest AS (
      SELECT DISTINCT ON (v.product_id, x.currency)
        v.product_id, x.currency, p.status, x.amount, x.compare_at_amount, x.lowest_amount
      FROM catalog.variants v
      JOIN catalog.products p ON p.id = v.product_id
      JOIN catalog.public_prices x ON x.variant_id = v.id
      WHERE v.product_id = ANY (ids)
      ORDER BY v.product_id, x.currency, x.amount, v.position, v.id
    ), gone AS (
      DELETE FROM catalog.card_prices k
      WHERE k.product_id = ANY (ids)
        AND NOT EXISTS (SELECT FROM cheapest c WHERE c.product_id = k.product_id AND c.currency = k.currency)
    )
    INSERT INTO catalog.card_prices AS k (product_id, currency, status, amount, compare_at_amount, lowest_amount)
    SELECT product_id, currency, status, amount, compare_at_amount, lowest_amount FROM cheapest
    ON CONFLICT (product_id, currency) DO UPDATE SET status = excluded.status, amount = excluded.amount,
        compare_at_amount = excluded.compare_at_amount, lowest_amount = excluded.lowest_amount
      WHERE (k.status, k.amount, k.compare_at_amount, k.lowest_amount)
        IS DISTINCT FROM (excluded.status, excluded.amount, excluded.compare_at_amount, excluded.lowest_amount);
  END
  $$;
`;
