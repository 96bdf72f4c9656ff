import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Imports look brands up by name. */
export class IndexBrands1767230900000 implements MigrationInterface {
  name = 'IndexBrands1767230900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX ix_brands_name ON catalog.brands (name)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX catalog.ix_brands_name');
  }
}
