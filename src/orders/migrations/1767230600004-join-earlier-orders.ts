import type { MigrationInterface, QueryRunner } from 'typeorm';

export class JoinEarlierOrders1767230600004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- How far a job has come that looks at all orders there were, once. Gone through when done_at is set.
      CREATE TABLE orders.passes (
        name text NOT NULL CONSTRAINT pk_passes PRIMARY KEY,
        after uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        done_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      INSERT INTO orders.passes (name) VALUES ('join-earlier');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE orders.passes');
  }
}
