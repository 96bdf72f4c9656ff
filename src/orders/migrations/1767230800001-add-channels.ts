import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddChannels1767230800001 implements MigrationInterface {
  name = 'AddChannels1767230800001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders.carts ADD COLUMN channel text;
      ALTER TABLE orders.orders ADD COLUMN channel text;
      -- Why a line cost what it cost, as it was when the order was made.
      ALTER TABLE orders.order_lines ADD COLUMN price jsonb;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders.order_lines DROP COLUMN price;
      ALTER TABLE orders.orders DROP COLUMN channel;
      ALTER TABLE orders.carts DROP COLUMN channel;
    `);
  }
}
