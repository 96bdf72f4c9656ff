import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OrderConsentsAndNames1767230600003 implements MigrationInterface {
  name = 'OrderConsentsAndNames1767230600003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Which answer came last is what the clock of the database says, to the microsecond.
      ALTER TABLE customers.consents ALTER COLUMN created_at TYPE timestamptz;
      CREATE INDEX ix_consents_latest ON customers.consents (user_id, created_at DESC, id DESC);

      CREATE INDEX ix_customers_name ON customers.customers (lower(coalesce(name, '')), user_id) WHERE email IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX customers.ix_customers_name;
      DROP INDEX customers.ix_consents_latest;
      ALTER TABLE customers.consents ALTER COLUMN created_at TYPE timestamptz(3);
    `);
  }
}
