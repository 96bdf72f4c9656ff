import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a release before makes, also beside this one, says nothing about it. */
export class KnowOwners1767231770000 implements MigrationInterface {
  name = 'KnowOwners1767231770000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders.orders ADD COLUMN owner_certain boolean NOT NULL DEFAULT false;
      ALTER TABLE orders.carts ADD COLUMN owner_certain boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN orders.orders.owner_certain IS
        'Whether user_id says whose it is. Before, staff had their id in what they took for others too.';
      COMMENT ON COLUMN orders.carts.owner_certain IS
        'Whether user_id says whose it is. Before, staff had their id in what they filled for others too.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders.carts DROP COLUMN owner_certain;
      ALTER TABLE orders.orders DROP COLUMN owner_certain;
    `);
  }
}
