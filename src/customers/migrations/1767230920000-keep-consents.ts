import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepConsents1767230920000 implements MigrationInterface {
  name = 'KeepConsents1767230920000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A consent that was given is proof of it: nobody changes it. Some databases have this from their first migration.
      CREATE OR REPLACE TRIGGER consents_stay BEFORE UPDATE ON customers.consents
        FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER consents_stay ON customers.consents');
  }
}
