import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateExports1767230050001 implements MigrationInterface {
  name = 'CreateExports1767230050001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE customers.exports (
        id uuid NOT NULL CONSTRAINT pk_exports PRIMARY KEY,
        user_id uuid NOT NULL,
        document text,
        ready_at timestamptz(3),
        expires_at timestamptz(3),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT ck_exports_ready
          CHECK ((document IS NULL) = (ready_at IS NULL) AND (document IS NULL) = (expires_at IS NULL))
      );
      -- Who asks again before it is ready gets the same one.
      CREATE UNIQUE INDEX uq_exports_waiting ON customers.exports (user_id) WHERE document IS NULL;
      CREATE INDEX ix_exports_expires_at ON customers.exports (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE customers.exports');
  }
}
