import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ADDRESS, type Article, buy, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';

const app = galley();
let support: Client;
let staff: Client;
let article: Article;
beforeAll(async () => {
  support = app.as(await app.staff('support'));
  staff = app.as(await app.staff());
  article = await makeArticle(app, { stock: 1000 });
});

const find = async (q: string) =>
  (await support.get(`/v1/customers?q=${encodeURIComponent(q)}`)).body.data.map(({ id }: { id: string }) => id);
const read = async ({ id }: { id: string }) => (await support.get(`/v1/customers/${id}`)).body;
const ordersOf = async (person: Person) => (await app.as(person).get('/v1/me/orders')).body.data;

/** Somebody orders without signing in. */
const orderAs = (email: string, client: Client = app.anyone) =>
  client.post(
    '/v1/orders',
    {
      email,
      items: [{ variantId: article.variantId, quantity: 1 }],
      shippingAddress: ADDRESS,
      payment: { provider: 'sandbox', token: 'tok_ok' },
    },
    { 'idempotency-key': randomUUID() },
  );

async function verify(person: Person): Promise<void> {
  await app.as(person).post('/v1/auth/email/verification');
  const [mail] = await app.mailTo(person.email);
  await app.anyone.post('/v1/auth/email/verify', { token: mail!.token });
}

describe('The back office', () => {
  it('finds customers by parts of name and address, and by the number of an order', async () => {
    const ada = await app.shopper();
    await app.as(ada).patch('/v1/me', { name: 'Augusta Ada King' });
    const { body: order } = await buy(app.as(ada), article);
    await app.runDue();
    expect(await find('usta ad')).toEqual([ada.id]);
    expect(await find(ada.email.slice(0, 12).toUpperCase())).toContain(ada.id);
    expect(await find(order.number.toLowerCase())).toEqual([ada.id]);
    expect(await find('100%')).toEqual([]);
    expect((await support.get('/v1/customers?q=ad')).status).toBe(422);
  });

  it('sees how many orders and what was paid for them, less what was given back', async () => {
    const ada = await app.shopper();
    await app.runDue();
    expect(await read(ada)).toMatchObject({ orders: 0, spend: [], lastOrderAt: null });
    const { body: order } = await buy(app.as(ada), article, { quantity: 2 });
    await buy(app.as(ada), article);
    const payment = order.payments[0];
    const key = () => ({ 'idempotency-key': randomUUID() });
    await staff.post(`/v1/payments/${payment.id}/captures`, {}, key());
    await app.runDue();
    const before = await read(ada);
    expect([before.orders, before.spend]).toEqual([2, [{ amount: expect.any(Number), currency: 'EUR' }]]);
    await staff.post(`/v1/payments/${payment.id}/refunds`, { amount: { amount: 100, currency: 'EUR' } }, key());
    await app.runDue();
    expect((await read(ada)).spend).toEqual([{ amount: before.spend[0].amount - 100, currency: 'EUR' }]);
    const buyers = (await support.get('/v1/customers?hasOrders=true')).body.data;
    expect(buyers.map(({ id }: Person) => id)).toContain(ada.id);
    expect((await support.get('/v1/customers?hasOrders=false')).body.data.map(({ id }: Person) => id)).not.toContain(
      ada.id,
    );
  });

  it('sees addresses and preferences, and neither passwords nor roles', async () => {
    const ada = await app.shopper();
    await app.as(ada).post('/v1/me/addresses', ADDRESS);
    await app.as(ada).put('/v1/me/preferences', { language: 'de' });
    await app.runDue();
    const detail = await read(ada);
    expect([detail.addresses[0].city, detail.preferences.language]).toEqual([ADDRESS.city, 'de']);
    expect(Object.keys(detail).sort()).toEqual(
      'addresses createdAt email groups id lastOrderAt name orders preferences spend version'.split(' '),
    );
    expect((await app.as(ada).get('/v1/customers')).status).toBe(403);
    expect((await support.get(`/v1/customers/${randomUUID()}`)).status).toBe(404);
  });

  it('is searched by index: no statement reads all customers', async () => {
    await app.db.query(
      `INSERT INTO customers.customers (user_id, email, name, registered_at)
       SELECT gen_random_uuid(), md5(n::text) || '@example.org', md5((n + 1)::text), now() FROM generate_series(1, 20000) n`,
    );
    await app.db.query('ANALYZE customers.customers, customers.purchases');
    const plan = await app.db.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT user_id FROM customers.customers WHERE search LIKE '%ada lovelace%'`,
    );
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).toContain('ix_customers_search');
    expect(text).not.toContain('Seq Scan');
  });
});

describe('What a guest ordered', () => {
  it('belongs to the account with that address once it is verified, and not before', async () => {
    const ada = await app.shopper();
    const { body: order } = await orderAs(ada.email.toUpperCase());
    await app.runDue();
    expect(await ordersOf(ada)).toEqual([]);
    await verify(ada);
    await app.runDue();
    expect((await ordersOf(ada)).map(({ id }: { id: string }) => id)).toEqual([order.id]);
    expect((await app.as(ada).get(`/v1/orders/${order.id}`)).status).toBe(200);
    expect((await read(ada)).orders).toBe(1);
  });

  it('belongs to it too when it is ordered later', async () => {
    const ada = await app.shopper();
    await verify(ada);
    await app.runDue();
    const { body: order } = await orderAs(ada.email);
    await app.runDue();
    expect((await ordersOf(ada)).map(({ id }: { id: string }) => id)).toEqual([order.id]);
  });

  it('is lost to nobody when both happen at once', async () => {
    const ada = await app.shopper();
    await Promise.all([verify(ada), ...Array.from({ length: 5 }, () => orderAs(ada.email))]);
    await app.runDue();
    expect(await ordersOf(ada)).toHaveLength(5);
  });

  it('stays with whom it belongs to', async () => {
    const [ada, other] = [await app.shopper(), await app.shopper()];
    await verify(ada);
    await orderAs(ada.email, app.as(other));
    await app.runDue();
    expect(await ordersOf(ada)).toEqual([]);
    expect(await ordersOf(other)).toHaveLength(1);
  });
});
