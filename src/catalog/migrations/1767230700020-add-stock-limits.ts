import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far a variant may be sold beyond what is on hand, and from when on it is low. */
export class AddStockLimits1767230700020 implements MigrationInterface {
  name = 'AddStockLimits1767230700020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog.stock
        ADD COLUMN beyond_limit integer,
        ADD COLUMN preorder_from timestamptz(3),
        ADD COLUMN low_stock_at integer,
        ADD CONSTRAINT ck_stock_beyond_limit CHECK (beyond_limit >= 0),
        ADD CONSTRAINT ck_stock_preorder CHECK (preorder_from IS NULL OR beyond_limit IS NOT NULL),
        ADD CONSTRAINT ck_stock_low_stock_at CHECK (low_stock_at >= 0),
        DROP CONSTRAINT ck_stock_not_oversold,
        -- 2^32 is more than integers can be apart.
        ADD CONSTRAINT ck_stock_not_oversold CHECK (
          reserved <= on_hand + CASE WHEN backorderable THEN coalesce(beyond_limit, 4294967296) ELSE 0::bigint END);

      DROP TRIGGER tr_stock_version ON catalog.stock;
      CREATE TRIGGER tr_stock_version BEFORE UPDATE ON catalog.stock FOR EACH ROW
        WHEN ((OLD.on_hand, OLD.elsewhere, OLD.backorderable, OLD.beyond_limit, OLD.preorder_from, OLD.low_stock_at)
          IS DISTINCT FROM (NEW.on_hand, NEW.elsewhere, NEW.backorderable, NEW.beyond_limit, NEW.preorder_from, NEW.low_stock_at))
        EXECUTE FUNCTION catalog.next_stock_version();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER tr_stock_version ON catalog.stock;
      ALTER TABLE catalog.stock
        DROP CONSTRAINT ck_stock_not_oversold,
        DROP COLUMN beyond_limit, DROP COLUMN preorder_from, DROP COLUMN low_stock_at,
        ADD CONSTRAINT ck_stock_not_oversold CHECK (reserved <= on_hand OR backorderable);
      CREATE TRIGGER tr_stock_version BEFORE UPDATE ON catalog.stock FOR EACH ROW
        WHEN ((OLD.on_hand, OLD.elsewhere, OLD.backorderable) IS DISTINCT FROM (NEW.on_hand, NEW.elsewhere, NEW.backorderable))
        EXECUTE FUNCTION catalog.next_stock_version();
    `);
  }
}
