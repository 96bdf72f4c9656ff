import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names are taken in composed (Unicode NFC) from now on; those from before become so, to be found by the search over customers. */
export class ComposeNames1767231730000 implements MigrationInterface {
  name = 'ComposeNames1767231730000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ BEGIN
        -- Other encodings have no accents that stand alone, and no normalize().
        IF getdatabaseencoding() = 'UTF8' THEN
          UPDATE auth.users SET name = normalize(name, NFC) WHERE name IS NOT NFC NORMALIZED;
        END IF;
      END $$`);
  }

  async down(): Promise<void> {}
}
