import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { PaymentInFlight, Payments, UnknownPaymentProvider } from '#src/payments/index.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import {
  begin,
  deliverWebhooks,
  eur,
  eventsOf,
  key,
  ledgerOf,
  many,
  paid,
  pay,
  QUIET,
  read,
  sweep,
} from './support.js';

const app = galley(QUIET);
const payments = () => app.service(Payments);
let staff: Person;
let api: Client;

beforeAll(async () => {
  staff = await app.staff();
  api = app.as(staff);
  // Whatever is asked for the first time (the signing secret, plans) does not count below.
  await paid(app);
  await deliverWebhooks(app);
});

describe('Beginning a payment', () => {
  it('is refused while another one for the reference is under way, however many begin at once', async () => {
    const reference = randomUUID();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => begin(app, { reference })));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(19);
    expect(refused.every(({ reason }) => reason instanceof PaymentInFlight)).toBe(true);
  });

  it('is possible again once the one before has failed', async () => {
    const reference = randomUUID();
    await pay(app, { reference, token: 'tok_declined' });
    const second = await pay(app, { reference });
    const all = await payments().allFor([reference, 'nothing']);
    expect(all.get(reference)?.map(({ status }) => status)).toEqual(['declined', 'captured']);
    expect(all.get('nothing')).toEqual([]);
    expect((await payments().latestFor([reference, 'nothing'])).get(reference)?.id).toBe(second.payment.id);
  });

  it('is refused for a provider that is not in use', async () => {
    await expect(begin(app, { provider: 'stripe' })).rejects.toBeInstanceOf(UnknownPaymentProvider);
  });

  it('vanishes with the transaction it was part of', async () => {
    const reference = randomUUID();
    const failing = app.db.transaction(async () => {
      await payments().begin({ reference, provider: 'sandbox', amount: eur(100) });
      throw new Error('The order could not be placed.');
    });
    await expect(failing).rejects.toThrow();
    expect((await payments().allFor([reference])).get(reference)).toEqual([]);
  });
});

describe('A provider', () => {
  it('is never called inside a transaction', async () => {
    const payment = await begin(app);
    const inside = app.db.transaction(() => payments().perform(payment, { token: 'tok_ok' }));
    await expect(inside).rejects.toThrow('never called inside a transaction');
  });
});

describe('Giving back all that a reference has paid', () => {
  const giveBack = async (reference: string) => {
    await app.db.transaction(() => payments().voidOrRefund(reference));
    await app.runDue();
  };

  it('refunds what was captured, once, however often it is asked', async () => {
    const { payment } = await pay(app);
    await many(5, () => giveBack(payment.reference));
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'refunded', operations: [{ kind: 'refund' }] });
    expect(await ledgerOf(app, payment.id)).toEqual({ 'receivable:sandbox': 0, payments_received: 0 });
    expect(await eventsOf(app, payment.id)).toEqual(['captured', 'refunded']);
  });

  it('voids what was only authorised', async () => {
    const { payment } = await pay(app, { capture: false });
    await giveBack(payment.reference);
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'voided' });
  });

  it('does both where only a part was captured, and minds what was refunded before', async () => {
    const { payment } = await pay(app, { capture: false });
    await api.post(`/v1/payments/${payment.id}/captures`, { amount: eur(60) }, key());
    await api.post(`/v1/payments/${payment.id}/refunds`, { amount: eur(10) }, key());
    await giveBack(payment.reference);
    expect(await read(app, staff, payment.id)).toMatchObject({
      status: 'refunded',
      voided: eur(40),
      refunded: eur(60),
      operations: [{}, {}, { kind: 'void' }, { kind: 'refund', amount: eur(50) }],
    });
  });

  it('calls nobody when the transaction is rolled back', async () => {
    const { payment } = await pay(app);
    const failing = app.db.transaction(async () => {
      await payments().voidOrRefund(payment.reference);
      throw new Error('The order cannot be cancelled.');
    });
    await expect(failing).rejects.toThrow();
    await app.runDue();
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'captured', cancelRequestedAt: null });
  });

  it('ends a payment that waits for its payer', async () => {
    const { payment } = await pay(app, { token: 'tok_requires_action' });
    await giveBack(payment.reference);
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'voided', nextAction: null });
  });

  it('refunds a payer who paid in the very moment, before anybody here knew', async () => {
    const { payment } = await pay(app, { token: 'tok_requires_action' });
    await app.anyone.post(new URL(payment.nextAction!.url).pathname, { result: 'approve' });
    await giveBack(payment.reference);
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'refunded' });
    await deliverWebhooks(app);
    expect(await eventsOf(app, payment.id)).toEqual(['requires_action', 'refunded']);
  });

  it('waits for a payment whose outcome nobody knows, then sends the money back', async () => {
    const payment = await begin(app);
    await expect(payments().perform(payment, { token: 'tok_timeout_charged' })).rejects.toThrow();
    await giveBack(payment.reference);
    expect((await read(app, staff, payment.id)).status).toBe('processing');
    await sweep(app, payment.id);
    expect(await read(app, staff, payment.id)).toMatchObject({ status: 'refunded' });
  });

  it('is tried again when the answer was lost', async () => {
    const { payment } = await pay(app, { token: 'tok_refund_timeout' });
    await giveBack(payment.reference);
    expect(await read(app, staff, payment.id)).toMatchObject({ operations: [{ status: 'processing' }] });
    await sweep(app, payment.id);
    expect(await read(app, staff, payment.id)).toMatchObject({
      status: 'refunded',
      operations: [{ status: 'succeeded' }],
    });
    expect(await ledgerOf(app, payment.id)).toEqual({ 'receivable:sandbox': 0, payments_received: 0 });
  });

  it('is looked after by the sweep when the job was lost', async () => {
    const { payment } = await pay(app);
    await app.db.transaction(() => payments().voidOrRefund(payment.reference));
    await sweep(app, payment.id);
    expect((await read(app, staff, payment.id)).status).toBe('refunded');
    await app.runDue();
    const [row] = await app.db.query('SELECT due_at FROM payments.payments WHERE id = $1', [payment.id]);
    expect(row).toEqual({ due_at: null });
  });
});

describe('The list of payments', () => {
  it('is filtered, sorted and paged', async () => {
    const reference = randomUUID();
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push(await paid(app, { reference, capture: index % 2 === 0 }));
    const list = async (query: string) => (await api.get(`/v1/payments?reference=${reference}${query}`)).body;
    expect((await list('')).data.map(({ id }: { id: string }) => id)).toEqual(ids.toReversed());
    expect((await list('&status=authorized&sort=createdAt')).data.map(({ id }: { id: string }) => id)).toEqual([
      ids[1],
      ids[3],
    ]);
    const first = await list('&limit=2&sort=createdAt');
    const second = await list(`&limit=3&sort=createdAt&cursor=${first.nextCursor}`);
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
    expect((await list(`&limit=2&cursor=${first.nextCursor}`)).code).toBe('invalid_cursor');
    expect((await list('&status=lost')).code).toBe('validation_failed');
    expect((await list('&provider=manual')).data).toEqual([]);
  });

  it('is for those who may read payments', async () => {
    const id = await paid(app);
    const shopper = app.as(await app.shopper());
    expect((await shopper.get('/v1/payments')).status).toBe(403);
    expect((await shopper.get(`/v1/payments/${id}`)).status).toBe(403);
    expect((await api.get(`/v1/payments/${randomUUID()}`)).status).toBe(404);
    expect((await api.get('/v1/payment-operations/x')).body.code).toBe('malformed_id');
    expect((await api.get(`/v1/payment-operations/${randomUUID()}`)).status).toBe(404);
  });
});

describe('SQL statements', () => {
  /** Without those by which a relay is told, some time after, that there are events. */
  const count = async (fn: () => Promise<unknown>) => {
    const statements = await app.statements(fn);
    return statements.filter((sql) => !sql.includes('pg_notify')).length;
  };

  it('are one to begin, one to charge, and two to settle, transaction aside', async () => {
    let payment = await begin(app);
    expect(await count(async () => (payment = await begin(app)))).toBe(1 + 2);
    let outcome = await payments().perform(await begin(app), { token: 'tok_ok' });
    expect(await count(async () => (outcome = await payments().perform(payment, { token: 'tok_ok' })))).toBe(1);
    const settle = () => app.db.transaction(() => payments().settle(payment.id, outcome));
    expect(await count(settle)).toBe(2 + 2);
    expect(await count(settle)).toBe(2 + 2);
  });

  it('are as many for a hundred payments as for one', async () => {
    const reference = randomUUID();
    const list = (limit: number) => count(() => api.get(`/v1/payments?reference=${reference}&limit=${limit}`));
    await paid(app, { reference });
    const one = await list(1);
    for (let index = 0; index < 30; index++) await paid(app, { reference });
    expect(await list(20)).toBe(one);
    expect(await list(100)).toBe(one);
    const entries = (limit: number) => count(() => api.get(`/v1/ledger/entries?limit=${limit}`));
    expect(await entries(100)).toBe(await entries(1));
    expect(await count(() => payments().allFor([reference, randomUUID()]))).toBe(1);
  });
});
