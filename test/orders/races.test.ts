import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { Payments } from '#src/payments/index.js';
import { SandboxWebhooks } from '#src/payments/sandbox/sandbox-webhooks.service.js';
import { Relay } from '#src/platform/events/relay.js';
import { Handlers } from '#src/platform/jobs/handlers.js';
import { Worker } from '#src/platform/jobs/worker.js';
import { galley } from '../support/app.js';
import { until } from '../support/until.js';
import { ADDRESS, type Article, buy, makeArticle, stockOf } from './shop.js';

const app = galley({ GALLEY_PAYMENT_TIMEOUT: '2', GALLEY_SANDBOX_SLOW_MS: '300' });
const keyed = () => ({ 'idempotency-key': randomUUID() });
const staff = async () => app.as(await app.staff());

/** Somebody else's transaction, which holds what the statement locks until it is let go. */
async function holding(sql: string, id: string): Promise<{ letGo(): Promise<void> }> {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query(sql, [id]);
  return {
    letGo: async () => {
      await client.query('COMMIT');
      await client.end();
    },
  };
}
const holdOrder = (id: string) => holding('SELECT FROM orders.orders WHERE id = $1 FOR UPDATE', id);
const holdStock = (id: string) => holding('SELECT FROM catalog.stock WHERE variant_id = $1 FOR UPDATE', id);

/** Until so many statements wait for a lock. */
const waiting = (count: number) =>
  until(async () => {
    const [row] = await app.db.unprepared<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
    return (row?.count ?? 0) >= count ? true : null;
  });

const pendingOrderOf = ({ variantId }: Article) =>
  until(async () => {
    const [order] = await app.db.query<{ id: string }>(
      `SELECT o.id FROM orders.orders o JOIN orders.order_lines l ON l.order_id = o.id
       WHERE l.variant_id = $1 AND o.status = 'pending'`,
      [variantId],
    );
    return order?.id ?? null;
  });

async function cartWith({ variantId }: Article, client = app.anyone): Promise<string> {
  const { body } = await client.post('/v1/carts', { items: [{ variantId, quantity: 1 }] });
  await client.patch(`/v1/carts/${body.id}`, { email: 'ada@example.com', shippingAddress: ADDRESS });
  return body.id;
}

/** An order whose payer has been asked, and has answered. */
async function answered(article: Article, result: 'approve' | 'reject'): Promise<{ id: string; paymentId: string }> {
  const { body } = await buy(app.anyone, article, { token: 'tok_requires_action' });
  await app.anyone.post(new URL(body.nextAction.url).pathname, { result });
  return { id: body.id, paymentId: body.payments[0].id };
}

const work = (queue: string) => app.service(Worker).runQueue(app.service(Handlers).get(queue));

describe('nobody waits for each other in a circle', () => {
  it('when an order is cancelled while the answer of its payment is being saved', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const shopper = app.as(await app.shopper());
    const buying = buy(shopper, article, { token: 'tok_slow' });
    const id = await pendingOrderOf(article);
    const holder = await holdOrder(id);
    const cancelling = shopper.post(`/v1/orders/${id}/cancellation`, {});
    // Both the cancellation and the answer, which comes 0.3 s later.
    await waiting(2);
    await holder.letGo();
    const [bought, cancelled] = await Promise.all([buying, cancelling]);
    expect(cancelled.status).toBe(200);
    expect([201, 402, 409]).toContain(bought.status);
    await app.runDue();
    const { body } = await (await staff()).get(`/v1/orders/${id}`);
    expect(body).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    expect(await stockOf(app, article)).toMatchObject({ reserved: 0 });
  });

  it('when a cart checkout is retried while its first attempt is being given up', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const cartId = await cartWith(article);
    const key = keyed();
    const payment = { provider: 'sandbox', token: 'tok_timeout_uncharged' };
    const checkout = () => app.anyone.post(`/v1/carts/${cartId}/checkout`, { payment }, key);
    expect((await checkout()).status).toBe(504);
    const [intent] = await app.db.query<{ id: string }>(
      'SELECT p.id FROM payments.payments p JOIN orders.orders o ON o.id::text = p.reference WHERE o.cart_id = $1',
      [cartId],
    );
    const abandoned = {
      status: 'failed',
      providerReference: null,
      code: 'abandoned',
      message: 'Nobody came.',
    } as const;
    await app.db.transaction(() => app.service(Payments).settle(intent!.id, abandoned));
    const holder = await holdStock(article.variantId);
    const due = app.runDue();
    await waiting(1);
    const retrying = checkout();
    await waiting(2);
    await holder.letGo();
    expect((await retrying).status).toBe(402);
    await due;
    expect(await stockOf(app, article)).toMatchObject({ reserved: 0 });
  });

  it('when several orders give back their stock while a buyer wants the same variants', async () => {
    const articles = [await makeArticle(app, { stock: 5 }), await makeArticle(app, { stock: 5 })];
    const [low, high] = articles.sort((a, b) => (a.variantId < b.variantId ? -1 : 1)) as [Article, Article];
    await answered(high, 'reject');
    const second = await answered(low, 'reject');
    await app.service(SandboxWebhooks).deliver();
    const holder = await holdOrder(second.id);
    const due = app.runDue();
    await waiting(1);
    const items = [low, high].map(({ variantId }) => ({ variantId, quantity: 1 }));
    const payment = { provider: 'sandbox', token: 'tok_ok' };
    const request = { email: 'ada@example.com', items, shippingAddress: ADDRESS, payment };
    const buying = app.anyone.post('/v1/orders', request, keyed());
    expect((await buying).status).toBe(201);
    await holder.letGo();
    await due;
    expect([await stockOf(app, low), await stockOf(app, high)]).toMatchObject([{ reserved: 1 }, { reserved: 1 }]);
  });

  it('when a request is repeated whose cart somebody holds: what was answered is answered again at once', async () => {
    const article = await makeArticle(app);
    const cartId = await cartWith(article);
    const key = keyed();
    const checkout = () =>
      app.anyone.post(`/v1/carts/${cartId}/checkout`, { payment: { provider: 'sandbox', token: 'tok_ok' } }, key);
    expect((await checkout()).status).toBe(201);
    const holder = await holding('SELECT FROM orders.carts WHERE id = $1 FOR UPDATE', cartId);
    const again = await checkout();
    await holder.letGo();
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
  });
});

describe('an order follows what has become of its money', () => {
  it('and is not placed when the money went back before the order heard of it', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const { id, paymentId } = await answered(article, 'approve');
    await app.service(SandboxWebhooks).deliver();
    expect((await (await staff()).post(`/v1/payments/${paymentId}/refunds`, {}, keyed())).status).toBe(201);
    await app.runDue();
    const { body } = await (await staff()).get(`/v1/orders/${id}`);
    expect(body).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    expect(await stockOf(app, article)).toMatchObject({ available: 5 });
    const placed = `SELECT FROM platform.events WHERE type = 'orders.order_placed' AND payload ->> 'orderId' = $1`;
    expect(await app.db.query(placed, [id])).toEqual([]);
  });

  it('and never falls back to what it was before, however slow a listener is', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const first = await answered(article, 'approve');
    const second = await answered(article, 'approve');
    await app.service(SandboxWebhooks).deliver();
    await app.service(Relay).drain();
    const holder = await holdOrder(first.id);
    const slow = work('payments.payment_captured/OrdersListener.captured');
    await waiting(1);
    await (await staff()).post(`/v1/payments/${second.paymentId}/refunds`, {}, keyed());
    await app.service(Relay).drain();
    await work('payments.payment_refunded/OrdersListener.refunded');
    await holder.letGo();
    await slow;
    await app.runDue();
    const { body } = await (await staff()).get(`/v1/orders/${second.id}`);
    expect(body).toMatchObject({ paymentStatus: 'refunded', payments: [{ status: 'refunded' }] });
  });
});

describe('a cart', () => {
  it('loses no change when two are made at once', async () => {
    const { body: cart } = await app.anyone.post('/v1/carts', {});
    const path = `/v1/carts/${cart.id}`;
    for (let round = 0; round < 10; round++) {
      const email = `ada${round}@example.com`;
      const shippingAddress = { ...ADDRESS, line1: `${round} Harbour Street` };
      await Promise.all([app.anyone.patch(path, { email }), app.anyone.patch(path, { shippingAddress })]);
      const { body } = await app.anyone.get(path);
      expect(body).toMatchObject({ email, shippingAddress: { line1: shippingAddress.line1 } });
    }
  });

  it('stays with the shopper who took it along, whatever a guest changes in that moment', async () => {
    const article = await makeArticle(app);
    for (let round = 0; round < 5; round++) {
      const cartId = await cartWith(article);
      const shopper = app.as(await app.shopper());
      const [merged] = await Promise.all([
        shopper.post('/v1/me/cart/merges', { cartId }),
        app.anyone.patch(`/v1/carts/${cartId}`, { email: 'guest@example.com' }),
      ]);
      expect(merged.status).toBe(200);
      expect((await shopper.get('/v1/me/cart')).body.id).toBe(cartId);
      expect((await app.anyone.get(`/v1/carts/${cartId}`)).status).toBe(404);
    }
  });

  it('is one, when two carts of guests are taken along at once', async () => {
    const articles = [await makeArticle(app), await makeArticle(app)];
    for (let round = 0; round < 5; round++) {
      const shopper = app.as(await app.shopper());
      const cartIds = await Promise.all(articles.map((article) => cartWith(article)));
      await Promise.all(cartIds.map((cartId) => shopper.post('/v1/me/cart/merges', { cartId })));
      const { body } = await shopper.get('/v1/me/cart');
      expect(body.items.length).toBe(2);
    }
  });

  it('can be tried again after its pending order was called off', async () => {
    const article = await makeArticle(app);
    const shopper = app.as(await app.shopper());
    const cartId = await cartWith(article, shopper);
    const payment = { provider: 'sandbox', token: 'tok_requires_action' };
    const { body: order } = await shopper.post(`/v1/carts/${cartId}/checkout`, { payment }, keyed());
    await shopper.post(`/v1/orders/${order.id}/cancellation`, {});
    const again = { payment: { provider: 'sandbox', token: 'tok_ok' } };
    expect((await shopper.post(`/v1/carts/${cartId}/checkout`, again, keyed())).status).toBe(201);
  });

  it('refuses more of one variant than a line holds, and a method of shipping that there is none', async () => {
    const { variantId } = await makeArticle(app);
    const items = [
      { variantId, quantity: 999 },
      { variantId, quantity: 1 },
    ];
    const refused = await app.anyone.post('/v1/carts', { items });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/items', code: 'max' }] } });
    const { body: cart } = await app.anyone.post('/v1/carts', {});
    const rocket = await app.anyone.patch(`/v1/carts/${cart.id}`, { shippingMethod: 'rocket' });
    expect(rocket).toMatchObject({ status: 422, body: { code: 'shipping_method_unavailable' } });
  });

  it('refuses a total that is too large to be counted', async () => {
    const articles = await Promise.all(
      [1, 2].map(() => makeArticle(app, { stock: 5, prices: [{ amount: 999_999_999_999, currency: 'EUR' }] })),
    );
    const items = articles.map(({ variantId }) => ({ variantId, quantity: 999 }));
    expect(await app.anyone.post('/v1/carts', { items })).toMatchObject({
      status: 422,
      body: { code: 'total_too_large' },
    });
  });
});

describe('guests', () => {
  it('never get the cart of another guest, although they use the same key', async () => {
    const key = { 'idempotency-key': 'cart-1' };
    const [one, two] = [await app.anyone.post('/v1/carts', {}, key), await app.anyone.post('/v1/carts', {}, key)];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.body.id).not.toBe(two.body.id);
  });
});

describe('the next release', () => {
  it('may add columns while this one goes on selling', async () => {
    const article = await makeArticle(app, { stock: 100 });
    const sell = () => Promise.all(Array.from({ length: 12 }, () => buy(app.anyone, article)));
    await sell();
    await app.runDue();
    const tables = await app.db.unprepared<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname IN ('auth', 'catalog', 'orders', 'payments', 'platform')`,
    );
    await app.db.unprepared(tables.map(({ name }) => `ALTER TABLE ${name} ADD COLUMN added_later text`).join(';'));
    const sold = await sell();
    expect(new Set(sold.map(({ status }) => status))).toEqual(new Set([201]));
    const [order] = sold;
    const refund = await (await staff()).post(`/v1/payments/${order!.body.payments[0].id}/refunds`, {}, keyed());
    expect(refund.status).toBe(201);
    await app.runDue();
    expect((await (await staff()).get(`/v1/orders/${order!.body.id}`)).body.paymentStatus).toBe('refunded');
  });
});
