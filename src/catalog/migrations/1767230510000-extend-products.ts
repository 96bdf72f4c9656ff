import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ExtendProducts1767230510000 implements MigrationInterface {
  name = 'ExtendProducts1767230510000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TYPES);
    await runner.query(PRODUCTS);
    await runner.query(FORMER_SLUGS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER tr_products_former_slug ON catalog.products;
      DROP FUNCTION catalog.keep_former_slug();
      DROP TABLE catalog.former_slugs;
      ALTER TABLE catalog.products DROP COLUMN type_id, DROP COLUMN brand_id, DROP COLUMN seo, DROP COLUMN related_ids,
        DROP COLUMN publish_at, DROP COLUMN unpublish_at, DROP COLUMN translations;
      ALTER TABLE catalog.categories DROP COLUMN translations;
      DROP TABLE catalog.product_types, catalog.brands;
    `);
  }
}

const TYPES = `
  CREATE TABLE catalog.product_types (
    id uuid NOT NULL,
    code text COLLATE "C" NOT NULL,
    name text NOT NULL,
    -- What products of this type say about themselves: a list of { code, name, kind, unit, choices, required, … }.
    attributes jsonb NOT NULL DEFAULT '[]',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_product_types PRIMARY KEY (id),
    CONSTRAINT uq_product_types_code UNIQUE (code),
    CONSTRAINT ck_product_types_attributes CHECK (jsonb_typeof(attributes) = 'array')
  );

  CREATE TABLE catalog.brands (
    id uuid NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text NOT NULL,
    description text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_brands PRIMARY KEY (id),
    CONSTRAINT uq_brands_slug UNIQUE (slug),
    CONSTRAINT ck_brands_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
  );
`;

const PRODUCTS = `
  ALTER TABLE catalog.products
    ADD COLUMN type_id uuid,
    ADD COLUMN brand_id uuid,
    -- { "title", "description" }: what search engines show.
    ADD COLUMN seo jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN related_ids uuid[] NOT NULL DEFAULT '{}',
    -- A draft becomes active then; an active one a draft.
    ADD COLUMN publish_at timestamptz(3),
    ADD COLUMN unpublish_at timestamptz(3),
    -- By locale: { "de": { "name", "description", "seo", … } }.
    ADD COLUMN translations jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT fk_products_type FOREIGN KEY (type_id) REFERENCES catalog.product_types (id),
    ADD CONSTRAINT fk_products_brand FOREIGN KEY (brand_id) REFERENCES catalog.brands (id),
    ADD CONSTRAINT ck_products_seo CHECK (jsonb_typeof(seo) = 'object'),
    ADD CONSTRAINT ck_products_translations CHECK (jsonb_typeof(translations) = 'object'),
    ADD CONSTRAINT ck_products_schedule CHECK (unpublish_at > publish_at);
  CREATE INDEX ix_products_type ON catalog.products (type_id) WHERE type_id IS NOT NULL;
  CREATE INDEX ix_products_brand ON catalog.products (brand_id, status) WHERE brand_id IS NOT NULL;
  CREATE INDEX ix_products_tags ON catalog.products USING gin (tags) WITH (fastupdate = off);
  CREATE INDEX ix_products_attributes ON catalog.products USING gin (attributes jsonb_path_ops) WITH (fastupdate = off);
  -- By locale: { "de": { "name", "description" } }.
  ALTER TABLE catalog.categories ADD COLUMN translations jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT ck_categories_translations CHECK (jsonb_typeof(translations) = 'object');
  CREATE INDEX ix_products_publish ON catalog.products (publish_at) WHERE publish_at IS NOT NULL;
  CREATE INDEX ix_products_unpublish ON catalog.products (unpublish_at) WHERE unpublish_at IS NOT NULL;
`;

/** Whoever changes a slug, the one before it keeps leading to the product; who takes it later has it. */
const FORMER_SLUGS = `
  CREATE TABLE catalog.former_slugs (
    slug text NOT NULL,
    product_id uuid NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT pk_former_slugs PRIMARY KEY (slug),
    CONSTRAINT fk_former_slugs_product FOREIGN KEY (product_id) REFERENCES catalog.products (id)
  );
  CREATE INDEX ix_former_slugs_product ON catalog.former_slugs (product_id);

  CREATE FUNCTION catalog.keep_former_slug() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.former_slugs (slug, product_id) VALUES (OLD.slug, OLD.id)
    ON CONFLICT (slug) DO UPDATE SET product_id = excluded.product_id, updated_at = now();
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_products_former_slug AFTER UPDATE ON catalog.products
    FOR EACH ROW WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION catalog.keep_former_slug();
`;
