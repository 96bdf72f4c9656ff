import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What customers are called, as auth has it: composed (Unicode NFC), as what is searched for. */
export class ComposeNames1767231730001 implements MigrationInterface {
  name = 'ComposeNames1767231730001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ BEGIN
        -- Other encodings have no accents that stand alone, and no normalize().
        IF getdatabaseencoding() = 'UTF8' THEN
          UPDATE customers.customers SET name = normalize(name, NFC) WHERE name IS NOT NFC NORMALIZED;
        END IF;
      END $$`);
  }

  async down(): Promise<void> {}
}
