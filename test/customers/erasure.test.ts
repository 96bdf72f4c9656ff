import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '#src/auth/audit/audit-chain.js';
import { ExportService } from '#src/customers/export/export.service.js';
import { ADDRESS, type Article, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';

const app = galley();
let article: Article;
let staff: Client;
beforeAll(async () => {
  article = await makeArticle(app, { stock: 1000 });
  staff = app.as(await app.staff());
});

const key = () => ({ 'idempotency-key': randomUUID() });

/** All of the database and of the mail that was written to files, as text. */
async function dump(): Promise<string> {
  const tables = await app.db.query<{ name: string }>(
    `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const [row] = await app.db.unprepared<{ text: string }>(
      `SELECT coalesce(string_agg(t::text, ' '), '') AS text FROM ${name} t`,
    );
    parts.push(row!.text);
  }
  const text = parts.join('\n');
  const binary = [...text.matchAll(/\\\\?x([0-9a-f]{8,})/g)].map(([, hex]) =>
    Buffer.from(hex!, 'hex').toString('latin1'),
  );
  const folder = join(app.dataDir, 'mail');
  const names = await readdir(folder).catch(() => []);
  const mail = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return [text, ...binary, ...mail].join('\n').toLowerCase();
}

/** What nobody else says. */
const markOf = (number: number) => `zyxwv${number}q`;
const marked = (MARK: string) => ({
  name: `${MARK} Name`,
  line1: `${MARK} Street 1`,
  line2: `${MARK} Floor`,
  city: `${MARK} City`,
  postalCode: '28195',
  country: 'DE',
  phone: `${MARK} 123`,
});

/** A shopper who has left something everywhere. */
async function everywhere(
  MARK: string,
): Promise<{ client: Client; email: string; password: string; orders: string[] }> {
  const MARKED = marked(MARK);
  const [email, password] = [`${MARK}-${randomUUID().slice(0, 8)}@example.com`, `${MARK} correct horse`];
  const agent = { 'user-agent': `${MARK} browser` };
  await app.anyone.post('/v1/auth/register', { email, password, name: `${MARK} Ada` }, agent);
  await app.anyone.post('/v1/auth/login', { email, password: 'a wrong guess' }, agent);
  const login = await app.anyone.post('/v1/auth/login', { email, password }, agent);
  const client = new Client(app.url, login.body.accessToken);
  await client.patch('/v1/me', { name: `${MARK} Augusta` }, key());
  await client.post('/v1/me/addresses', MARKED, key());
  await client.put('/v1/me/preferences', { language: 'de', marketing: { granted: true, source: `${MARK} form` } });
  const order = (by: Client, token = 'tok_ok') =>
    by.post(
      '/v1/orders',
      {
        email,
        items: [{ variantId: article.variantId, quantity: 1 }],
        shippingAddress: MARKED,
        billingAddress: MARKED,
        payment: { provider: 'sandbox', token },
      },
      key(),
    );
  const answers = [
    await order(app.anyone),
    await order(client),
    await order(staff),
    await order(client, 'tok_declined'),
  ];
  const { body: cart } = await client.post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] });
  await client.patch(`/v1/carts/${cart.id}`, { email, shippingAddress: MARKED });
  const mails = await app.mailTo(email);
  const token = mails.find(({ subject }) => subject === 'Confirm your e-mail address')!.token;
  await app.anyone.post('/v1/auth/email/verify', { token });
  await app.anyone.post('/v1/auth/password/forgot', { email });
  await app.runDue();
  const [guests, own] = answers;
  const payment = own!.body.payments[0];
  await staff.post(`/v1/payments/${payment.id}/captures`, {}, key());
  await app.runDue();
  await staff.post(`/v1/payments/${payment.id}/refunds`, {}, key());
  await app.runDue();
  await client.post('/v1/me/export');
  await app.runDue();
  return { client, email, password, orders: [guests!.body.id, own!.body.id] };
}

describe('A copy of all that is known of a person', () => {
  it('is made in the background, holds what every part knows, and is theirs alone', async () => {
    const MARK = markOf(1);
    const { client, email } = await everywhere(MARK);
    const asked = await client.post('/v1/me/export');
    expect([asked.status, asked.body.status]).toEqual([201, 'queued']);
    expect((await client.post('/v1/me/export')).body.id).toBe(asked.body.id);
    expect((await client.get(`/v1/me/exports/${asked.body.id}/file`)).status).toBe(404);
    await app.runDue();
    const path = asked.headers['location']!;
    const { body: ready } = await client.get(path);
    expect([ready.status, ready.download]).toEqual(['ready', `${path}/file`]);
    const { body: copy } = await client.get(ready.download);
    expect(copy.auth.account).toMatchObject({ email, name: `${MARK} Augusta` });
    expect(copy.auth.sessions[0].userAgent).toBe(`${MARK} browser`);
    expect(copy.customers.addresses[0].city).toBe(marked(MARK).city);
    expect(copy.customers.consents[0].source).toBe(`${MARK} form`);
    expect(copy.orders.orders.length).toBeGreaterThanOrEqual(2);
    expect(copy.orders.orders[0].lines).toHaveLength(1);
    expect(copy.orders.carts[0].items).toHaveLength(1);
    expect(copy.orders.payments.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(copy)).not.toMatch(/password|hash|secret/i);
    expect((await app.mailTo(email))[0]?.subject).toBe('The copy of your data is ready');
    const other = app.as(await app.shopper());
    for (const one of [path, ready.download]) expect((await other.get(one)).status).toBe(404);
  });

  it('can be fetched for a day, and is gone then', async () => {
    const person = await app.shopper();
    const client = app.as(person);
    const { body } = await client.post('/v1/me/export');
    await app.runDue();
    await app.db.query(`UPDATE customers.exports SET expires_at = now() - interval '1 second' WHERE id = $1`, [
      body.id,
    ]);
    expect((await client.get(`/v1/me/exports/${body.id}/file`)).status).toBe(404);
    await app.service(ExportService).forget();
    expect(await app.db.query('SELECT FROM customers.exports WHERE user_id = $1', [person.id])).toEqual([]);
  });
});

describe('An erased account', () => {
  it('leaves nothing that tells who it was, in any table or mail; orders and ledger keep their numbers', async () => {
    const MARK = markOf(2);
    const { client, email, password, orders } = await everywhere(MARK);
    await app.db.query(`UPDATE orders.orders SET placed_at = now() - interval '40 days' WHERE placed_at IS NOT NULL`);
    expect(await dump()).toContain(MARK);
    const numbers = () =>
      app.db.query('SELECT id, number, total, currency, status, payment_status FROM orders.orders ORDER BY id');
    const money = async () => [(await staff.get('/v1/ledger/balances')).body, await numbers()];
    const before = await money();

    expect((await client.delete('/v1/me')).status).toBe(204);
    await app.runDue();

    const left = await dump();
    const found = [...left.matchAll(new RegExp(`.{0,60}${MARK}.{0,60}`, 'g'))].map(([text]) => text);
    expect(found).toEqual([]);
    expect(await money()).toEqual(before);
    for (const id of orders) {
      const { body } = await staff.get(`/v1/orders/${id}`);
      expect([body.email, body.shippingAddress.name, body.shippingAddress.country]).toEqual([
        'erased@example.invalid',
        '-',
        'DE',
      ]);
    }
    expect((await client.get('/v1/me')).status).toBe(401);
    expect((await app.anyone.post('/v1/auth/login', { email, password })).status).toBe(401);
    await app.service(AuditChain).extend();
    expect(await app.service(AuditChain).verify()).not.toHaveProperty('broken');
  });

  it('takes nothing from another shopper who ordered with its address', async () => {
    const [ada, other] = [await app.shopper(), await app.shopper()];
    await app.as(ada).post('/v1/auth/email/verification');
    const mail = (await app.mailTo(ada.email)).find(({ subject }) => subject === 'Confirm your e-mail address');
    await app.anyone.post('/v1/auth/email/verify', { token: mail!.token });
    const { body: order } = await app.as(other).post(
      '/v1/orders',
      {
        email: ada.email,
        items: [{ variantId: article.variantId, quantity: 1 }],
        shippingAddress: ADDRESS,
        payment: { provider: 'sandbox', token: 'tok_ok' },
      },
      key(),
    );
    await app.runDue();
    const { body: exported } = await app.as(ada).post('/v1/me/export');
    await app.runDue();
    const { body: copy } = await app.as(ada).get(`/v1/me/exports/${exported.id}/file`);
    expect(copy.orders.orders).toEqual([]);
    expect((await app.as(ada).delete('/v1/me')).status).toBe(204);
    expect((await app.as(other).get(`/v1/orders/${order.id}`)).body.shippingAddress.name).toBe(ADDRESS.name);
  });

  it('is not brought back by what waited for it', async () => {
    const person = await app.shopper();
    const client = app.as(person);
    await client.put('/v1/me/preferences', { language: 'de' });
    await app.runDue();
    // The erasing transaction, with the requests behind its lock.
    const answers = await inTheWayOf(
      app,
      {
        sql: `WITH gone AS (DELETE FROM customers.customers WHERE user_id = $1) DELETE FROM auth.users WHERE id = $1`,
        params: [person.id],
        waiting: 3,
      },
      () =>
        Promise.all([
          client.post('/v1/me/addresses', ADDRESS),
          client.put('/v1/me/preferences', { language: 'fr' }),
          client.post('/v1/me/export'),
        ]),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    for (const table of ['customers', 'addresses', 'consents', 'exports'])
      expect(await app.db.query(`SELECT FROM customers.${table} WHERE user_id = $1`, [person.id])).toEqual([]);
  });

  it('may be made anew with the same address', async () => {
    const { email } = await erased();
    const { status } = await app.anyone.post('/v1/auth/register', { email, password: 'correct horse battery' });
    expect(status).toBe(201);
  });

  it('is refused while an order is on its way, and nothing is lost then', async () => {
    const person = await app.shopper();
    const client = app.as(person);
    await client.post('/v1/me/addresses', ADDRESS);
    const { body: order } = await client.post(
      '/v1/orders',
      {
        email: person.email,
        items: [{ variantId: article.variantId, quantity: 1 }],
        shippingAddress: ADDRESS,
        payment: { provider: 'sandbox', token: 'tok_ok' },
      },
      key(),
    );
    const refused = await client.delete('/v1/me');
    expect([refused.status, refused.body.code, refused.body.orders]).toEqual([
      409,
      'orders_on_their_way',
      [order.number],
    ]);
    expect((await client.get('/v1/me/addresses')).body.data).toHaveLength(1);
    await client.post(`/v1/orders/${order.id}/cancellation`, {}, key());
    expect((await client.delete('/v1/me')).status).toBe(204);
  });

  it('is not that of the last administrator', async () => {
    const admins = (await staff.get('/v1/users?role=admin')).body.data as Person[];
    const clients = await Promise.all(admins.map(async () => app.as(await app.staff())));
    expect(clients.length).toBeGreaterThan(0);
    const answers = [];
    const all = await app.db.query<{ id: string }>(`SELECT user_id AS id FROM auth.user_roles WHERE role = 'admin'`);
    const { People } = await import('#src/platform/index.js');
    for (const { id } of all)
      answers.push(
        await app
          .service(People)
          .erase(id)
          .then(
            () => 'gone',
            (error) => error.problem?.code,
          ),
      );
    expect(answers.filter((answer) => answer === 'last_administrator')).toHaveLength(1);
  });
});

async function erased(): Promise<Person> {
  const person = await app.shopper();
  expect((await app.as(person).delete('/v1/me')).status).toBe(204);
  return person;
}
