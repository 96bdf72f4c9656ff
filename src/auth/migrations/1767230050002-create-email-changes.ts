import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEmailChanges1767230050002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- At most one for each account. Both addresses say yes, each with a token of its own, then the account has the new one.
      CREATE TABLE auth.email_changes (
        user_id uuid NOT NULL CONSTRAINT pk_email_changes PRIMARY KEY
          CONSTRAINT fk_email_changes_user REFERENCES auth.users ON DELETE CASCADE,
        request_id uuid NOT NULL,
        old_email text NOT NULL,
        new_email text NOT NULL,
        old_hash bytea CONSTRAINT uq_email_changes_old_hash UNIQUE,
        new_hash bytea CONSTRAINT uq_email_changes_new_hash UNIQUE,
        old_confirmed_at timestamptz,
        new_confirmed_at timestamptz,
        done_at timestamptz,
        requests smallint NOT NULL DEFAULT 1,
        requests_since timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_email_changes_new_email CHECK (new_email = lower(new_email) AND length(new_email) BETWEEN 3 AND 254),
        CONSTRAINT ck_email_changes_done CHECK (done_at IS NULL OR (old_confirmed_at IS NOT NULL AND new_confirmed_at IS NOT NULL))
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.email_changes');
  }
}
