import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateIdentities1767230200001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Who somebody is at a provider of external sign-in: the issuer and its name for them, which it never gives to another.
      CREATE TABLE auth.identities (
        id uuid NOT NULL CONSTRAINT pk_identities PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_identities_user REFERENCES auth.users ON DELETE CASCADE,
        provider text NOT NULL,
        issuer text NOT NULL,
        subject text NOT NULL CONSTRAINT ck_identities_subject CHECK (length(subject) BETWEEN 1 AND 255),
        last_used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_identities_subject UNIQUE (issuer, subject)
      );
      CREATE INDEX ix_identities_user ON auth.identities (user_id, id);

      -- Ways to a provider and back, each used once. Of what protects them only hashes are kept.
      CREATE TABLE auth.oidc_flows (
        hash bytea NOT NULL CONSTRAINT pk_oidc_flows PRIMARY KEY,
        state_hash bytea NOT NULL CONSTRAINT uq_oidc_flows_state UNIQUE,
        provider text NOT NULL,
        purpose text NOT NULL CONSTRAINT ck_oidc_flows_purpose CHECK (purpose IN ('sign_in', 'link')),
        user_id uuid CONSTRAINT fk_oidc_flows_user REFERENCES auth.users ON DELETE CASCADE,
        session_id uuid,
        redirect_to text NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_oidc_flows_bound
          CHECK ((purpose = 'sign_in') = (user_id IS NULL) AND (user_id IS NULL) = (session_id IS NULL))
      );
      CREATE INDEX ix_oidc_flows_user ON auth.oidc_flows (user_id);
      CREATE INDEX ix_oidc_flows_expires_at ON auth.oidc_flows (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.oidc_flows, auth.identities');
  }
}
