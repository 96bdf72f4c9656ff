import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAuth1767225700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA auth;

      CREATE TABLE auth.users (
        id uuid NOT NULL CONSTRAINT pk_users PRIMARY KEY,
        email text NOT NULL CONSTRAINT uq_users_email UNIQUE,
        name text,
        password_hash text NOT NULL,
        email_verified_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_users_email CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254)
      );

      CREATE TABLE auth.roles (
        name text NOT NULL CONSTRAINT pk_roles PRIMARY KEY,
        description text NOT NULL,
        permissions text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE auth.user_roles (
        user_id uuid NOT NULL CONSTRAINT fk_user_roles_user REFERENCES auth.users ON DELETE CASCADE,
        role text NOT NULL CONSTRAINT fk_user_roles_role REFERENCES auth.roles,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_user_roles PRIMARY KEY (user_id, role)
      );
      CREATE INDEX ix_user_roles_role ON auth.user_roles (role);

      -- One session is one family of refresh tokens: each may be used once, and using one twice ends the session.
      CREATE TABLE auth.sessions (
        id uuid NOT NULL CONSTRAINT pk_sessions PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_sessions_user REFERENCES auth.users ON DELETE CASCADE,
        user_agent text,
        address text,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_because text,
        last_used_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_sessions_revoked CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
      );
      CREATE INDEX ix_sessions_user ON auth.sessions (user_id);
      CREATE INDEX ix_sessions_expires_at ON auth.sessions (expires_at);

      CREATE TABLE auth.refresh_tokens (
        hash bytea NOT NULL CONSTRAINT pk_refresh_tokens PRIMARY KEY,
        session_id uuid NOT NULL CONSTRAINT fk_refresh_tokens_session REFERENCES auth.sessions ON DELETE CASCADE,
        used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX ix_refresh_tokens_session ON auth.refresh_tokens (session_id);

      -- Whoever reads private_jwk can sign anyone in: nobody but the application's own role may.
      CREATE TABLE auth.signing_keys (
        kid text NOT NULL CONSTRAINT pk_signing_keys PRIMARY KEY,
        public_jwk jsonb NOT NULL,
        private_jwk jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      REVOKE ALL ON auth.signing_keys FROM PUBLIC;

      INSERT INTO auth.roles (name, description, permissions) VALUES
        ('admin', 'May do everything.', '{*}'),
        ('staff', 'Runs the shop: products, stock, orders, money.', '{products:read,products:write,stock:read,stock:write,orders:read,orders:write,orders:cancel,payments:read,payments:capture,payments:refund,payments:void,ledger:read,customers:read,events:read}'),
        ('support', 'Helps shoppers: sees everything they ask about, changes nothing.', '{products:read,stock:read,orders:read,payments:read,customers:read}');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA auth CASCADE');
  }
}
