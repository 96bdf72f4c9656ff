import { beforeAll, describe, expect, it } from 'vitest';
import { booksOf, buy, makeArticle } from '../orders/shop.js';
import { deliverWebhooks, eur, eventsOf, key, ledgerOf, operationsAt, paid, read, sweep } from '../payments/support.js';
import { galley, type Person } from '../support/app.js';
import { Client } from '../support/client.js';
import { startProcess } from '../support/process.js';

// A short lease lets the retry take over at once what the dead process had claimed.
const ENVIRONMENT = { GALLEY_IDEMPOTENCY_LEASE: '1', GALLEY_SANDBOX_WEBHOOK_DELAY_MS: '-1' };
const app = galley(ENVIRONMENT);
let staff: Person;

beforeAll(async () => {
  staff = await app.staff();
});

/** What is asked for of 100, and what must have come of it once, and once only. */
const KINDS = {
  refund: {
    path: 'refunds',
    before: { capture: true, left: { refundable: eur(40) } },
    after: { status: 'partially_refunded', captured: eur(100), refunded: eur(60), refundable: eur(40) },
    ledger: { 'receivable:sandbox': 40, payments_received: -40 },
    events: ['captured', 'refunded'],
  },
  capture: {
    path: 'captures',
    before: { capture: false, left: { capturable: eur(40) } },
    after: { status: 'partially_captured', captured: eur(60), voided: eur(0), capturable: eur(40) },
    ledger: { 'receivable:sandbox': 60, payments_received: -60 },
    events: ['authorized', 'captured'],
  },
  void: {
    path: 'void',
    before: { capture: false, left: { capturable: eur(40) } },
    after: { status: 'authorized', captured: eur(0), voided: eur(60), capturable: eur(40) },
    ledger: {},
    events: ['authorized', 'voided'],
  },
} as const;

/** Between any two steps of an operation; `sandbox.operated`: the money has moved, and nobody here knows. */
const CASES = [
  ['refund', 'operation.begun', 'retry'],
  ['capture', 'operation.begun', 'sweep'],
  ['capture', 'sandbox.operated', 'retry'],
  ['void', 'sandbox.operated', 'webhook'],
  ['void', 'operation.answered', 'retry'],
  ['refund', 'operation.answered', 'webhook'],
  ['refund', 'operation.settling', 'sweep'],
] as const;

const die = (point: string, role: 'all' | 'api') =>
  startProcess({ ...ENVIRONMENT, DATABASE_URL: app.databaseUrl, GALLEY_FAULT: point, GALLEY_ROLE: role });

/** Asks again until the lease of the dead process has run out. */
async function insist(operate: (client: Client) => ReturnType<Client['post']>) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await operate(app.as(staff));
    if (answer.body.code !== 'idempotency_in_progress' || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('When a process is killed', () => {
  it.each(CASES)('a %s is made exactly once, stopped at %s and ended by %s', async (kind, point, ending) => {
    const { path, before, after, ledger, events } = KINDS[kind];
    const id = await paid(app, { capture: before.capture });
    const headers = key();
    const operate = (client: Client) => client.post(`/v1/payments/${id}/${path}`, { amount: eur(60) }, headers);
    const dying = await die(point, 'api');
    await expect(operate(new Client(dying.url, staff.accessToken))).rejects.toThrow();
    await dying.gone;
    expect(await read(app, staff, id)).toMatchObject({ ...before.left, operations: [{ status: 'processing' }] });
    if (ending === 'webhook') await deliverWebhooks(app);
    if (ending === 'sweep') await sweep(app, id);
    if (ending !== 'retry') expect(await read(app, staff, id)).toMatchObject(after);
    const answer = await insist(operate);
    expect(answer).toMatchObject({ status: 201, body: { kind, status: 'succeeded', payment: after } });
    await deliverWebhooks(app);
    await sweep(app, id);
    expect(await read(app, staff, id)).toMatchObject({
      ...after,
      operations: [{ id: answer.body.id, kind, status: 'succeeded' }],
    });
    expect(await operationsAt(app, id)).toEqual([{ kind, amount: 60 }]);
    expect(await ledgerOf(app, id)).toEqual(ledger);
    expect(await eventsOf(app, id)).toEqual(events);
  });

  it('a cancelled order gets all its money back exactly once, though nobody saw it go', async () => {
    const article = await makeArticle(app, { stock: 10 });
    const order = await buy(app.as(staff), article, { quantity: 2 });
    const [{ id }] = order.body.payments;
    await app.runDue();
    const dying = await die('sandbox.operated', 'all');
    const client = new Client(dying.url, staff.accessToken);
    const cancelled = await client.post(`/v1/orders/${order.body.id}/cancellation`, {});
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    await dying.gone;
    expect(await operationsAt(app, id)).toEqual([{ kind: 'refund', amount: 4488 }]);
    expect(await read(app, staff, id)).toMatchObject({ refunded: eur(0), operations: [{ status: 'processing' }] });
    await sweep(app, id);
    await app.runDue();
    await deliverWebhooks(app);
    await sweep(app, id);
    expect(await operationsAt(app, id)).toEqual([{ kind: 'refund', amount: 4488 }]);
    expect(await read(app, staff, id)).toMatchObject({ status: 'refunded', refunded: eur(4488), refundable: eur(0) });
    expect(await ledgerOf(app, id)).toEqual({ 'receivable:sandbox': 0, payments_received: 0 });
    expect(await booksOf(app, article)).toMatchObject({ placed: 0, announced: 1, reserved: 0, captured: 0, taken: 0 });
    const { body } = await app.as(staff).get(`/v1/orders/${order.body.id}`);
    expect(body).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
  });
});
