import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSecondFactors1767230100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- An authenticator app, from when it is offered until it is confirmed and afterwards.
      CREATE TABLE auth.totp_factors (
        user_id uuid NOT NULL CONSTRAINT pk_totp_factors PRIMARY KEY
          CONSTRAINT fk_totp_factors_user REFERENCES auth.users ON DELETE CASCADE,
        -- Encrypted: the database alone does not tell the codes.
        secret bytea NOT NULL,
        confirmed_at timestamptz,
        -- The time step of the newest code that was accepted (RFC 6238 §5.2): it only moves forward.
        last_step bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE auth.recovery_codes (
        user_id uuid NOT NULL CONSTRAINT fk_recovery_codes_user REFERENCES auth.users ON DELETE CASCADE,
        -- Also the first character of the code: it says which hash to check.
        position smallint NOT NULL CONSTRAINT ck_recovery_codes_position CHECK (position BETWEEN 0 AND 9),
        hash text NOT NULL,
        used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_recovery_codes PRIMARY KEY (user_id, position)
      );

      -- Wrong codes, of all sign-ins to an account together.
      CREATE TABLE auth.code_attempts (
        user_id uuid NOT NULL CONSTRAINT pk_code_attempts PRIMARY KEY
          CONSTRAINT fk_code_attempts_user REFERENCES auth.users ON DELETE CASCADE,
        failures double precision NOT NULL CONSTRAINT ck_code_attempts_failures CHECK (failures >= 0),
        counted_at timestamptz NOT NULL DEFAULT now(),
        blocked_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      -- Somebody who has shown one factor, and may show the other for a while.
      CREATE TABLE auth.pending_sign_ins (
        hash bytea NOT NULL CONSTRAINT pk_pending_sign_ins PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_pending_sign_ins_user REFERENCES auth.users ON DELETE CASCADE,
        methods text[] NOT NULL,
        -- Of the hash that the password was checked against, when there was one: another password ends this sign-in.
        password_mark bytea,
        -- The attempt at the password, which counts as a failure until the whole sign-in has succeeded.
        address text,
        trusted boolean NOT NULL DEFAULT false,
        wrong_codes smallint NOT NULL DEFAULT 0
          CONSTRAINT ck_pending_sign_ins_wrong_codes CHECK (wrong_codes BETWEEN 0 AND 5),
        used_at timestamptz,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX ix_pending_sign_ins_user ON auth.pending_sign_ins (user_id);
      CREATE INDEX ix_pending_sign_ins_expires_at ON auth.pending_sign_ins (expires_at);

      -- Whether the account has a second factor. It is a column of the account, so that a sign-in that locks the row
      -- cannot miss a factor that is being added.
      ALTER TABLE auth.users ADD COLUMN second_factor boolean NOT NULL DEFAULT false;

      CREATE FUNCTION auth.has_second_factor(whose uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (SELECT FROM auth.totp_factors WHERE user_id = whose AND confirmed_at IS NOT NULL)
      $$;

      CREATE FUNCTION auth.mark_second_factor() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE whose uuid := coalesce(NEW.user_id, OLD.user_id);
      BEGIN
        -- First the lock: what is read after it is what others have left.
        PERFORM FROM auth.users WHERE id = whose FOR NO KEY UPDATE;
        UPDATE auth.users SET second_factor = auth.has_second_factor(whose), updated_at = now()
        WHERE id = whose AND second_factor <> auth.has_second_factor(whose);
        RETURN NULL;
      END $$;
      CREATE TRIGGER mark_second_factor AFTER INSERT OR DELETE OR UPDATE OF confirmed_at ON auth.totp_factors
        FOR EACH ROW EXECUTE FUNCTION auth.mark_second_factor();

      -- Whoever has such a role can do what it permits only after signing in with two factors.
      ALTER TABLE auth.roles ADD COLUMN requires_second_factor boolean NOT NULL DEFAULT false;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.roles DROP COLUMN requires_second_factor;
      DROP TABLE auth.pending_sign_ins, auth.code_attempts, auth.recovery_codes, auth.totp_factors;
      DROP FUNCTION auth.mark_second_factor, auth.has_second_factor;
      ALTER TABLE auth.users DROP COLUMN second_factor;
    `);
  }
}
