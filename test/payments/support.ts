import { randomUUID } from 'node:crypto';
import { type Payment, Payments, type Settled } from '#src/payments/index.js';
import { webhooksOf } from '#src/payments/sandbox/sandbox-charge.js';
import { SandboxSecret } from '#src/payments/sandbox/sandbox-secret.service.js';
import { SandboxWebhooks } from '#src/payments/sandbox/sandbox-webhooks.service.js';
import { Jobs, newId } from '#src/platform/index.js';
import type { Person, TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';

/** No webhook unless the test delivers it, short deadlines. */
export const QUIET = {
  GALLEY_SANDBOX_WEBHOOK_DELAY_MS: '-1',
  GALLEY_PAYMENT_TIMEOUT: '1',
  GALLEY_SANDBOX_SLOW_MS: '50',
};

export interface Wanted {
  token?: string;
  amount?: number;
  currency?: string;
  capture?: boolean;
  reference?: string;
  provider?: string;
}

export const eur = (amount: number) => ({ amount, currency: 'EUR' });
export const key = () => ({ 'idempotency-key': randomUUID() });

/** Step one, as checkout does it. */
export function begin(app: TestApp, wanted: Wanted = {}): Promise<Payment> {
  const { amount = 100, currency = 'EUR', capture = true, reference = randomUUID(), provider = 'sandbox' } = wanted;
  return app.db.transaction(() =>
    app.service(Payments).begin({ reference, provider, amount: { amount, currency }, capture }),
  );
}

/** All three steps. */
export async function pay(app: TestApp, wanted: Wanted = {}): Promise<Settled> {
  const payments = app.service(Payments);
  const payment = await begin(app, wanted);
  const outcome = await payments.perform(payment, { token: wanted.token ?? 'tok_ok' });
  return app.db.transaction(() => payments.settle(payment.id, outcome));
}

export async function paid(app: TestApp, wanted: Wanted = {}): Promise<string> {
  return (await pay(app, wanted)).payment.id;
}

export const deliverWebhooks = (app: TestApp): Promise<number> => app.service(SandboxWebhooks).deliver();

export const WEBHOOKS = '/v1/payments/webhooks/sandbox';

export interface SignedWebhook {
  body: string;
  headers: Record<string, string>;
  eventId: string;
}

/** A webhook as the sandbox would send it about a charge for this payment; a new event with each call. */
export async function webhookFor(
  app: TestApp,
  paymentId: string,
  { at = new Date(), chargeId = newId(), status = 'captured' as const } = {},
): Promise<SignedWebhook> {
  const [row] = webhooksOf({ id: chargeId, idempotencyKey: paymentId, status, failureCode: null, captureAtOnce: true });
  const body = JSON.stringify(row!.payload);
  return { body, headers: await app.service(SandboxSecret).sign(row!.eventId, body, at), eventId: row!.eventId };
}

/** Lets time pass for one payment and whatever it has under way, then runs the sweep. */
export async function sweep(app: TestApp, paymentId: string): Promise<void> {
  await app.db.query('UPDATE payments.payments SET due_at = now() WHERE id = $1 AND due_at IS NOT NULL', [paymentId]);
  await app.db.query('UPDATE payments.operations SET due_at = now() WHERE payment_id = $1 AND due_at IS NOT NULL', [
    paymentId,
  ]);
  await app.service(Jobs).run('payments.sweep');
}

export async function read(app: TestApp, staff: Person, id: string): Promise<Answer['body']> {
  const { status, body } = await app.as(staff).get(`/v1/payments/${id}`);
  if (status !== 200) throw new Error(`GET of payment ${id} answered ${status}.`);
  return body;
}

/** Types of the events that tell of one payment, in their order. */
export async function eventsOf(app: TestApp, paymentId: string): Promise<string[]> {
  const rows = await app.db.query<{ type: string }>(
    `SELECT type FROM platform.events WHERE payload ->> 'paymentId' = $1 ORDER BY id`,
    [paymentId],
  );
  return rows.map(({ type }) => type.replace('payments.payment_', ''));
}

/** The ledger's view of one payment: what each account got from it. */
export async function ledgerOf(app: TestApp, paymentId: string): Promise<Record<string, number>> {
  const rows = await app.db.query<{ account: string; amount: number }>(
    `SELECT account, sum(amount)::bigint AS amount FROM payments.ledger_entries e
     JOIN payments.ledger_transactions t ON t.id = e.transaction_id WHERE t.payment_id = $1 GROUP BY account`,
    [paymentId],
  );
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
}

export async function chargesFor(app: TestApp, paymentId: string): Promise<number> {
  const [row] = await app.db.query<{ count: number }>(
    'SELECT count(*) FROM payments.sandbox_charges WHERE idempotency_key = $1',
    [paymentId],
  );
  return row?.count ?? 0;
}

/** What the sandbox was asked to do with a payment's charge, and did: oldest first. */
export function operationsAt(app: TestApp, paymentId: string): Promise<{ kind: string; amount: number }[]> {
  return app.db.query(
    `SELECT o.kind, o.amount FROM payments.sandbox_operations o JOIN payments.sandbox_charges c ON c.id = o.charge_id
     WHERE c.idempotency_key = $1 AND o.failure_code IS NULL ORDER BY o.id`,
    [paymentId],
  );
}

export const tally = (answers: Answer[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

export const many = <T>(count: number, fn: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => fn(index)));
