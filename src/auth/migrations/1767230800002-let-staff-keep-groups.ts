import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whom a shop gives other prices is decided by those who run it. A role that sees no customers any more stays as it is. */
export class LetStaffKeepGroups1767230800002 implements MigrationInterface {
  name = 'LetStaffKeepGroups1767230800002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE auth.roles
      SET permissions = array_append(permissions, 'customers:write'), version = version + 1, updated_at = now()
      WHERE name = 'staff' AND 'customers:read' = ANY (permissions) AND NOT 'customers:write' = ANY (permissions)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE auth.roles SET permissions = array_remove(permissions, 'customers:write'), version = version + 1
      WHERE 'customers:write' = ANY (permissions)
    `);
  }
}
