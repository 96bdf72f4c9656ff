import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RememberSignIns1767226120000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- When and how its owner last proved who they are: at sign-in, or since by stepping up. Methods as RFC 8176 names them.
      ALTER TABLE auth.sessions
        ADD COLUMN authenticated_at timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN methods text[] NOT NULL DEFAULT '{pwd}';

      -- Who signs in in other ways needs no password.
      ALTER TABLE auth.users ALTER COLUMN password_hash DROP NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE auth.users ALTER COLUMN password_hash SET NOT NULL;
      ALTER TABLE auth.sessions DROP COLUMN methods, DROP COLUMN authenticated_at;
    `);
  }
}
