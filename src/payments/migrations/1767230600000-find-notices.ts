import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FindNotices1767230600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What providers told of one payment or operation: found when its payer is erased.
      CREATE INDEX ix_inbox_about ON payments.inbox ((coalesce(notice ->> 'paymentId', notice ->> 'operationId')));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX payments.ix_inbox_about');
  }
}
