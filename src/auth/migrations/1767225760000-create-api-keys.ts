import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateApiKeys1767225760000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Revoked keys stay: what they did names them.
      CREATE TABLE auth.api_keys (
        id uuid NOT NULL CONSTRAINT pk_api_keys PRIMARY KEY,
        name text NOT NULL,
        prefix text NOT NULL,
        permissions text[] NOT NULL,
        allowed_addresses text[] NOT NULL,
        created_by uuid NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz,
        last_used_address text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_api_keys_name CHECK (length(name) BETWEEN 1 AND 100),
        CONSTRAINT ck_api_keys_permissions CHECK (cardinality(permissions) > 0)
      );

      -- After a rotation a key has two secrets for a while. The random part itself is stored nowhere.
      CREATE TABLE auth.api_key_secrets (
        lookup text NOT NULL CONSTRAINT pk_api_key_secrets PRIMARY KEY,
        api_key_id uuid NOT NULL CONSTRAINT fk_api_key_secrets_key REFERENCES auth.api_keys ON DELETE CASCADE,
        hash bytea NOT NULL,
        expires_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_api_key_secrets_hash CHECK (length(hash) = 32)
      );
      CREATE INDEX ix_api_key_secrets_key ON auth.api_key_secrets (api_key_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.api_key_secrets, auth.api_keys');
  }
}
