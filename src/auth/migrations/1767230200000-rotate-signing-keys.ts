import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RotateSigningKeys1767230200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A key is published when it is there, signs between these two times, and verifies until its last token has expired.
      ALTER TABLE auth.signing_keys
        ADD COLUMN signs_from timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN signs_until timestamptz,
        ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
        ALTER COLUMN private_jwk DROP NOT NULL;
      UPDATE auth.signing_keys SET signs_from = created_at;
      UPDATE auth.signing_keys k SET signs_until = now()
      WHERE EXISTS (SELECT FROM auth.signing_keys n WHERE (n.created_at, k.kid) > (k.created_at, n.kid));
      ALTER TABLE auth.signing_keys
        ADD CONSTRAINT ck_signing_keys_signs CHECK (signs_from <= signs_until),
        -- The private half is there for as long as it signs.
        ADD CONSTRAINT ck_signing_keys_private CHECK (private_jwk IS NOT NULL OR signs_until IS NOT NULL);

      -- The newest key has no end. There is one, however many processes make one at once.
      CREATE UNIQUE INDEX uq_signing_keys_newest ON auth.signing_keys ((signs_until IS NULL)) WHERE signs_until IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM auth.signing_keys WHERE private_jwk IS NULL;
      DROP INDEX auth.uq_signing_keys_newest;
      ALTER TABLE auth.signing_keys
        DROP CONSTRAINT ck_signing_keys_private, DROP CONSTRAINT ck_signing_keys_signs,
        DROP COLUMN signs_from, DROP COLUMN signs_until, DROP COLUMN updated_at,
        ALTER COLUMN private_jwk SET NOT NULL;
    `);
  }
}
