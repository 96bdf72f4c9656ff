import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, isId, newId, paginate, whereOf } from '../../platform/index.js';
import type { Operation } from '../operations/operation.entity.js';
import type { Payment } from '../payment.entity.js';
import type { BalanceResponse, EntryResponse, ListEntriesQuery } from './ledger.dto.js';
import { postingsOf } from './posting.js';

const isLine = (value: unknown) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 1_000_000;

interface EntryRow {
  transactionId: string;
  line: number;
  kind: 'capture' | 'refund';
  account: string;
  currency: string;
  amount: number;
  paymentId: string;
  operationId: string | null;
  reference: string;
  createdAt: Date;
}

/** Double entry, append-only: each transaction sums to zero, which the database checks when it commits. */
@Injectable()
export class Ledger {
  constructor(private readonly database: Database) {}

  /** Books a capture or refund, in the transaction that settles it: one statement. */
  async post(kind: 'capture' | 'refund', payment: Payment, operation: Operation): Promise<void> {
    await this.database.query(
      `WITH money AS (
         SELECT $1::uuid AS transaction_id, $2::text AS kind, $3::uuid AS payment_id, $4::uuid AS operation_id,
                $5::text AS reference, $6::text AS provider, $7::text AS currency, $8::bigint AS amount
       ), ${postingsOf('money')}
       SELECT FROM money`,
      [
        newId(),
        kind,
        payment.id,
        operation.id,
        payment.reference,
        payment.provider,
        payment.currency,
        kind === 'capture' ? operation.amount : -operation.amount,
      ],
    );
  }

  /** One page of entries, newest transaction first: one statement. */
  async entries(query: ListEntriesQuery): Promise<{ data: EntryResponse[]; nextCursor: string | null }> {
    const { account, currency, reference, paymentId, limit, cursor } = query;
    const bind = JSON.stringify(['ledger-entries', account, currency, reference, paymentId]);
    const [afterId, afterLine] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId, isLine]);
    const { where, params } = whereOf([
      ['e.account = ?', account],
      ['e.currency = ?', currency],
      ['t.reference = ?', reference],
      ['t.payment_id = ?', paymentId],
      ['(e.transaction_id, -e.line) < (?, -?::int)', afterId, afterLine],
    ]);
    const rows = await this.database.query<EntryRow>(
      `SELECT e.transaction_id AS "transactionId", e.line, t.kind, e.account, e.currency, e.amount,
              t.payment_id AS "paymentId", t.operation_id AS "operationId", t.reference, e.created_at AS "createdAt"
       FROM payments.ledger_entries e JOIN payments.ledger_transactions t ON t.id = e.transaction_id
       ${where} ORDER BY e.transaction_id DESC, e.line LIMIT ${limit + 1}`,
      params,
    );
    const page = paginate({ rows, limit, bind, cursorOf: (row) => [row.transactionId, row.line] });
    return { data: page.data.map(entryOf), nextCursor: page.nextCursor };
  }

  /** What each account holds, per currency: one statement. */
  async balances(): Promise<BalanceResponse[]> {
    const rows = await this.database.query<{ account: string; currency: string; amount: number; entries: number }>(
      `SELECT account, currency, sum(amount)::bigint AS amount, count(*) AS entries
       FROM payments.ledger_entries GROUP BY account, currency ORDER BY account, currency`,
    );
    return rows.map(({ account, currency, amount, entries }) => ({ account, balance: { amount, currency }, entries }));
  }
}

function entryOf({ currency, amount, createdAt, ...row }: EntryRow): EntryResponse {
  return { ...row, amount: { amount, currency }, createdAt: createdAt.toISOString() };
}
