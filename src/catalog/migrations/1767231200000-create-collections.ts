import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCollections1767231200000 implements MigrationInterface {
  name = 'CreateCollections1767231200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(COLLECTIONS);
    await runner.query(RECHECKS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER tr_products_recheck_added ON catalog.products;
      DROP TRIGGER tr_products_recheck_changed ON catalog.products;
      DROP TRIGGER tr_card_prices_recheck_added ON catalog.card_prices;
      DROP TRIGGER tr_card_prices_recheck_changed ON catalog.card_prices;
      DROP TRIGGER tr_card_prices_recheck_removed ON catalog.card_prices;
      DROP TRIGGER tr_categories_recheck ON catalog.categories;
      DROP FUNCTION catalog.recheck_added_products(), catalog.recheck_product(), catalog.recheck_added_prices(),
        catalog.recheck_price(), catalog.recheck_categories();
      DROP TABLE catalog.collection_rechecks, catalog.collection_products, catalog.collections;
    `);
  }
}

const COLLECTIONS = `
  CREATE TABLE catalog.collections (
    id uuid NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text NOT NULL,
    description text,
    position integer NOT NULL DEFAULT 0,
    published boolean NOT NULL DEFAULT true,
    -- By locale: { "de": { "name", "description" } }.
    translations jsonb NOT NULL DEFAULT '{}',
    -- { "match", "conditions": [ … ] }: which products are in it.
    rule jsonb NOT NULL,
    -- The last product that was held against the rule; null once all were.
    walked_to uuid,
    -- How many of its products are active.
    product_count integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_collections PRIMARY KEY (id),
    CONSTRAINT uq_collections_slug UNIQUE (slug),
    CONSTRAINT ck_collections_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT ck_collections_translations CHECK (jsonb_typeof(translations) = 'object'),
    CONSTRAINT ck_collections_rule CHECK (jsonb_typeof(rule -> 'conditions') = 'array'),
    CONSTRAINT ck_collections_product_count CHECK (product_count >= 0)
  );

  -- Derived by jobs. What lists are ordered by comes along, so that one index gives a page, and the status to skip by.
  CREATE TABLE catalog.collection_products (
    collection_id uuid NOT NULL,
    product_id uuid NOT NULL,
    status text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT pk_collection_products PRIMARY KEY (collection_id, product_id),
    CONSTRAINT fk_collection_products_collection FOREIGN KEY (collection_id) REFERENCES catalog.collections (id) ON DELETE CASCADE,
    CONSTRAINT fk_collection_products_product FOREIGN KEY (product_id) REFERENCES catalog.products (id)
  );
  CREATE INDEX ix_collection_products_created ON catalog.collection_products (collection_id, created_at, product_id)
    INCLUDE (status);
  CREATE INDEX ix_collection_products_product ON catalog.collection_products (product_id);
`;

/**
 * Whoever changes what rules ask of products notes that here, in the same transaction, whichever way it is changed. Rows are
 * only added: nobody waits for the job that takes them, and a change that it has not seen has a row that it has not taken.
 */
const RECHECKS = `
  CREATE TABLE catalog.collection_rechecks (
    id bigint GENERATED ALWAYS AS IDENTITY,
    -- Null stands for the tree of categories.
    product_id uuid,
    CONSTRAINT pk_collection_rechecks PRIMARY KEY (id)
  );

  CREATE FUNCTION catalog.recheck_added_products() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.collection_rechecks (product_id) SELECT id FROM added;
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_products_recheck_added AFTER INSERT ON catalog.products
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION catalog.recheck_added_products();

  CREATE FUNCTION catalog.recheck_product() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.collection_rechecks (product_id) VALUES (NEW.id);
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_products_recheck_changed AFTER UPDATE ON catalog.products
    FOR EACH ROW WHEN ((OLD.status, OLD.category_id, OLD.type_id, OLD.brand_id, OLD.tags, OLD.attributes)
      IS DISTINCT FROM (NEW.status, NEW.category_id, NEW.type_id, NEW.brand_id, NEW.tags, NEW.attributes))
    EXECUTE FUNCTION catalog.recheck_product();

  CREATE FUNCTION catalog.recheck_added_prices() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.collection_rechecks (product_id) SELECT DISTINCT product_id FROM added;
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_card_prices_recheck_added AFTER INSERT ON catalog.card_prices
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION catalog.recheck_added_prices();

  CREATE FUNCTION catalog.recheck_price() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.collection_rechecks (product_id) VALUES (OLD.product_id);
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_card_prices_recheck_changed AFTER UPDATE ON catalog.card_prices
    FOR EACH ROW WHEN ((OLD.amount, OLD.compare_at_amount) IS DISTINCT FROM (NEW.amount, NEW.compare_at_amount))
    EXECUTE FUNCTION catalog.recheck_price();
  CREATE TRIGGER tr_card_prices_recheck_removed AFTER DELETE ON catalog.card_prices
    FOR EACH ROW EXECUTE FUNCTION catalog.recheck_price();

  CREATE FUNCTION catalog.recheck_categories() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.collection_rechecks (product_id) VALUES (NULL);
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_categories_recheck AFTER UPDATE ON catalog.categories
    FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION catalog.recheck_categories();
`;
