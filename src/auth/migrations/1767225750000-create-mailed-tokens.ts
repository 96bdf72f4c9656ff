import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMailedTokens1767225750000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- At most one for each account and purpose: a new one takes the place of the one before, which is dead then.
      CREATE TABLE auth.mailed_tokens (
        user_id uuid NOT NULL CONSTRAINT fk_mailed_tokens_user REFERENCES auth.users ON DELETE CASCADE,
        purpose text NOT NULL,
        hash bytea NOT NULL CONSTRAINT uq_mailed_tokens_hash UNIQUE,
        -- Where it went: it is good for that address only.
        email text NOT NULL,
        -- Which request it answers (UUID version 7, so the later one is the greater).
        request_id uuid NOT NULL,
        -- How many were mailed since then: a stranger who keeps asking must not fill a mailbox.
        mails smallint NOT NULL DEFAULT 1,
        mails_since timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_mailed_tokens PRIMARY KEY (user_id, purpose),
        CONSTRAINT ck_mailed_tokens_purpose CHECK (purpose IN ('reset_password', 'verify_email'))
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.mailed_tokens');
  }
}
