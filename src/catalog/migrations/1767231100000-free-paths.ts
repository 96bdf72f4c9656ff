import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Paths are unlike because slugs are. While a constraint says so as well, a branch that is moved waits for every product
 * that is just being put into it, and the other way round.
 */
export class FreePaths1767231100000 implements MigrationInterface {
  name = 'FreePaths1767231100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog.categories DROP CONSTRAINT uq_categories_path;
      CREATE INDEX ix_categories_path ON catalog.categories (path);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX catalog.ix_categories_path;
      ALTER TABLE catalog.categories ADD CONSTRAINT uq_categories_path UNIQUE (path);
    `);
  }
}
