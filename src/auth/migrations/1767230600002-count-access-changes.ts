import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CountAccessChanges1767230600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Moves when roles are given or taken, or permit less or ask for more than before.
      ALTER TABLE auth.users ADD COLUMN access_epoch integer NOT NULL DEFAULT 0;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE auth.users DROP COLUMN access_epoch');
  }
}
