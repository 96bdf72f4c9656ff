import { Injectable } from '@nestjs/common';
import { Database } from '../platform/index.js';

// What staff gave as a reason, and what providers said in words, may name people.
const ERASE_PAYMENTS = `
  UPDATE payments.payments SET failure_message = NULL, updated_at = now()
  WHERE id IN (SELECT id FROM payments.payments WHERE reference = ANY ($1) ORDER BY id FOR NO KEY UPDATE)
  RETURNING id`;

const ERASE_OPERATIONS = `
  UPDATE payments.operations SET failure_message = NULL, updated_at = now(),
    reason = CASE WHEN requested_by IS NULL THEN reason END
  WHERE payment_id = ANY ($1) RETURNING id`;

// What it meant is kept, so that it counts once; whatever else the provider sent along is not.
const ERASE_INBOX = `
  UPDATE payments.inbox SET payload = '{}', updated_at = now(),
    notice = jsonb_set(notice, '{outcome,message}', '""', false)
  WHERE coalesce(notice ->> 'paymentId', notice ->> 'operationId') = ANY ($1)`;

/** Takes people out of payments. Amounts, and what became of them, stay. */
@Injectable()
export class PaymentsPersonalData {
  constructor(private readonly database: Database) {}

  /** In the caller's transaction. Gives the ids of the payments and of what was done with them. */
  async erase(references: string[]): Promise<string[]> {
    const payments = await this.ids(ERASE_PAYMENTS, references);
    // Read after the locks: an operation that was under way is there by now.
    const all = [...payments, ...(await this.ids(ERASE_OPERATIONS, payments))];
    await this.database.query(ERASE_INBOX, [all]);
    return all;
  }

  private async ids(sql: string, given: string[]): Promise<string[]> {
    return (await this.database.query<{ id: string }>(sql, [given])).map(({ id }) => id);
  }
}
