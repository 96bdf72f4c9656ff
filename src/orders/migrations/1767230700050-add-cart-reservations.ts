import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Until when the goods in a cart are set aside. Null for the many that never asked. */
export class AddCartReservations1767230700050 implements MigrationInterface {
  name = 'AddCartReservations1767230700050';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders.carts ADD COLUMN reserved_until timestamptz(3)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders.carts DROP COLUMN reserved_until');
  }
}
