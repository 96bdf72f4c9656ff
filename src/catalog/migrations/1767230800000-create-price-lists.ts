import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePriceLists1767230800000 implements MigrationInterface {
  name = 'CreatePriceLists1767230800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LISTS);
    await runner.query(LIST_PRICES);
    await runner.query(CHOICE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION catalog.list_price(uuid, text, bigint, uuid[]), catalog.price_lists_for(text, text[], timestamptz);
      DROP TABLE catalog.price_list_prices, catalog.price_lists;
    `);
  }
}

const LISTS = `
  CREATE TABLE catalog.price_lists (
    id uuid NOT NULL CONSTRAINT pk_price_lists PRIMARY KEY,
    code text COLLATE "C" NOT NULL,
    name text NOT NULL,
    -- Null stands for everyone, everywhere, always.
    customer_group text COLLATE "C",
    channel text COLLATE "C",
    starts_at timestamptz(3),
    ends_at timestamptz(3),
    priority integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    -- When what shoppers are shown last agreed with the list; null when it has changed since.
    applied_at timestamptz,
    -- Removed at once for everyone who asks; its prices are cleared away afterwards.
    deleted_at timestamptz(3),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT ck_price_lists_window CHECK (starts_at < ends_at),
    CONSTRAINT ck_price_lists_deleted CHECK (deleted_at IS NULL OR NOT active)
  );
  CREATE UNIQUE INDEX uq_price_lists_code ON catalog.price_lists (code) WHERE deleted_at IS NULL;
  CREATE INDEX ix_price_lists_group ON catalog.price_lists (customer_group) WHERE active;
`;

/** The key begins with what a line of a cart knows. */
const LIST_PRICES = `
  CREATE TABLE catalog.price_list_prices (
    variant_id uuid NOT NULL CONSTRAINT fk_price_list_prices_variant REFERENCES catalog.variants (id),
    currency text COLLATE "C" NOT NULL,
    list_id uuid NOT NULL CONSTRAINT fk_price_list_prices_list REFERENCES catalog.price_lists (id),
    min_quantity integer NOT NULL,
    amount bigint NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_price_list_prices PRIMARY KEY (variant_id, currency, list_id, min_quantity),
    CONSTRAINT ck_price_list_prices_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_price_list_prices_min_quantity CHECK (min_quantity >= 1),
    CONSTRAINT ck_price_list_prices_amount CHECK (amount >= 0)
  );
  CREATE INDEX ix_price_list_prices_list ON catalog.price_list_prices (list_id, variant_id, currency, min_quantity);
`;

/**
 * The rule, in the one place that everything asks: carts, orders, cards, details and "why this price". First the lists
 * that apply, once for a whole cart; then for each line, of each of these the price with the largest quantity that is
 * reached, and of those the list with the highest priority, then the lower price, then the older list. No row: the base
 * price. Written so that PostgreSQL merges both into the statement that calls them.
 */
const CHOICE = `
  CREATE FUNCTION catalog.price_lists_for(in_channel text, of_groups text[], at_moment timestamptz)
  RETURNS TABLE (id uuid) LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT l.id FROM catalog.price_lists l
    WHERE l.active AND (l.customer_group IS NULL OR l.customer_group = ANY (of_groups))
      AND (l.channel IS NULL OR l.channel = in_channel)
      AND (l.starts_at IS NULL OR l.starts_at <= at_moment) AND (l.ends_at IS NULL OR l.ends_at > at_moment)
  $$;

  CREATE FUNCTION catalog.list_price(of_variant uuid, in_currency text, for_quantity bigint, of_lists uuid[])
  RETURNS TABLE (list_id uuid, list_code text, list_name text, min_quantity integer, amount bigint)
  LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT l.id, l.code, l.name, r.min_quantity, r.amount
    FROM (
      SELECT DISTINCT ON (a.list_id) a.list_id, a.min_quantity, a.amount
      FROM catalog.price_list_prices a
      WHERE a.variant_id = of_variant AND a.currency = in_currency AND a.list_id = ANY (of_lists)
        AND a.min_quantity <= for_quantity
      ORDER BY a.list_id, a.min_quantity DESC
    ) r
    -- The limit makes it a look-up for each of the few that are left, where a join would read all lists for each line.
    CROSS JOIN LATERAL (SELECT id, code, name, priority FROM catalog.price_lists WHERE id = r.list_id LIMIT 1) l
    ORDER BY l.priority DESC, r.amount, l.id
    LIMIT 1
  $$;
`;
