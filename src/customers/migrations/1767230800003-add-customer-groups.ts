import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddCustomerGroups1767230800003 implements MigrationInterface {
  name = 'AddCustomerGroups1767230800003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What staff say of a customer; its version guards that, and nothing that the customer says.
      ALTER TABLE customers.customers
        ADD COLUMN groups text[] NOT NULL DEFAULT '{}',
        ADD COLUMN version integer NOT NULL DEFAULT 1;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE customers.customers DROP COLUMN groups, DROP COLUMN version');
  }
}
