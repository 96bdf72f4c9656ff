import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { galley } from '../support/app.js';
import { ADDRESS, booksOf, buy, makeArticle, onePurchase, stockOf } from './shop.js';

const app = galley({ GALLEY_PAYMENT_TIMEOUT: '1', GALLEY_SANDBOX_WEBHOOK_DELAY_MS: '-1' });

it('puts the stock back and gives the money back, once, however often it is asked', async () => {
  const article = await makeArticle(app, { stock: 5 });
  const shopper = app.as(await app.shopper());
  const { body: order } = await buy(shopper, article, { quantity: 2 });
  const answers = await Promise.all(
    Array.from({ length: 5 }, () =>
      shopper.post(`/v1/orders/${order.id}/cancellation`, { reason: 'Changed my mind.' }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(await stockOf(app, article)).toEqual({ onHand: 5, reserved: 0, available: 5 });
  await app.runDue();
  const { body: after } = await shopper.get(`/v1/orders/${order.id}`);
  expect(after).toMatchObject({
    status: 'cancelled',
    paymentStatus: 'refunded',
    cancellationReason: 'Changed my mind.',
  });
  expect(after.payments[0].refunded).toEqual(order.totals.total);
  const ledger = await app.as(await app.staff()).get('/v1/ledger/balances');
  expect(ledger.status).toBe(200);
});

it('sees its owner and staff, and nobody else', async () => {
  const article = await makeArticle(app);
  const [ada, eve] = [await app.shopper(), await app.shopper()];
  const { body: order } = await buy(app.as(ada), article);
  expect((await app.as(ada).get(`/v1/orders/${order.id}`)).body.number).toBe(order.number);
  expect((await app.as(await app.staff('support')).get(`/v1/orders/${order.id}`)).status).toBe(200);
  expect((await app.as(eve).get(`/v1/orders/${order.id}`)).status).toBe(404);
  expect((await app.as(eve).post(`/v1/orders/${order.id}/cancellation`, {})).status).toBe(404);
  expect((await app.anyone.get(`/v1/orders/${order.id}`)).status).toBe(401);
});

it('lists a shopper’s own orders, page by page, none twice', async () => {
  const article = await makeArticle(app);
  const shopper = app.as(await app.shopper());
  const numbers: string[] = [];
  for (let index = 0; index < 5; index++) numbers.push((await buy(shopper, article)).body.number);
  await buy(app.as(await app.shopper()), article);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const path: string = `/v1/orders?limit=2${cursor ? `&cursor=${cursor}` : ''}`;
    const { body } = await shopper.get(path);
    seen.push(...body.data.map(({ number }: { number: string }) => number));
    cursor = body.nextCursor;
  } while (cursor);
  expect(seen).toEqual(numbers.reverse());
  expect((await shopper.get('/v1/me/orders')).body.data).toHaveLength(5);
});

it('refuses a cursor that was made for other filters', async () => {
  const article = await makeArticle(app);
  const shopper = app.as(await app.shopper());
  await buy(shopper, article);
  await buy(shopper, article);
  const { body } = await shopper.get('/v1/orders?limit=1');
  const answer = await shopper.get(`/v1/orders?limit=1&status=placed&cursor=${body.nextCursor}`);
  expect(answer.status).toBe(400);
  expect(answer.body.code).toBe('invalid_cursor');
});

it('lists orders with 3 statements, 1 and 20 alike', async () => {
  const article = await makeArticle(app, { stock: 1000 });
  const shopper = app.as(await app.shopper());
  for (let index = 0; index < 20; index++) await buy(shopper, article);
  for (const limit of [1, 20, 100]) {
    expect(await app.statements(() => shopper.get(`/v1/orders?limit=${limit}`))).toHaveLength(3);
  }
});

it('charges once when the answer is lost: the retry with the same key finds the charge', async () => {
  const article = await makeArticle(app, { stock: 5 });
  const key = randomUUID();
  const first = await buy(app.anyone, article, { token: 'tok_timeout_charged', key });
  expect(first.status).toBe(504);
  expect(first.body.code).toBe('payment_outcome_unknown');
  const second = await buy(app.anyone, article, { token: 'tok_timeout_charged', key });
  expect(second.status).toBe(201);
  expect(second.body.payments).toHaveLength(1);
  const third = await buy(app.anyone, article, { token: 'tok_timeout_charged', key });
  expect(third.headers['idempotency-replayed']).toBe('true');
  expect(third.body).toEqual(second.body);
  expect(await booksOf(app, article)).toEqual(onePurchase(2489, 1));
  expect((await stockOf(app, article)).reserved).toBe(1);
});

it('charges once when the retry itself comes many times at once', async () => {
  const article = await makeArticle(app, { stock: 5 });
  const key = randomUUID();
  const request = () => buy(app.anyone, article, { token: 'tok_timeout_charged', key });
  expect((await request()).status).toBe(504);
  const answers = await Promise.all(Array.from({ length: 10 }, request));
  const placed = answers.filter(({ status }) => status === 201);
  expect(placed.length).toBeGreaterThan(0);
  expect(new Set(placed.map(({ body }) => body.id)).size).toBe(1);
  expect(
    answers.filter(({ status }) => status !== 201).every(({ body }) => body.code === 'idempotency_in_progress'),
  ).toBe(true);
  expect(await booksOf(app, article)).toEqual(onePurchase(2489, 1));
  expect((await stockOf(app, article)).reserved).toBe(1);
});

it('waits for a payer who must act, places the order when they have, and frees the stock when they do not', async () => {
  const article = await makeArticle(app, { stock: 2 });
  const acting = await buy(app.anyone, article, { token: 'tok_requires_action' });
  expect(acting.status).toBe(202);
  expect(acting.body).toMatchObject({
    status: 'pending',
    paymentStatus: 'requires_action',
    nextAction: { type: 'redirect' },
  });
  const lazy = await buy(app.anyone, article, { token: 'tok_requires_action' });
  expect((await stockOf(app, article)).available).toBe(0);
  const { pathname } = new URL(acting.body.nextAction.url);
  await app.anyone.post(pathname, { result: 'approve' });
  const { SandboxWebhooks } = await import('#src/payments/sandbox/sandbox-webhooks.service.js');
  await app.service(SandboxWebhooks).deliver();
  await app.runDue();
  const staff = app.as(await app.staff());
  expect((await staff.get(`/v1/orders/${acting.body.id}`)).body).toMatchObject({
    status: 'placed',
    paymentStatus: 'paid',
  });
  await app.db.query(
    `UPDATE payments.payments SET created_at = now() - interval '1 day', due_at = now() WHERE reference = $1`,
    [lazy.body.id],
  );
  const { Jobs } = await import('#src/platform/index.js');
  await app.service(Jobs).run('payments.sweep');
  await app.runDue();
  expect((await staff.get(`/v1/orders/${lazy.body.id}`)).body.status).toBe('cancelled');
  expect(await stockOf(app, article)).toEqual({ onHand: 2, reserved: 1, available: 1 });
});

it('gives the money back that comes after an order was called off', async () => {
  const article = await makeArticle(app, { stock: 2 });
  const shopper = app.as(await app.shopper());
  const { body: order } = await buy(shopper, article, { token: 'tok_requires_action' });
  await shopper.post(`/v1/orders/${order.id}/cancellation`, {});
  await app.anyone.post(new URL(order.nextAction.url).pathname, { result: 'approve' });
  const { SandboxWebhooks } = await import('#src/payments/sandbox/sandbox-webhooks.service.js');
  await app.service(SandboxWebhooks).deliver();
  await app.runDue();
  const { body: after } = await shopper.get(`/v1/orders/${order.id}`);
  expect(after.status).toBe('cancelled');
  expect(['voided', 'refunded']).toContain(after.paymentStatus);
  expect(await stockOf(app, article)).toEqual({ onHand: 2, reserved: 0, available: 2 });
});

it('cannot oversell by naming the same variant twice', async () => {
  const article = await makeArticle(app, { stock: 3 });
  const { variantId } = article;
  const answer = await app.anyone.post(
    '/v1/orders',
    {
      email: 'ada@example.com',
      items: [
        { variantId, quantity: 2 },
        { variantId, quantity: 2 },
      ],
      shippingAddress: ADDRESS,
      payment: { provider: 'sandbox', token: 'tok_ok' },
    },
    { 'idempotency-key': randomUUID() },
  );
  expect(answer.body).toMatchObject({ code: 'out_of_stock', lines: [{ requested: 4, available: 3 }] });
});

it('says in the event log that an order was placed, once', async () => {
  const article = await makeArticle(app);
  const { body: order } = await buy(app.anyone, article);
  await app.runDue();
  const events = await app.db.query(
    `SELECT payload FROM platform.events WHERE type = 'orders.order_placed' AND payload->>'orderId' = $1`,
    [order.id],
  );
  expect(events).toHaveLength(1);
});
