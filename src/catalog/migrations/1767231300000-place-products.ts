import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Products stand in further categories besides their main one. */
export class PlaceProducts1767231300000 implements MigrationInterface {
  name = 'PlaceProducts1767231300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(COLUMN);
    await runner.query(KEYS);
    await runner.query(recheckOn(', category_ids'));
    await runner.query(refreshSearch(FURTHER_NAMES));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(refreshSearch(''));
    await runner.query(recheckOn(''));
    await runner.query(`
      DROP TRIGGER tr_categories_further ON catalog.categories;
      DROP TRIGGER tr_products_further_changed ON catalog.products;
      DROP TRIGGER tr_products_further_added ON catalog.products;
      DROP FUNCTION catalog.keep_further_category(), catalog.hold_further_categories();
      ALTER TABLE catalog.products DROP COLUMN category_ids;
    `);
  }
}

/** Most products have none: the index does without them, and whoever asks it says so. */
const COLUMN = `
  ALTER TABLE catalog.products ADD COLUMN category_ids uuid[] NOT NULL DEFAULT '{}'
    CONSTRAINT ck_products_category_ids CHECK (cardinality(category_ids) <= 20 AND array_position(category_ids, NULL) IS NULL);
  COMMENT ON COLUMN catalog.products.category_ids IS 'Where it stands besides category_id.';
  CREATE INDEX ix_products_categories ON catalog.products USING gin (category_ids) WITH (fastupdate = off)
    WHERE category_ids <> '{}';
`;

/** What a foreign key is for a single column: who takes a category up holds it, and who deletes it looks after that. */
const KEYS = `
  CREATE FUNCTION catalog.hold_further_categories() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    stray uuid;
  BEGIN
    PERFORM FROM catalog.categories WHERE id = ANY (NEW.category_ids) ORDER BY id FOR KEY SHARE;
    SELECT n.id INTO stray FROM unnest(NEW.category_ids) AS n (id)
    WHERE NOT EXISTS (SELECT FROM catalog.categories c WHERE c.id = n.id) LIMIT 1;
    IF FOUND THEN
      RAISE foreign_key_violation USING MESSAGE = 'There is no such category.', CONSTRAINT = 'fk_products_categories',
        DETAIL = format('Key (category_ids)=(%s) is not present in table "categories".', stray);
    END IF;
    RETURN NEW;
  END
  $$;
  CREATE TRIGGER tr_products_further_added BEFORE INSERT ON catalog.products
    FOR EACH ROW WHEN (NEW.category_ids <> '{}') EXECUTE FUNCTION catalog.hold_further_categories();
  CREATE TRIGGER tr_products_further_changed BEFORE UPDATE OF category_ids ON catalog.products
    FOR EACH ROW WHEN (NEW.category_ids <> '{}' AND NEW.category_ids <> OLD.category_ids)
    EXECUTE FUNCTION catalog.hold_further_categories();

  CREATE FUNCTION catalog.keep_further_category() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF EXISTS (SELECT FROM catalog.products WHERE category_ids @> ARRAY[OLD.id] AND category_ids <> '{}') THEN
      RAISE foreign_key_violation USING MESSAGE = 'Products stand in the category.', CONSTRAINT = 'fk_products_categories',
        DETAIL = format('Key (id)=(%s) is still referenced from table "products".', OLD.id);
    END IF;
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_categories_further AFTER DELETE ON catalog.categories
    FOR EACH ROW EXECUTE FUNCTION catalog.keep_further_category();
`;

/** Rules of collections ask for categories. */
const recheckOn = (further: string): string => {
  const columns = (row: string) =>
    `status, category_id${further}, type_id, brand_id, tags, attributes`.replaceAll(/\w+/g, `${row}.$&`);
  return `
    CREATE OR REPLACE TRIGGER tr_products_recheck_changed AFTER UPDATE ON catalog.products
      FOR EACH ROW WHEN ((${columns('OLD')}) IS DISTINCT FROM (${columns('NEW')}))
      EXECUTE FUNCTION catalog.recheck_product();
  `;
};

const FURTHER_NAMES = `,
          (SELECT string_agg(f.name, ' ' ORDER BY f.id) FROM catalog.categories f WHERE f.id = ANY (p.category_ids))`;

/** As before, but for names of further categories. */
const refreshSearch = (further: string): string => `
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
        setweight(to_tsvector(config, p.name), 'A') ||
        setweight(to_tsvector(config, coalesce(v.skus, '')), 'A') ||
        setweight(to_tsvector(config, concat_ws(' ', b.name, c.name${further}, array_to_string(p.tags, ' '))), 'B') ||
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
