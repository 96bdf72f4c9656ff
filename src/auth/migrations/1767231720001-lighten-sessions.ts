import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every refresh moves the expiry of its session, and every sign-in writes a session and an entry of the audit log. Rows come
 * in the order of their time, so a summary of each few pages finds what an index of all of them did, and a change of a row
 * can stay in its page and touch no index.
 */
export class LightenSessions1767231720001 implements MigrationInterface {
  name = 'LightenSessions1767231720001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX auth.ix_sessions_expires_at, auth.ix_sessions_revoked, auth.ix_audit_log_occurred_at;
      CREATE INDEX ix_sessions_expires_at ON auth.sessions USING brin (expires_at)
        WITH (pages_per_range = 16, autosummarize = on);
      CREATE INDEX ix_sessions_revoked ON auth.sessions (revoked_at) WHERE revoked_at IS NOT NULL;
      CREATE INDEX ix_audit_log_occurred_at ON auth.audit_log USING brin (occurred_at)
        WITH (pages_per_range = 16, autosummarize = on);
      ALTER TABLE auth.sessions SET (fillfactor = 80);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.sessions RESET (fillfactor);
      DROP INDEX auth.ix_sessions_expires_at, auth.ix_sessions_revoked, auth.ix_audit_log_occurred_at;
      CREATE INDEX ix_sessions_expires_at ON auth.sessions (expires_at);
      CREATE INDEX ix_sessions_revoked ON auth.sessions (tokens_until) WHERE revoked_at IS NOT NULL;
      CREATE INDEX ix_audit_log_occurred_at ON auth.audit_log (occurred_at);
    `);
  }
}
