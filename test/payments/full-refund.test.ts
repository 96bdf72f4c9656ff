import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { type Article, booksOf, buy, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { deliverWebhooks, key, QUIET, read } from './support.js';

const app = galley({ ...QUIET, GALLEY_PAYMENT_TIMEOUT: '60' });
let staff: Person;
let api: Client;

beforeAll(async () => {
  staff = await app.staff();
  api = app.as(staff);
});

const plan = fc.record({
  currency: fc.constantFrom('JPY', 'EUR', 'KWD'),
  price: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 999_999_999 })),
  quantity: fc.integer({ min: 1, max: 3 }),
  /** What is refunded first, in thousandths of what was paid. */
  parts: fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 4 }),
  atOnce: fc.boolean(),
  rest: fc.constantFrom('refund' as const, 'cancellation' as const),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** Refunds each part, unless that is more than there is left, and then all that is left. */
async function giveBack(order: Answer['body'], { currency, parts, atOnce, rest }: Plan): Promise<void> {
  const [{ id }] = order.payments;
  const { amount: total } = order.totals.total;
  const refund = async (part: number) => {
    const amount = Math.max(1, Math.floor((total * part) / 1000));
    const { status } = await api.post(`/v1/payments/${id}/refunds`, { amount: { amount, currency } }, key());
    expect([201, 409]).toContain(status);
  };
  if (atOnce) await Promise.all(parts.map(refund));
  else for (const part of parts) await refund(part);
  const { refundable, refunded } = await read(app, staff, id);
  expect(refunded.amount + refundable.amount).toBe(total);
  if (rest === 'cancellation') expect((await api.post(`/v1/orders/${order.id}/cancellation`, {})).status).toBe(200);
  else if (refundable.amount > 0) {
    const { status, body } = await api.post(`/v1/payments/${id}/refunds`, {}, key());
    expect(status).toBe(201);
    expect(body.amount).toEqual(refundable);
  }
}

/** Balance of each account, of what the ledger says for one order. */
async function balancesOf(reference: string): Promise<Record<string, number>> {
  const balances: Record<string, number> = {};
  const { body } = await api.get(`/v1/ledger/entries?reference=${reference}&limit=100`);
  for (const { account, amount } of body.data) balances[account] = (balances[account] ?? 0) + amount.amount;
  return balances;
}

/** Nothing is left of it anywhere: in our books, in the sandbox's, on the shelf of a cancelled order. */
async function expectAllBack(order: Answer['body'], article: Article, { currency, quantity, rest }: Plan) {
  const { total } = order.totals;
  const none = { amount: 0, currency };
  const [{ id }] = order.payments;
  expect(await read(app, staff, id)).toMatchObject({
    status: 'refunded',
    captured: total,
    refunded: total,
    refundable: none,
    capturable: none,
  });
  expect(await balancesOf(order.id)).toEqual({ 'receivable:sandbox': 0, payments_received: 0 });
  const charges = await app.db.query(
    'SELECT currency, captured, refunded FROM payments.sandbox_charges WHERE reference = $1',
    [order.id],
  );
  expect(charges).toEqual([{ currency, captured: total.amount, refunded: total.amount }]);
  const cancelled = rest === 'cancellation';
  expect((await api.get(`/v1/orders/${order.id}`)).body).toMatchObject({
    status: cancelled ? 'cancelled' : 'placed',
    paymentStatus: 'refunded',
  });
  expect((await booksOf(app, article)).reserved).toBe(cancelled ? 0 : quantity);
}

it('returns everything, whatever was paid in whatever currency, and however much was refunded before', async () => {
  // Several orders in each run: they share the jobs that are run in between.
  const plans = fc.array(plan, { minLength: 6, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(plans, async (wishes) => {
      const orders = await Promise.all(
        wishes.map(async (wish) => {
          const { currency, price, quantity } = wish;
          const article = await makeArticle(app, { stock: 5, prices: [{ amount: price, currency }] });
          const { body: order } = await buy(api, article, { quantity, currency });
          const { amount } = order.totals.total;
          expect(await balancesOf(order.id)).toEqual({ 'receivable:sandbox': amount, payments_received: -amount });
          await giveBack(order, wish);
          return { order, article, wish };
        }),
      );
      await app.runDue();
      // What the provider tells of it afterwards is no second refund.
      await deliverWebhooks(app);
      await app.runDue();
      for (const { order, article, wish } of orders) await expectAllBack(order, article, wish);
    }),
    { numRuns: 4, endOnFailure: true },
  );
});
