import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * While nothing is known of the tables, a plan may join bitmaps: for each product it then reads a whole partial index to
 * know which variants are not archived. Without bitmaps each look-up stays one, as without sequential scans.
 */
export class RefreshByLookUps1767230960000 implements MigrationInterface {
  name = 'RefreshByLookUps1767230960000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER FUNCTION catalog.refresh_search(uuid[]) SET enable_bitmapscan = off;
      ALTER FUNCTION catalog.refresh_card_prices(uuid[]) SET enable_bitmapscan = off;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER FUNCTION catalog.refresh_search(uuid[]) RESET enable_bitmapscan;
      ALTER FUNCTION catalog.refresh_card_prices(uuid[]) RESET enable_bitmapscan;
    `);
  }
}
