import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Customers whose names have accents are found without them too. */
export class FoldNames1767231750002 implements MigrationInterface {
  name = 'FoldNames1767231750002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX ix_customers_folded ON customers.customers USING gin (platform.folded(search) gin_trgm_ops)
        WHERE octet_length(search) > char_length(search)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX customers.ix_customers_folded');
  }
}
