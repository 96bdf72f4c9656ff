import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCatalog1767225800000 implements MigrationInterface {
  name = 'CreateCatalog1767225800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(EXTENSION);
    await runner.query(CATEGORIES);
    await runner.query(PRODUCTS);
    await runner.query(VARIANTS);
    await runner.query(PRICES);
    await runner.query(STOCK);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA catalog CASCADE');
  }
}

/** Both are trusted extensions: the owner of the database may create them. */
const EXTENSION = `
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;
  CREATE SCHEMA catalog;
`;

const CATEGORIES = `
  CREATE TABLE catalog.categories (
    id uuid NOT NULL,
    parent_id uuid,
    slug text NOT NULL,
    name text NOT NULL,
    description text,
    position integer NOT NULL DEFAULT 0,
    -- The slugs from the root down to this one, joined by "/": descendants are one prefix scan away.
    path text COLLATE "C" NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_categories PRIMARY KEY (id),
    CONSTRAINT uq_categories_slug UNIQUE (slug),
    CONSTRAINT uq_categories_path UNIQUE (path),
    CONSTRAINT fk_categories_parent FOREIGN KEY (parent_id) REFERENCES catalog.categories (id),
    CONSTRAINT ck_categories_not_own_parent CHECK (parent_id <> id),
    CONSTRAINT ck_categories_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
  );
  CREATE INDEX ix_categories_parent ON catalog.categories (parent_id);
`;

/** created_at is cut to milliseconds so that a cursor, which carries what clients see, is exact. */
const PRODUCTS = `
  CREATE TABLE catalog.products (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    description text,
    status text NOT NULL DEFAULT 'draft',
    category_id uuid,
    attributes jsonb NOT NULL DEFAULT '{}',
    options jsonb NOT NULL DEFAULT '[]',
    tags text[] NOT NULL DEFAULT '{}',
    media jsonb NOT NULL DEFAULT '[]',
    thumbnail text,
    -- Derived by catalog.refresh_products.
    search tsvector NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_products PRIMARY KEY (id),
    CONSTRAINT uq_products_slug UNIQUE (slug),
    CONSTRAINT fk_products_category FOREIGN KEY (category_id) REFERENCES catalog.categories (id),
    CONSTRAINT ck_products_status CHECK (status IN ('draft', 'active', 'archived')),
    CONSTRAINT ck_products_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT ck_products_attributes CHECK (jsonb_typeof(attributes) = 'object'),
    CONSTRAINT ck_products_options CHECK (jsonb_typeof(options) = 'array'),
    CONSTRAINT ck_products_media CHECK (jsonb_typeof(media) = 'array')
  );
  -- The public list reads one status; the back office reads all of them.
  CREATE INDEX ix_products_status_created ON catalog.products (status, created_at, id);
  CREATE INDEX ix_products_status_name ON catalog.products (status, name COLLATE "und-x-icu", id);
  CREATE INDEX ix_products_created ON catalog.products (created_at, id);
  CREATE INDEX ix_products_name ON catalog.products (name COLLATE "und-x-icu", id);
  CREATE INDEX ix_products_category ON catalog.products (category_id, status);
  CREATE INDEX ix_products_search ON catalog.products USING gin (search) WITH (fastupdate = off);
`;

const VARIANTS = `
  CREATE TABLE catalog.variants (
    id uuid NOT NULL,
    product_id uuid NOT NULL,
    sku text NOT NULL,
    title text NOT NULL,
    option_values jsonb NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT 0,
    image text,
    weight_grams integer,
    width_mm integer,
    height_mm integer,
    depth_mm integer,
    -- Removed variants stay: orders and movements name them. Their sku is free again.
    archived_at timestamptz(3),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_variants PRIMARY KEY (id),
    CONSTRAINT fk_variants_product FOREIGN KEY (product_id) REFERENCES catalog.products (id),
    CONSTRAINT ck_variants_option_values CHECK (jsonb_typeof(option_values) = 'object'),
    CONSTRAINT ck_variants_measures CHECK (weight_grams >= 0 AND width_mm >= 0 AND height_mm >= 0 AND depth_mm >= 0)
  );
  CREATE UNIQUE INDEX uq_variants_sku ON catalog.variants (sku) WHERE archived_at IS NULL;
  CREATE UNIQUE INDEX uq_variants_option_values ON catalog.variants (product_id, option_values)
    WHERE archived_at IS NULL AND option_values <> '{}';
  CREATE INDEX ix_variants_product ON catalog.variants (product_id, position, id);
  CREATE INDEX ix_variants_option_values ON catalog.variants USING gin (option_values jsonb_path_ops);
`;

const PRICES = `
  CREATE TABLE catalog.prices (
    variant_id uuid NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    compare_at_amount bigint,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_prices PRIMARY KEY (variant_id, currency),
    CONSTRAINT fk_prices_variant FOREIGN KEY (variant_id) REFERENCES catalog.variants (id),
    CONSTRAINT ck_prices_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_prices_amount CHECK (amount >= 0),
    CONSTRAINT ck_prices_compare_at CHECK (compare_at_amount > amount)
  );

  -- The lowest price of each product in each currency. Derived by catalog.refresh_products; the status comes along so
  -- that one index serves the list by price.
  CREATE TABLE catalog.card_prices (
    product_id uuid NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    amount bigint NOT NULL,
    compare_at_amount bigint,
    CONSTRAINT pk_card_prices PRIMARY KEY (product_id, currency),
    CONSTRAINT fk_card_prices_product FOREIGN KEY (product_id) REFERENCES catalog.products (id)
  );
  CREATE INDEX ix_card_prices_status_amount ON catalog.card_prices (currency, status, amount, product_id);
  CREATE INDEX ix_card_prices_amount ON catalog.card_prices (currency, amount, product_id);
`;

/** No index on on_hand or reserved: a sale then stays a heap-only update. */
const STOCK = `
  CREATE TABLE catalog.stock (
    variant_id uuid NOT NULL,
    on_hand integer NOT NULL,
    reserved integer NOT NULL DEFAULT 0,
    backorderable boolean NOT NULL DEFAULT false,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_stock PRIMARY KEY (variant_id),
    CONSTRAINT fk_stock_variant FOREIGN KEY (variant_id) REFERENCES catalog.variants (id),
    CONSTRAINT ck_stock_on_hand CHECK (on_hand >= 0 OR backorderable),
    CONSTRAINT ck_stock_reserved CHECK (reserved >= 0),
    CONSTRAINT ck_stock_not_oversold CHECK (reserved <= on_hand OR backorderable)
  ) WITH (fillfactor = 70);

  CREATE TABLE catalog.stock_movements (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    variant_id uuid NOT NULL,
    kind text NOT NULL,
    delta_on_hand integer NOT NULL DEFAULT 0,
    delta_reserved integer NOT NULL DEFAULT 0,
    reason text,
    reference text,
    location text,
    created_by uuid,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_stock_movements PRIMARY KEY (variant_id, created_at, id),
    CONSTRAINT fk_stock_movements_stock FOREIGN KEY (variant_id) REFERENCES catalog.stock (variant_id),
    CONSTRAINT ck_stock_movements_kind CHECK (kind IN ('opening', 'adjustment', 'import', 'reservation', 'release')),
    CONSTRAINT ck_stock_movements_reference CHECK (reference IS NOT NULL OR kind NOT IN ('reservation', 'release'))
  );
  -- A reference reserves and releases a variant once, however often it is asked.
  CREATE UNIQUE INDEX uq_stock_movements_reference ON catalog.stock_movements (reference, variant_id, kind)
    WHERE kind IN ('reservation', 'release');
  CREATE TRIGGER tr_stock_movements_append_only BEFORE UPDATE OR DELETE ON catalog.stock_movements
    FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
  CREATE TRIGGER tr_stock_movements_no_truncate BEFORE TRUNCATE ON catalog.stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
  REVOKE UPDATE, DELETE, TRUNCATE ON catalog.stock_movements FROM CURRENT_USER;
`;
