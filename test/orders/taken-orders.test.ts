import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyEmail } from '../auth/external.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ADDRESS, type Article, checkOut, makeArticle } from './shop.js';

const app = galley({
  GALLEY_SHIPPING_METHODS: JSON.stringify([{ code: 'free', name: 'Free', prices: { EUR: 0 } }]),
});
let article: Article;
let admin: Client;
beforeAll(async () => {
  article = await makeArticle(app, { stock: 1000 });
  admin = app.as(await app.staff());
});

const key = () => ({ 'idempotency-key': randomUUID() });
const order = (client: Client, email: string, of = article) =>
  client.post(
    '/v1/orders',
    {
      email,
      items: [{ variantId: of.variantId, quantity: 1 }],
      shippingAddress: ADDRESS,
      payment: { provider: 'sandbox', token: 'tok_ok' },
    },
    key(),
  );
const numbersOf = async (client: Client): Promise<string[]> =>
  (await client.get('/v1/me/orders')).body.data.map(({ number }: { number: string }) => number);
const customer = async ({ email }: Person) =>
  (await admin.get(`/v1/customers?q=${encodeURIComponent(email)}`)).body.data[0];

async function verified(): Promise<Person> {
  const person = await app.shopper();
  await verifyEmail(app, person);
  await app.runDue();
  return person;
}

/** What the article costs customers of this group. */
async function groupPrice(customerGroup: string, amount: number, of: Article): Promise<void> {
  const { body: list } = await admin.post('/v1/price-lists', { code: customerGroup, name: 'Group', customerGroup });
  const prices = [{ variantId: of.variantId, currency: 'EUR', amount }];
  expect((await admin.put(`/v1/price-lists/${list.id}/prices`, { prices })).status).toBe(200);
}

async function join(customerGroup: string, { id }: Person): Promise<void> {
  await app.runDue();
  const path = `/v1/customers/${id}`;
  const { headers } = await admin.get(path);
  const { status } = await admin.patch(path, { groups: [customerGroup] }, { 'if-match': headers['etag']! });
  expect(status).toBe(200);
}

describe('An order that staff take for somebody', () => {
  it('is that of the customer who has shown that the address is theirs, and who took it is on record', async () => {
    const [ada, clerk] = [await verified(), await app.staff('staff')];
    const { status, body } = await order(app.as(clerk), ada.email.toUpperCase());
    await app.runDue();
    expect(status).toBe(201);
    expect(await numbersOf(app.as(ada))).toEqual([body.number]);
    expect((await app.as(ada).get(`/v1/orders/${body.id}`)).status).toBe(200);
    expect(await numbersOf(app.as(clerk))).toEqual([]);
    expect((await app.as(clerk).get(`/v1/orders/${body.id}`)).status).toBe(200);
    expect(await customer(ada)).toMatchObject({ orders: 1, spend: [{ amount: 1999, currency: 'EUR' }] });
    expect(await customer(clerk)).toMatchObject({ orders: 0, spend: [] });
    const { body: log } = await admin.get(`/v1/audit-log?action=order.taken&objectId=${body.id}`);
    expect(log.data).toMatchObject([{ actorKind: 'user', actorId: clerk.id, after: { number: body.number } }]);
  });

  it('is nobody’s until somebody has shown that the address is theirs', async () => {
    const [ada, clerk] = [await app.shopper(), await app.staff('staff')];
    const { body } = await order(app.as(clerk), ada.email);
    await app.runDue();
    expect([await numbersOf(app.as(ada)), await numbersOf(app.as(clerk))]).toEqual([[], []]);
    await app.as(ada).post('/v1/auth/email/verification');
    const [mail] = await app.mailTo(ada.email);
    await app.anyone.post('/v1/auth/email/verify', { token: mail!.token });
    await app.runDue();
    expect(await numbersOf(app.as(ada))).toEqual([body.number]);
  });

  it('costs what the customer pays, in one call and from a cart', async () => {
    const goods = await makeArticle(app);
    const [ada, clerk] = [await verified(), await app.staff('staff')];
    await groupPrice('wholesale', 1500, goods);
    await groupPrice('employees', 100, goods);
    await join('wholesale', ada);
    await join('employees', clerk);
    const client = app.as(clerk);
    expect((await order(client, ada.email, goods)).body.totals.total.amount).toBe(1500);
    const { body: cart } = await client.post('/v1/carts', { items: [{ variantId: goods.variantId, quantity: 1 }] });
    const path = `/v1/carts/${cart.id}`;
    expect(cart.totals.total.amount).toBe(100);
    const { body: theirs } = await client.patch(path, { email: ada.email, shippingAddress: ADDRESS });
    expect([theirs.totals.total.amount, (await client.get(path)).body.totals.total.amount]).toEqual([1500, 1500]);
    expect((await client.put(`${path}/reservation`, {})).body.totals.total.amount).toBe(1500);
    const { body: bought } = await checkOut(client, path, { expectedTotal: theirs.totals.total });
    await app.runDue();
    expect(await numbersOf(app.as(ada))).toContain(bought.number);
    expect(await numbersOf(client)).toEqual([]);
    const unknown = await order(client, `${randomUUID()}@example.com`, goods);
    expect(unknown.body.totals.total.amount).toBe(1999);
  });

  it('is theirs with their own address, and so is any order of a shopper', async () => {
    const [clerk, ada, friend] = [await app.staff('staff'), await app.shopper(), await verified()];
    const { body: own } = await order(app.as(clerk), clerk.email.toUpperCase());
    const { body: gift } = await order(app.as(ada), friend.email);
    await app.runDue();
    expect([await numbersOf(app.as(clerk)), await numbersOf(app.as(ada))]).toEqual([[own.number], [gift.number]]);
    expect(await numbersOf(app.as(friend))).toEqual([]);
    expect((await admin.get(`/v1/audit-log?action=order.taken&objectId=${own.id}`)).body.data).toEqual([]);
  });

  it('is in no cart of theirs: what they fill for somebody is not what they buy themselves', async () => {
    const client = app.as(await app.staff('staff'));
    const items = [{ variantId: article.variantId, quantity: 1 }];
    const { body: own } = await client.post('/v1/carts', { items });
    const { body: cart } = await client.post('/v1/carts', { items });
    const path = `/v1/carts/${cart.id}`;
    const answers = await Promise.all([
      client.patch(path, { email: 'somebody@example.com' }),
      client.patch(path, { shippingAddress: ADDRESS }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await client.get('/v1/me/cart')).body.id).toBe(own.id);
    expect((await checkOut(client, path)).status).toBe(201);
  });

  it('is refused no more than it waits for: the customer’s account is erased before or after', async () => {
    const [ada, clerk] = [await verified(), await app.staff('staff')];
    const client = app.as(clerk);
    const { body: cart } = await client.post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] });
    const path = `/v1/carts/${cart.id}`;
    await client.patch(path, { email: ada.email, shippingAddress: ADDRESS });
    const [erasing, taking] = await inTheWayOf(
      app,
      { sql: 'SELECT FROM orders.carts WHERE id = $1 FOR UPDATE', params: [cart.id], waiting: 2 },
      async () => {
        const erased = app.as(ada).delete('/v1/me');
        await expect
          .poll(
            () =>
              app.db.query(
                `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
              ),
            {
              interval: 5,
            },
          )
          .toHaveLength(1);
        return Promise.all([erased, checkOut(client, path)]);
      },
    );
    // The cart no longer says whose it was, nor where it goes.
    expect([erasing.status, taking.status, taking.body.code]).toEqual([204, 422, 'checkout_incomplete']);
  });
});
