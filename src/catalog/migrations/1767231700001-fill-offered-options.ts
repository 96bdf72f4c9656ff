import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who changes a product from now on notes what it offers. What was there before is looked through without a lock, and
 * what must be noted is worked out anew under one.
 */
export class FillOfferedOptions1767231700001 implements MigrationInterface {
  name = 'FillOfferedOptions1767231700001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$
      DECLARE
        wanting uuid[] := ARRAY(
          SELECT product_id FROM catalog.offered_options(ARRAY(SELECT id FROM catalog.products WHERE options <> '[]'))
          WHERE offered IS NOT NULL
        );
      BEGIN
        PERFORM FROM catalog.products WHERE id = ANY (wanting) ORDER BY id FOR NO KEY UPDATE;
        PERFORM catalog.refresh_offered_options(wanting);
      END
      $$`);
  }

  async down(): Promise<void> {}
}
