import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePlatform1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA platform;

      -- Append-only tables: nobody changes what has been written, whatever role they connect as.
      CREATE FUNCTION platform.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
      END $$;

      -- The event log. The relay gives each committed event its position in the feed, once; nothing else ever changes.
      CREATE TABLE platform.events (
        id uuid NOT NULL CONSTRAINT pk_events PRIMARY KEY,
        type text NOT NULL,
        payload jsonb NOT NULL,
        request_id text,
        position bigint CONSTRAINT uq_events_position UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_events_position CHECK (position > 0)
      );
      CREATE INDEX ix_events_unrelayed ON platform.events (id) WHERE position IS NULL;
      CREATE FUNCTION platform.only_position_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF OLD.position IS NOT NULL OR NEW.position IS NULL
           OR (NEW.id, NEW.type, NEW.payload, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.type, OLD.payload, OLD.created_at) THEN
          RAISE EXCEPTION 'platform.events is append-only' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER only_position_once BEFORE UPDATE ON platform.events
        FOR EACH ROW EXECUTE FUNCTION platform.only_position_once();
      CREATE TRIGGER append_only BEFORE DELETE ON platform.events
        FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
      CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON platform.events
        FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
      REVOKE UPDATE, DELETE, TRUNCATE ON platform.events FROM CURRENT_USER;
      GRANT UPDATE (position) ON platform.events TO CURRENT_USER;

      CREATE TABLE platform.idempotency_keys (
        scope text NOT NULL,
        key text NOT NULL,
        fingerprint text NOT NULL,
        resource_id uuid NOT NULL,
        lease_until timestamptz NOT NULL,
        status smallint,
        headers json,
        body json,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (scope, key),
        CONSTRAINT ck_idempotency_keys_key CHECK (length(key) BETWEEN 1 AND 255),
        CONSTRAINT ck_idempotency_keys_answer CHECK ((status IS NULL) = (body IS NULL))
      );
      CREATE INDEX ix_idempotency_keys_created_at ON platform.idempotency_keys (created_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA platform CASCADE');
  }
}
