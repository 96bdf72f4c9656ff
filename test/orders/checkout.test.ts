import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { galley } from '../support/app.js';
import { ADDRESS, booksOf, buy, checkOut, fillCart, makeArticle, onePurchase, stockOf } from './shop.js';

// The machine may be busy: what is shown here is who gets what, not how fast the simulator answers.
const app = galley({ GALLEY_PAYMENT_TIMEOUT: '60' });

it('takes a guest from cart to a paid order', async () => {
  const article = await makeArticle(app, { stock: 10 });
  const cart = await app.anyone.post('/v1/carts', {
    currency: 'EUR',
    items: [{ variantId: article.variantId, quantity: 2 }],
  });
  expect(cart.status).toBe(201);
  expect(cart.headers['location']).toBe(`/v1/carts/${cart.body.id}`);
  const path = `/v1/carts/${cart.body.id}`;
  const addressed = await app.anyone.patch(path, { email: 'ada@example.com', shippingAddress: ADDRESS });
  expect(addressed.body.totals).toMatchObject({
    subtotal: { amount: 3998, currency: 'EUR' },
    shipping: { amount: 490, currency: 'EUR' },
    tax: { amount: 717, included: true, rate: '19' },
    total: { amount: 4488, currency: 'EUR' },
  });
  const order = await app.anyone.post(
    `${path}/checkout`,
    { payment: { provider: 'sandbox', token: 'tok_ok' }, expectedTotal: addressed.body.totals.total },
    { 'idempotency-key': randomUUID() },
  );
  expect(order.status).toBe(201);
  expect(order.body).toMatchObject({ status: 'placed', paymentStatus: 'paid', totals: { total: { amount: 4488 } } });
  expect(order.body.number).toMatch(/^G-\d+$/);
  expect(await stockOf(app, article)).toEqual({ onHand: 10, reserved: 2, available: 8 });
  const closed = await app.anyone.put(`${path}/items/${article.variantId}`, { quantity: 5 });
  expect(closed.body.code).toBe('cart_not_open');
});

it('places an order in one call with at most 16 SQL statements', async () => {
  const article = await makeArticle(app);
  const statements = await app.statements(() => buy(app.anyone, article));
  expect(statements.length, statements.join('\n---\n')).toBeLessThanOrEqual(16);
});

it('leaves nothing behind when the payment is declined, and the cart can try again', async () => {
  const article = await makeArticle(app, { stock: 3 });
  const cart = await app.anyone.post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 3 }] });
  const path = `/v1/carts/${cart.body.id}`;
  await app.anyone.patch(path, { email: 'ada@example.com', shippingAddress: ADDRESS });
  const key = randomUUID();
  const pay = (token: string, idempotencyKey: string) =>
    app.anyone.post(
      `${path}/checkout`,
      { payment: { provider: 'sandbox', token } },
      { 'idempotency-key': idempotencyKey },
    );
  const declined = await pay('tok_declined', key);
  expect(declined.status).toBe(402);
  expect(declined.body.code).toBe('payment_declined');
  expect((await stockOf(app, article)).available).toBe(3);
  const repeated = await pay('tok_declined', key);
  expect(repeated.status).toBe(402);
  expect(repeated.headers['idempotency-replayed']).toBe('true');
  expect((await pay('tok_ok', randomUUID())).status).toBe(201);
});

it('refuses what is not in stock, with what is left, and reserves nothing', async () => {
  const article = await makeArticle(app, { stock: 2 });
  const answer = await buy(app.anyone, article, { quantity: 3 });
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({
    code: 'out_of_stock',
    lines: [{ variantId: article.variantId, requested: 3, available: 2 }],
  });
  expect(await stockOf(app, article)).toEqual({ onHand: 2, reserved: 0, available: 2 });
});

it('refuses another total than the one that was shown', async () => {
  const article = await makeArticle(app);
  const answer = await buy(app.anyone, article, { expectedTotal: { amount: 100, currency: 'EUR' } });
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({ code: 'total_changed', total: { amount: 2489, currency: 'EUR' } });
});

it('asks for an Idempotency-Key', async () => {
  const article = await makeArticle(app);
  const { variantId } = article;
  const answer = await app.anyone.post('/v1/orders', {
    email: 'ada@example.com',
    items: [{ variantId, quantity: 1 }],
    shippingAddress: ADDRESS,
    payment: { provider: 'sandbox', token: 'tok_ok' },
  });
  expect(answer.body.code).toBe('idempotency_key_required');
});

it('sells the last hundred exactly once to four hundred who want them', async () => {
  const article = await makeArticle(app, { stock: 100 });
  const answers = await Promise.all(Array.from({ length: 400 }, () => buy(app.anyone, article)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(100);
  expect(answers.filter(({ body }) => body.code === 'out_of_stock')).toHaveLength(300);
  expect(await stockOf(app, article)).toEqual({ onHand: 100, reserved: 100, available: 0 });
  const [sums] = await app.db.query<{ hand: number; reserved: number }>(
    `SELECT sum(delta_on_hand)::int AS hand, sum(delta_reserved)::int AS reserved FROM catalog.stock_movements WHERE variant_id = $1`,
    [article.variantId],
  );
  expect(sums).toEqual({ hand: 100, reserved: 100 });
});

it.each(['in one call', 'from a cart'])(
  'makes one order and one charge %s of fifty requests with one key',
  async (how) => {
    const article = await makeArticle(app);
    const key = randomUUID();
    const cart = await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 1 }]);
    const request = () =>
      how === 'from a cart' ? checkOut(app.anyone, cart, { key }) : buy(app.anyone, article, { key });
    const answers = await Promise.all(Array.from({ length: 50 }, request));
    const placed = answers.filter(({ status }) => status === 201);
    expect(new Set(placed.map(({ body }) => body.id)).size).toBe(1);
    expect(placed.every(({ body }) => JSON.stringify(body) === JSON.stringify(placed[0]?.body))).toBe(true);
    expect(
      answers.filter(({ status }) => status !== 201).every(({ body }) => body.code === 'idempotency_in_progress'),
    ).toBe(true);
    expect(await booksOf(app, article)).toEqual(onePurchase(2489, 1));
    expect((await stockOf(app, article)).reserved).toBe(1);
  },
);

it('makes one order of a cart that twenty check out at once, each with a key of their own', async () => {
  const article = await makeArticle(app);
  const cart = await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 2 }]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => checkOut(app.anyone, cart)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.code === 'cart_not_open')).toHaveLength(19);
  expect(await booksOf(app, article)).toEqual(onePurchase(4488, 2));
});

it('refuses one key for two different requests', async () => {
  const article = await makeArticle(app);
  const key = randomUUID();
  expect((await buy(app.anyone, article, { key })).status).toBe(201);
  const other = await buy(app.anyone, article, { key, quantity: 2 });
  expect(other.status).toBe(422);
  expect(other.body.code).toBe('idempotency_key_reused');
});

it('does not lock up when many carts hold the same variants in different orders', async () => {
  const articles = await Promise.all(Array.from({ length: 6 }, () => makeArticle(app, { stock: 1000 })));
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => {
      const turned = [...articles.slice(index % 6), ...articles.slice(0, index % 6)];
      const items = (index % 2 ? turned : turned.toReversed()).map(({ variantId }) => ({ variantId, quantity: 1 }));
      return app.anyone.post(
        '/v1/orders',
        {
          email: 'ada@example.com',
          items,
          shippingAddress: ADDRESS,
          payment: { provider: 'sandbox', token: 'tok_ok' },
        },
        { 'idempotency-key': randomUUID() },
      );
    }),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(201));
  for (const article of articles) expect((await stockOf(app, article)).reserved).toBe(60);
});
