import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders that staff took for others were theirs. A job gives them to whom they belong; a new shop has none. */
export class GiveTakenOrders1767231770000 implements MigrationInterface {
  name = 'GiveTakenOrders1767231770000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO orders.passes (name, done_at)
      SELECT 'give-taken', CASE WHEN NOT EXISTS (SELECT FROM orders.orders) THEN now() END
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM orders.passes WHERE name = 'give-taken'`);
  }
}
