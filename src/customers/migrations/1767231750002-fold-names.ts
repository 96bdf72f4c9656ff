import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Customers are found by their names without accents too. Also as they are written, where the release before this one looks. */
export class FoldNames1767231750002 implements MigrationInterface {
  name = 'FoldNames1767231750002';

  async up(runner: QueryRunner): Promise<void> {
    const text = `(coalesce(name, '') || ' ' || coalesce(email, ''))`;
    await runner.query(`
      ALTER TABLE customers.customers ALTER COLUMN search SET EXPRESSION AS (
        lower(${text}) || CASE WHEN octet_length(${text}) = char_length(${text}) THEN '' ELSE ' ' || platform.folded(${text}) END
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE customers.customers ALTER COLUMN search SET EXPRESSION AS (
        lower(coalesce(name, '') || ' ' || coalesce(email, ''))
      )`);
  }
}
