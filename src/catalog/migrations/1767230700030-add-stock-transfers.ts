import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Goods on their way from one location to another: on hand at neither. */
export class AddStockTransfers1767230700030 implements MigrationInterface {
  name = 'AddStockTransfers1767230700030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE catalog.stock_transfers (
        id uuid NOT NULL,
        from_location text COLLATE "C" NOT NULL,
        to_location text COLLATE "C" NOT NULL,
        status text NOT NULL DEFAULT 'in_transit',
        reason text,
        created_by uuid,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT pk_stock_transfers PRIMARY KEY (id),
        CONSTRAINT fk_stock_transfers_from FOREIGN KEY (from_location) REFERENCES catalog.stock_locations (code),
        CONSTRAINT fk_stock_transfers_to FOREIGN KEY (to_location) REFERENCES catalog.stock_locations (code),
        CONSTRAINT ck_stock_transfers_status CHECK (status IN ('in_transit', 'received', 'cancelled')),
        CONSTRAINT ck_stock_transfers_elsewhere CHECK (from_location <> to_location)
      );
      CREATE INDEX ix_stock_transfers_from ON catalog.stock_transfers (from_location);
      CREATE INDEX ix_stock_transfers_to ON catalog.stock_transfers (to_location);
      CREATE INDEX ix_stock_transfers_status ON catalog.stock_transfers (status, id);

      CREATE TABLE catalog.stock_transfer_items (
        transfer_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        quantity integer NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT pk_stock_transfer_items PRIMARY KEY (transfer_id, variant_id),
        CONSTRAINT fk_stock_transfer_items_transfer FOREIGN KEY (transfer_id) REFERENCES catalog.stock_transfers (id),
        CONSTRAINT fk_stock_transfer_items_stock FOREIGN KEY (variant_id) REFERENCES catalog.stock (variant_id),
        CONSTRAINT ck_stock_transfer_items_quantity CHECK (quantity > 0)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE catalog.stock_transfer_items, catalog.stock_transfers');
  }
}
