import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAuditLog1767225760002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- json, not jsonb: the hash covers the very text. No names and no addresses of mail: people are named by their ids,
      -- so that nothing here has to be changed when somebody asks to be forgotten.
      CREATE TABLE auth.audit_log (
        id uuid NOT NULL CONSTRAINT pk_audit_log PRIMARY KEY,
        position bigint CONSTRAINT uq_audit_log_position UNIQUE,
        occurred_at timestamptz(3) NOT NULL,
        actor_kind text NOT NULL,
        actor_id uuid,
        action text NOT NULL,
        object_type text,
        object_id text,
        address text,
        user_agent text,
        request_id text,
        before json,
        after json,
        hash bytea,
        CONSTRAINT ck_audit_log_actor CHECK (actor_kind IN ('user', 'key', 'guest', 'system')),
        CONSTRAINT ck_audit_log_object CHECK ((object_type IS NULL) = (object_id IS NULL)),
        CONSTRAINT ck_audit_log_chained CHECK ((position IS NULL) = (hash IS NULL) AND position > 0 AND length(hash) = 32)
      );
      CREATE INDEX ix_audit_log_unchained ON auth.audit_log (id) WHERE position IS NULL;
      CREATE INDEX ix_audit_log_actor ON auth.audit_log (actor_id, id DESC);
      CREATE INDEX ix_audit_log_object ON auth.audit_log (object_type, object_id, id DESC);
      CREATE INDEX ix_audit_log_action ON auth.audit_log (action, id DESC);
      CREATE INDEX ix_audit_log_occurred_at ON auth.audit_log (occurred_at);

      -- An entry gets its place in the chain once; nothing else ever changes.
      CREATE FUNCTION auth.only_chain_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF OLD.position IS NOT NULL OR NEW.position IS NULL
           OR to_jsonb(NEW) - 'position' - 'hash' IS DISTINCT FROM to_jsonb(OLD) - 'position' - 'hash' THEN
          RAISE EXCEPTION 'auth.audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER only_chain_once BEFORE UPDATE ON auth.audit_log
        FOR EACH ROW EXECUTE FUNCTION auth.only_chain_once();
      CREATE TRIGGER append_only BEFORE DELETE ON auth.audit_log
        FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
      CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON auth.audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
      REVOKE UPDATE, DELETE, TRUNCATE ON auth.audit_log FROM CURRENT_USER;
      GRANT UPDATE (position, hash) ON auth.audit_log TO CURRENT_USER;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.audit_log; DROP FUNCTION auth.only_chain_once');
  }
}
