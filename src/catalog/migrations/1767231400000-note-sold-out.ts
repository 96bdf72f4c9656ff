import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which variants cannot be had is noted, so that a list of what is sold out need not look at all that is not. */
export class NoteSoldOut1767231400000 implements MigrationInterface {
  name = 'NoteSoldOut1767231400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(TRIGGERS);
    // Those who have changed stock have ended, and those who will change it meet the triggers.
    await runner.query(`
      INSERT INTO catalog.sold_out (variant_id, product_id)
      SELECT v.id, v.product_id FROM catalog.stock s JOIN catalog.variants v ON v.id = s.variant_id WHERE NOT ${CAN_BE_HAD('s')}
      ON CONFLICT DO NOTHING`);
    // Of a table that it has never looked at, PostgreSQL thinks that there is something in it.
    await runner.query('ANALYZE catalog.sold_out');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER tr_stock_added_sold_out ON catalog.stock;
      DROP TRIGGER tr_stock_sold_out ON catalog.stock;
      DROP TRIGGER tr_stock_restocked ON catalog.stock;
      DROP FUNCTION catalog.note_sold_out(), catalog.note_restocked();
      DROP TABLE catalog.sold_out;
    `);
  }
}

const CAN_BE_HAD = (s: string): string =>
  `(${s}.on_hand + CASE WHEN ${s}.backorderable THEN coalesce(${s}.beyond_limit, 4294967296) ELSE 0::bigint END > ${s}.reserved)`;

// Without foreign keys: their checks would lock products after stock, and who edits a product locks them the other way round.
// What is sold is never deleted, only archived.
const TABLE = `
  CREATE TABLE catalog.sold_out (
    variant_id uuid NOT NULL CONSTRAINT pk_sold_out PRIMARY KEY,
    product_id uuid NOT NULL
  );
  CREATE INDEX ix_sold_out_product ON catalog.sold_out (product_id);
  COMMENT ON TABLE catalog.sold_out IS 'Variants of which nothing can be had, archived ones too; kept by triggers of catalog.stock.';
`;

// A row of stock is locked by whoever changes it, so its turns are noted one after the other. The table is no index of
// catalog.stock, which would make every reservation write to it: only a turn does.
const TRIGGERS = `
  CREATE FUNCTION catalog.note_sold_out() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.sold_out (variant_id, product_id)
    SELECT id, product_id FROM catalog.variants WHERE id = NEW.variant_id ON CONFLICT DO NOTHING;
    RETURN NULL;
  END
  $$;
  CREATE FUNCTION catalog.note_restocked() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM catalog.sold_out WHERE variant_id = NEW.variant_id;
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_stock_added_sold_out AFTER INSERT ON catalog.stock
    FOR EACH ROW WHEN (NOT ${CAN_BE_HAD('NEW')}) EXECUTE FUNCTION catalog.note_sold_out();
  CREATE TRIGGER tr_stock_sold_out AFTER UPDATE ON catalog.stock
    FOR EACH ROW WHEN (${CAN_BE_HAD('OLD')} AND NOT ${CAN_BE_HAD('NEW')}) EXECUTE FUNCTION catalog.note_sold_out();
  CREATE TRIGGER tr_stock_restocked AFTER UPDATE ON catalog.stock
    FOR EACH ROW WHEN (NOT ${CAN_BE_HAD('OLD')} AND ${CAN_BE_HAD('NEW')}) EXECUTE FUNCTION catalog.note_restocked();
`;
