import type { MigrationInterface, QueryRunner } from 'typeorm';

export class GuardRoles1767225760001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.roles
        ADD COLUMN version integer NOT NULL DEFAULT 1,
        ADD CONSTRAINT ck_roles_name CHECK (name ~ '^[a-z][a-z0-9-]{1,39}$'),
        ADD CONSTRAINT ck_roles_admin CHECK (name <> 'admin' OR permissions = '{*}');

      -- Whoever holds every permission is an administrator. Two who take it from the last two at once take turns here,
      -- and the second sees what the first has left.
      CREATE FUNCTION auth.demand_administrator() RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(1633971566); -- "adm."
        IF NOT EXISTS (SELECT FROM auth.user_roles ur JOIN auth.roles r ON r.name = ur.role WHERE '*' = ANY (r.permissions)) THEN
          RAISE EXCEPTION 'the last administrator stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_last_administrator';
        END IF;
      END $$;

      CREATE FUNCTION auth.keep_administrator() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM gone JOIN auth.roles r ON r.name = gone.role WHERE '*' = ANY (r.permissions)) THEN
          PERFORM auth.demand_administrator();
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER keep_administrator_on_delete AFTER DELETE ON auth.user_roles
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION auth.keep_administrator();
      CREATE TRIGGER keep_administrator_on_update AFTER UPDATE ON auth.user_roles
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION auth.keep_administrator();

      CREATE FUNCTION auth.keep_administrating_role() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM gone WHERE '*' = ANY (gone.permissions)) THEN
          PERFORM auth.demand_administrator();
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER keep_administrating_role AFTER UPDATE ON auth.roles
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION auth.keep_administrating_role();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER keep_administrating_role ON auth.roles;
      DROP TRIGGER keep_administrator_on_update ON auth.user_roles;
      DROP TRIGGER keep_administrator_on_delete ON auth.user_roles;
      DROP FUNCTION auth.keep_administrating_role, auth.keep_administrator, auth.demand_administrator;
      ALTER TABLE auth.roles DROP CONSTRAINT ck_roles_admin, DROP CONSTRAINT ck_roles_name, DROP COLUMN version;
    `);
  }
}
