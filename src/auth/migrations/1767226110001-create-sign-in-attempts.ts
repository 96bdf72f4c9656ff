import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSignInAttempts1767226110001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Failed attempts to sign in, by account, by address, and by both together. Keys are hashes: neither addresses nor
      -- what somebody typed as an e-mail address is kept.
      CREATE TABLE auth.sign_in_attempts (
        key bytea NOT NULL CONSTRAINT pk_sign_in_attempts PRIMARY KEY,
        kind text NOT NULL CONSTRAINT ck_sign_in_attempts_kind CHECK (kind IN ('account', 'address', 'pair')),
        failures double precision NOT NULL CONSTRAINT ck_sign_in_attempts_failures CHECK (failures >= 0),
        counted_at timestamptz NOT NULL DEFAULT now(),
        blocked_until timestamptz,
        trusted_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_sign_in_attempts_trusted CHECK (trusted_at IS NULL OR kind = 'pair')
      );
      CREATE INDEX ix_sign_in_attempts_updated_at ON auth.sign_in_attempts (updated_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.sign_in_attempts');
  }
}
