import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePasskeys1767230100001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE auth.passkeys (
        id uuid NOT NULL CONSTRAINT pk_passkeys PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_passkeys_user REFERENCES auth.users ON DELETE CASCADE,
        credential_id bytea NOT NULL CONSTRAINT uq_passkeys_credential UNIQUE,
        -- COSE (RFC 9052).
        public_key bytea NOT NULL,
        -- How often it says that it has been used; 0 for ever where it does not count.
        counter bigint NOT NULL CONSTRAINT ck_passkeys_counter CHECK (counter >= 0),
        transports text[] NOT NULL,
        -- Copied between devices of its owner, as those of phones are; others stay in their device.
        synced boolean NOT NULL,
        name text NOT NULL,
        last_used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX ix_passkeys_user ON auth.passkeys (user_id, id);

      -- What an authenticator is asked to sign, once: good for one purpose, one account, and one session or sign-in.
      CREATE TABLE auth.passkey_challenges (
        hash bytea NOT NULL CONSTRAINT pk_passkey_challenges PRIMARY KEY,
        purpose text NOT NULL
          CONSTRAINT ck_passkey_challenges_purpose CHECK (purpose IN ('register', 'sign_in', 'second_factor', 'step_up')),
        user_id uuid CONSTRAINT fk_passkey_challenges_user REFERENCES auth.users ON DELETE CASCADE,
        bound_to text,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_passkey_challenges_bound
          CHECK ((purpose = 'sign_in') = (user_id IS NULL) AND (user_id IS NULL) = (bound_to IS NULL))
      );
      CREATE INDEX ix_passkey_challenges_user ON auth.passkey_challenges (user_id);
      CREATE INDEX ix_passkey_challenges_expires_at ON auth.passkey_challenges (expires_at);

      CREATE OR REPLACE FUNCTION auth.has_second_factor(whose uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM auth.totp_factors WHERE user_id = whose AND confirmed_at IS NOT NULL)
            OR EXISTS (SELECT FROM auth.passkeys WHERE user_id = whose)
      $$;
      CREATE TRIGGER mark_second_factor AFTER INSERT OR DELETE ON auth.passkeys
        FOR EACH ROW EXECUTE FUNCTION auth.mark_second_factor();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION auth.has_second_factor(whose uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM auth.totp_factors WHERE user_id = whose AND confirmed_at IS NOT NULL)
      $$;
      DROP TABLE auth.passkey_challenges, auth.passkeys;
      UPDATE auth.users SET second_factor = auth.has_second_factor(id) WHERE second_factor;
    `);
  }
}
