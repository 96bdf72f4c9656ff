import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SealSigningKeys1767230600005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- In place of private_jwk, where all processes have the key that secrets are encrypted with. A process of the release
      -- before sees no private half there, and goes on signing with the key before.
      ALTER TABLE auth.signing_keys ADD COLUMN private_sealed bytea,
        DROP CONSTRAINT ck_signing_keys_private,
        ADD CONSTRAINT ck_signing_keys_private
          CHECK (private_jwk IS NOT NULL OR private_sealed IS NOT NULL OR signs_until IS NOT NULL);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- All of them when the one that signs is sealed: beside keys that have ended, the release before makes no new one.
      DELETE FROM auth.signing_keys
      WHERE EXISTS (SELECT FROM auth.signing_keys WHERE private_jwk IS NULL AND signs_until IS NULL);
      ALTER TABLE auth.signing_keys DROP CONSTRAINT ck_signing_keys_private, DROP COLUMN private_sealed,
        ADD CONSTRAINT ck_signing_keys_private CHECK (private_jwk IS NOT NULL OR signs_until IS NOT NULL);
    `);
  }
}
