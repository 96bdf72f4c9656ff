import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Goods set aside for a while, for somebody who has not bought them yet. They count as reserved until they are given back. */
export class AddStockHolds1767230700040 implements MigrationInterface {
  name = 'AddStockHolds1767230700040';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE catalog.stock_holds (
        reference text NOT NULL,
        variant_id uuid NOT NULL,
        quantity integer NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT pk_stock_holds PRIMARY KEY (reference, variant_id),
        CONSTRAINT fk_stock_holds_stock FOREIGN KEY (variant_id) REFERENCES catalog.stock (variant_id),
        CONSTRAINT ck_stock_holds_quantity CHECK (quantity > 0)
      );
      CREATE INDEX ix_stock_holds_variant ON catalog.stock_holds (variant_id, expires_at);
      CREATE INDEX ix_stock_holds_expires ON catalog.stock_holds (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE catalog.stock_holds');
  }
}
