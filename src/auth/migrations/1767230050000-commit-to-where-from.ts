import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CommitToWhereFrom1767230050000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The chain covers a hash of where an act came from and a random salt. Without the salt it tells nothing, so address,
      -- user agent and salt can be erased together, and the chain still holds. Entries of the release before have neither.
      ALTER TABLE auth.audit_log ADD COLUMN personal_salt bytea, ADD COLUMN personal_hash bytea,
        ADD CONSTRAINT ck_audit_log_personal CHECK (personal_salt IS NULL OR length(personal_hash) = 32);

      CREATE OR REPLACE FUNCTION auth.only_chain_once() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        kept_then jsonb := to_jsonb(OLD) - '{position,hash,address,user_agent,personal_salt}'::text[];
        kept_now jsonb := to_jsonb(NEW) - '{position,hash,address,user_agent,personal_salt}'::text[];
        chained boolean := OLD.position IS NULL AND NEW.position IS NOT NULL;
        same_place boolean := (NEW.position, NEW.hash) IS NOT DISTINCT FROM (OLD.position, OLD.hash);
        same_person boolean := (NEW.address, NEW.user_agent, NEW.personal_salt)
          IS NOT DISTINCT FROM (OLD.address, OLD.user_agent, OLD.personal_salt);
        erased boolean := OLD.personal_salt IS NOT NULL
          AND NEW.address IS NULL AND NEW.user_agent IS NULL AND NEW.personal_salt IS NULL;
      BEGIN
        IF kept_now IS DISTINCT FROM kept_then
           OR NOT (chained AND same_person OR same_place AND erased) THEN
          RAISE EXCEPTION 'auth.audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
      END $$;
      GRANT UPDATE (address, user_agent, personal_salt) ON auth.audit_log TO CURRENT_USER;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE auth.audit_log DROP COLUMN personal_salt, DROP COLUMN personal_hash');
  }
}
