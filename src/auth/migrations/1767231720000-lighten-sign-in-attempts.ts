import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every sign-in changes its rows twice. Without an index on the time of the change, and with room in each page, a change
 * stays in its page and touches no index. Who forgets old rows reads the table once an hour.
 */
export class LightenSignInAttempts1767231720000 implements MigrationInterface {
  name = 'LightenSignInAttempts1767231720000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX auth.ix_sign_in_attempts_updated_at;
      ALTER TABLE auth.sign_in_attempts SET (fillfactor = 60);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.sign_in_attempts RESET (fillfactor);
      CREATE INDEX ix_sign_in_attempts_updated_at ON auth.sign_in_attempts (updated_at);
    `);
  }
}
