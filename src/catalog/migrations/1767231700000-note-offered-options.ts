import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Of products that name options without a variant it is noted which values have one, so that facets need not look at
 * variants. What is there already is noted by the next migration, which hinders no reader.
 */
export class NoteOfferedOptions1767231700000 implements MigrationInterface {
  name = 'NoteOfferedOptions1767231700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(COLUMN);
    await runner.query(OFFERED);
    await runner.query(refreshProducts('PERFORM catalog.refresh_offered_options(ids);'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(refreshProducts(''));
    await runner.query(`
      DROP FUNCTION catalog.refresh_offered_options(uuid[]), catalog.offered_options(uuid[]);
      ALTER TABLE catalog.products DROP COLUMN offered_options;
    `);
  }
}

const COLUMN = `
  ALTER TABLE catalog.products ADD COLUMN offered_options jsonb;
  COMMENT ON COLUMN catalog.products.offered_options IS
    'Options with the values alone that some variant has; NULL where all have one. Derived by catalog.refresh_products.';
`;

/** Look-ups, also in a plan made while tables were empty. Rows are locked: refresh_products has refreshed search before. */
const OFFERED = `
  CREATE FUNCTION catalog.offered_options(ids uuid[]) RETURNS TABLE (product_id uuid, offered jsonb)
  LANGUAGE sql STABLE SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    SELECT p.id, nullif(n.offered, p.options)
    FROM catalog.products p CROSS JOIN LATERAL (
      SELECT jsonb_agg(o.named || jsonb_build_object('values', (
          SELECT coalesce(jsonb_agg(e.value ORDER BY e.place), '[]')
          FROM jsonb_array_elements(o.named -> 'values') WITH ORDINALITY AS e (value, place)
          WHERE h.held -> (o.named ->> 'name') @> e.value
        )) ORDER BY o.place) AS offered
      FROM (
        SELECT jsonb_object_agg(key, of_one) AS held FROM (
          SELECT e.key, jsonb_agg(DISTINCT e.value) AS of_one
          FROM catalog.variants v, jsonb_each(v.option_values) AS e
          WHERE v.product_id = p.id AND v.archived_at IS NULL AND v.option_values <> '{}' GROUP BY e.key
        ) AS each_option
      ) AS h, jsonb_array_elements(p.options) WITH ORDINALITY AS o (named, place)
    ) AS n
    WHERE p.id = ANY (ids)
  $$;

  CREATE FUNCTION catalog.refresh_offered_options(ids uuid[]) RETURNS void
  LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  BEGIN
    UPDATE catalog.products p SET offered_options = o.offered FROM catalog.offered_options(ids) AS o
    WHERE o.product_id = p.id AND o.offered IS DISTINCT FROM p.offered_options;
  END
  $$;
`;

const refreshProducts = (further: string): string => `
  CREATE OR REPLACE FUNCTION catalog.refresh_products(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM catalog.refresh_search(ids);
    PERFORM catalog.refresh_card_prices(ids);
    ${further}
  END
  $$;
`;
