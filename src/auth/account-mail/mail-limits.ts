import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';

/** Of one kind to one address in an hour: nobody may fill the mailbox of a stranger. */
const MOST_MAILS = 5;

// Whose place among the last ones it takes: its own when the job runs again, else that of the oldest.
const PLACE = `coalesce(array_position(s.requests, excluded.requests[1]), ${MOST_MAILS})`;

/**
 * Counts the mails that `asked` has rows of (email, kind, request_id), and returns those that may go out. Decides and
 * counts in one statement, so that many at once are counted one after the other.
 */
export const counting = (asked: string): string => `
  INSERT INTO auth.sent_mails AS s (address_hash, kind, requests, sent_at)
  SELECT sha256(convert_to(email, 'UTF8')), kind, ARRAY[request_id], ARRAY[now()] FROM ${asked}
  ON CONFLICT (address_hash, kind) DO UPDATE SET
    requests = excluded.requests || s.requests[:${PLACE} - 1] || s.requests[${PLACE} + 1:],
    sent_at = excluded.sent_at || s.sent_at[:${PLACE} - 1] || s.sent_at[${PLACE} + 1:], updated_at = now()
  WHERE excluded.requests <@ s.requests OR coalesce(s.sent_at[${MOST_MAILS}] < now() - interval '1 hour', true)
  RETURNING s.kind`;

const ADMIT = `
  WITH asked (email, kind, request_id) AS (VALUES ($1::text, $2::text, $3::uuid)) ${counting('asked')}`;

/** One mail. */
export interface Counted {
  /** As the account has it, so that one mailbox has one spelling. */
  email: string;
  kind: string;
  /** What it answers: a job that runs again counts once. */
  requestId: string;
}

/** How many mails one mailbox gets, whoever asks for them and whatever becomes of the account. */
@Injectable()
export class MailLimits {
  constructor(private readonly database: Database) {}

  /** False when the mail must not go out: then it is dropped, and whoever asked is not told. */
  async admits({ email, kind, requestId }: Counted): Promise<boolean> {
    return (await this.database.query(ADMIT, [email, kind, requestId])).length > 0;
  }

  /** Deletes what has no say any more. */
  async forget(): Promise<void> {
    await this.database.query(`DELETE FROM auth.sent_mails WHERE sent_at[1] < now() - interval '1 hour'`);
  }
}
