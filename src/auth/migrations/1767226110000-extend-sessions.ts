import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ExtendSessions1767226110000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Until then an access token of the session may be valid: so long every process remembers that it was revoked.
      -- The default is for a previous release that still runs, whose tokens live for an hour at most.
      ALTER TABLE auth.sessions ADD COLUMN tokens_until timestamptz NOT NULL DEFAULT now() + interval '2 hours';
      CREATE INDEX ix_sessions_revoked ON auth.sessions (tokens_until) WHERE revoked_at IS NOT NULL;

      -- replaces: the token that this one was given for. sealed_successor: the token that was given for this one, which
      -- only this one opens; forgotten as soon as the successor is used.
      ALTER TABLE auth.refresh_tokens
        ADD COLUMN replaces bytea,
        ADD COLUMN sealed_successor bytea,
        ADD CONSTRAINT ck_refresh_tokens_sealed CHECK (sealed_successor IS NULL OR used_at IS NOT NULL);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.refresh_tokens DROP COLUMN sealed_successor, DROP COLUMN replaces;
      ALTER TABLE auth.sessions DROP COLUMN tokens_until;
    `);
  }
}
