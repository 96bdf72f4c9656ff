import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What sells best has search indexes of its own, small ones, which are asked first. A job chooses what that is. */
export class TierSearch1767231500000 implements MigrationInterface {
  name = 'TierSearch1767231500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog.products ADD COLUMN search_tier smallint NOT NULL DEFAULT 3
        CONSTRAINT ck_products_search_tier CHECK (search_tier BETWEEN 1 AND 3);
      CREATE INDEX ix_products_search_first ON catalog.products USING gin (search) WITH (fastupdate = off) WHERE search_tier = 1;
      CREATE INDEX ix_products_search_second ON catalog.products USING gin (search) WITH (fastupdate = off) WHERE search_tier = 2;
      ${TIERED}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX catalog.ix_products_search_tier, catalog.ix_products_search_second, catalog.ix_products_search_first;
      ALTER TABLE catalog.products DROP COLUMN search_tier;
    `);
  }
}

/** For the job. Its condition is none that a search implies: while a tier is new, a planner would take it to be empty and read it. */
const TIERED = `CREATE INDEX ix_products_search_tier ON catalog.products (id, search_tier) WHERE 3 - search_tier > 0;`;
