import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many active products are in each category. In a table of its own, so that counting waits for nobody. */
export class CountCategories1767231200001 implements MigrationInterface {
  name = 'CountCategories1767231200001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE catalog.category_counts (
        category_id uuid NOT NULL CONSTRAINT pk_category_counts PRIMARY KEY,
        -- In it or below it, each once.
        products integer NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT fk_category_counts_category FOREIGN KEY (category_id) REFERENCES catalog.categories (id) ON DELETE CASCADE,
        CONSTRAINT ck_category_counts_products CHECK (products >= 0)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE catalog.category_counts');
  }
}
