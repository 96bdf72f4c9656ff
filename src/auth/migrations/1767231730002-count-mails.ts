import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Mails are counted for each mailbox, so that erasing an account does not begin anew. The release before goes on counting
 * in auth.mailed_tokens (mails, mails_since), which nothing else reads any more.
 */
export class CountMails1767231730002 implements MigrationInterface {
  name = 'CountMails1767231730002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE auth.sent_mails (
        -- SHA-256 of the address; it belongs to no account, and is forgotten after an hour.
        address_hash bytea NOT NULL,
        kind text NOT NULL,
        -- The last ones, the newest first: what each answered, and when it was sent.
        requests uuid[] NOT NULL,
        sent_at timestamptz[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_sent_mails PRIMARY KEY (address_hash, kind),
        CONSTRAINT ck_sent_mails_pairs CHECK (cardinality(requests) = cardinality(sent_at))
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.sent_mails');
  }
}
