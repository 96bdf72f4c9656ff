import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '#src/auth/audit/audit-chain.js';
import { CustomersListener } from '#src/customers/customers.listener.js';
import { ExportService } from '#src/customers/export/export.service.js';
import { CustomersOrdersListener } from '#src/orders/customers.listener.js';
import { Jobs, People } from '#src/platform/index.js';
import { verifyEmail } from '../auth/external.js';
import { ADDRESS, type Article, buy, makeArticle } from '../orders/shop.js';
import { freePort, MainProcess } from '../platform/main-process.js';
import { galley, type Person } from '../support/app.js';
import { type Answer, Client } from '../support/client.js';
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

const done = ({ status, body }: Answer): void => expect([status < 300, body]).toEqual([true, body]);

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
  url = app.url,
): Promise<{ client: Client; email: string; password: string; orders: string[] }> {
  const [guest, clerk] = [new Client(url), staff.at(url)];
  const MARKED = marked(MARK);
  const [email, password] = [`${MARK}-${randomUUID().slice(0, 8)}@example.com`, `${MARK} correct horse`];
  const agent = { 'user-agent': `${MARK} browser` };
  await guest.post('/v1/auth/register', { email, password, name: `${MARK} Ada` }, agent);
  await guest.post('/v1/auth/login', { email, password: 'a wrong guess' }, agent);
  const login = await guest.post('/v1/auth/login', { email, password }, agent);
  const client = new Client(url, login.body.accessToken);
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
  const answers = [await order(guest), await order(client), await order(clerk), await order(client, 'tok_declined')];
  const { body: cart } = await client.post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] });
  await client.patch(`/v1/carts/${cart.id}`, { email, shippingAddress: MARKED });
  const mails = await app.mailTo(email);
  const token = mails.find(({ subject }) => subject === 'Confirm your e-mail address')!.token;
  await guest.post('/v1/auth/email/verify', { token });
  await guest.post('/v1/auth/password/forgot', { email });
  await app.runDue();
  const [guests, own, throughStaff] = answers.map(({ body }) => body);
  const reason = `${MARK} wrote that it arrived broken`;
  const money = `/v1/payments/${own.payments[0].id}`;
  done(await clerk.post(`${money}/refunds`, { amount: { amount: 100, currency: 'EUR' }, reason }, key()));
  await app.runDue();
  done(await clerk.post(`/v1/orders/${guests.id}/cancellation`, { reason }, key()));
  done(await clerk.post(`/v1/orders/${throughStaff.id}/cancellation`, { reason }, key()));
  done(await client.post(`/v1/orders/${own.id}/cancellation`, { reason }, key()));
  await app.runDue();
  await staffTouch(MARK, email, clerk);
  done(await client.post('/v1/auth/email/change', { email: `${MARK}-new@example.com` }));
  await client.post('/v1/me/export');
  await app.runDue();
  return { client, email, password, orders: [guests.id, own.id] };
}

/** What staff do to a shopper and their carts, of which the answers are kept. */
async function staffTouch(MARK: string, email: string, clerk: Client): Promise<void> {
  const [user] = await app.db.query<{ id: string; version: number }>(
    'SELECT id, version FROM auth.users WHERE email = $1',
    [email],
  );
  const renamed = { name: `${MARK} Augusta` };
  const match = { 'if-match': `"${user!.version}"` };
  done(await clerk.patch(`/v1/users/${user!.id}`, renamed, { ...key(), ...match }));
  const { body: cart } = await clerk.post('/v1/carts', {
    items: [{ variantId: article.variantId, quantity: 1 }],
  });
  done(await clerk.patch(`/v1/carts/${cart.id}`, { email: email.toUpperCase(), shippingAddress: marked(MARK) }, key()));
  await app.runDue();
}

const anHourPasses = () =>
  app.db.query(`UPDATE customers.exports SET
    ready_at = ready_at - interval '61 minutes', expires_at = expires_at - interval '61 minutes'`);

describe('A copy of all that is known of a person', () => {
  it('is made in the background, holds what every part knows, and is theirs alone', async () => {
    const MARK = markOf(1);
    const { client, email } = await everywhere(MARK);
    await anHourPasses();
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

  it('is the same for an hour, however often it is asked for, and is made anew then', async () => {
    const [person, other] = [await app.shopper(), await app.shopper()];
    const client = app.as(person);
    const { body: first } = await client.post('/v1/me/export');
    await app.runDue();
    const again = await Promise.all(Array.from({ length: 4 }, () => client.post('/v1/me/export')));
    const path = `/v1/me/exports/${first.id}`;
    for (const { status, headers, body } of again)
      expect([status, headers['location'], body]).toEqual([201, path, (await client.get(path)).body]);
    expect(again[0]!.body).toMatchObject({ id: first.id, status: 'ready' });
    expect((await app.as(other).post('/v1/me/export')).body.status).toBe('queued');
    await anHourPasses();
    const { body: later } = await client.post('/v1/me/export');
    expect([later.status, later.id === first.id]).toEqual(['queued', false]);
    expect((await client.get(`${path}/file`)).status).toBe(200);
    await app.runDue();
    const mails = (await app.mailTo(person.email)).filter(
      ({ subject }) => subject === 'The copy of your data is ready',
    );
    expect(mails).toHaveLength(2);
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

describe('A customer who asks the shop to be erased', () => {
  const path = ({ id }: { id: string }) => `/v1/customers/${id}`;
  const matching = async (of: { id: string }) => ({ 'if-match': (await staff.get(path(of))).headers['etag']! });
  /** Somebody with a role that permits this and no more. */
  const officer = async (...permissions: string[]): Promise<{ client: Client; id: string }> => {
    const name = `officer-${randomUUID().slice(0, 8)}`;
    done(await staff.post('/v1/roles', { name, description: 'Looks after data.', permissions }));
    const { id, email, password } = await app.shopper();
    const { headers } = await staff.get(`/v1/users/${id}`);
    done(await staff.patch(`/v1/users/${id}`, { roles: [name] }, { 'if-match': headers['etag']! }));
    const { body } = await app.anyone.post('/v1/auth/login', { email, password });
    return { client: new Client(app.url, body.accessToken), id };
  };

  it('leaves as little as if they had done it themselves, and it is on record who did', async () => {
    const MARK = markOf(7);
    const { email, password, orders } = await everywhere(MARK);
    await app.db.query(`UPDATE orders.orders SET placed_at = now() - interval '40 days' WHERE placed_at IS NOT NULL`);
    const { body } = await staff.get(`/v1/customers?q=${encodeURIComponent(email)}`);
    const { client, id: by } = await officer('users:erase');
    const [{ id }] = body.data;

    expect((await client.delete(path({ id }), await matching({ id }))).status).toBe(204);
    await app.runDue();

    const left = [...(await dump()).matchAll(new RegExp(`.{0,60}${MARK}.{0,60}`, 'g'))].map(([text]) => text);
    expect(left).toEqual([]);
    expect((await staff.get(`/v1/orders/${orders[0]}`)).body.email).toBe('erased@example.invalid');
    expect((await app.anyone.post('/v1/auth/login', { email, password })).status).toBe(401);
    expect((await staff.get(path({ id }))).status).toBe(404);
    const { data } = (await staff.get(`/v1/audit-log?action=user.erased&objectId=${id}`)).body;
    expect(data).toMatchObject([{ actorKind: 'user', actorId: by, before: { roles: [] } }]);
    await app.service(AuditChain).extend();
    expect(await app.service(AuditChain).verify()).not.toHaveProperty('broken');
  });

  it('is erased by those alone who may, as they are now, and lately signed in', async () => {
    const person = await app.shopper();
    await app.runDue();
    const { client } = await officer('customers:read', 'customers:write');
    const match = await matching(person);
    const refused = [
      await client.delete(path(person), match),
      await app.as(person).delete(path(person), match),
      await staff.delete(path(person)),
      await staff.delete(path(person), { 'if-match': '"9"' }),
      await staff.delete(path({ id: randomUUID() }), match),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 428, 412, 404]);
    expect(refused[0]!.body.permission).toBe('users:erase');
    const admin = await app.staff();
    await app.db.query(`UPDATE auth.sessions SET authenticated_at = now() - interval '2 days' WHERE user_id = $1`, [
      admin.id,
    ]);
    const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: admin.refreshToken });
    const late = await new Client(app.url, body.accessToken).delete(path(person), match);
    expect([late.status, late.body.code]).toEqual([401, 'recent_sign_in_required']);
    expect((await app.as(person).get('/v1/me')).status).toBe(200);
  });

  it('is not erased by whoever read them before they changed their name or address', async () => {
    const person = await app.shopper();
    await app.runDue();
    const first = await matching(person);
    done(await app.as(person).patch('/v1/me', { name: 'Augusta' }));
    const refused = [await staff.delete(path(person), first)];
    await app.runDue();
    const renamed = await matching(person);
    refused.push(await staff.delete(path(person), first));
    await changeEmail(app.as(person), person.email, `new-${randomUUID()}@example.com`, person.password);
    refused.push(await staff.delete(path(person), renamed));
    expect(refused.map(({ status }) => status)).toEqual([412, 412, 412]);
    const now = await matching(person);
    await app.service(CustomersListener).renamed({ userId: person.id });
    expect((await staff.delete(path(person), now)).status).toBe(204);
  });

  it('is no member of staff: their roles are taken away first', async () => {
    const person = await app.staff('support');
    await app.runDue();
    const refused = await staff.delete(path(person), await matching(person));
    expect([refused.status, refused.body.code, refused.body.roles]).toEqual([409, 'account_has_roles', ['support']]);
    const { headers } = await staff.get(`/v1/users/${person.id}`);
    done(await staff.patch(`/v1/users/${person.id}`, { roles: [] }, { 'if-match': headers['etag']! }));
    expect((await staff.delete(path(person), await matching(person))).status).toBe(204);
  });

  it('is told to wait for what is on its way, and is erased once by two at once', async () => {
    const person = await app.shopper();
    const { body: order } = await buy(app.as(person), article);
    await app.runDue();
    const match = await matching(person);
    const refused = await staff.delete(path(person), match);
    expect([refused.status, refused.body.orders]).toEqual([409, [order.number]]);
    done(await staff.post(`/v1/orders/${order.id}/cancellation`, {}, key()));
    const answers = await Promise.all([staff.delete(path(person), match), staff.delete(path(person), match)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    const { data } = (await staff.get(`/v1/audit-log?action=user.erased&objectId=${person.id}`)).body;
    expect(data).toHaveLength(1);
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

  it('is out of the mail as well when the process that erased it has died', async () => {
    const { id, email } = await app.shopper();
    expect(await app.mailTo(email)).not.toEqual([]);
    await app.service(People).erase(id);
    await app.runDue();
    expect(await app.mailTo(email)).toEqual([]);
  });

  it('is found in what a request wrote that was under way', async () => {
    const { id } = await erased();
    const MARK = markOf(3);
    await app.db.query(
      `INSERT INTO orders.carts (id, user_id, currency, email) VALUES (gen_random_uuid(), $1, 'EUR', $2)`,
      [id, `${MARK}@example.com`],
    );
    await app.db.query(
      `INSERT INTO platform.idempotency_keys (scope, key, fingerprint, resource_id, lease_until, status, headers, body)
       VALUES ($1, 'late', '', gen_random_uuid(), now(), 200, '{}', json_build_object('name', $2::text))`,
      [id, MARK],
    );
    const [later] = await app.db.query<{ data: object; due: boolean }>(
      `SELECT data, start_after > now() + interval '10 minutes' AS due FROM jobs.job
       WHERE name = 'platform.finish-erasing' AND data ->> 'userId' = $1 AND state = 'created' AND start_after > now()`,
      [id],
    );
    expect(later).toEqual({ data: { userId: id }, due: true });
    await app.service(Jobs).run('platform.finish-erasing', later!.data);
    expect(await dump()).not.toContain(MARK);
  });

  it('gets no order that was being placed, and is not erased while one is', async () => {
    const [late, early] = [await app.shopper(), await app.shopper()];
    const refused = await inTheWayOf(
      app,
      { sql: 'DELETE FROM auth.users WHERE id = $1', params: [late.id], waiting: 1 },
      () => buy(app.as(late), article),
    );
    expect(refused.status).toBe(401);
    expect(await app.db.query('SELECT FROM orders.orders WHERE user_id = $1', [late.id])).toEqual([]);
    const [order, erasing] = await inTheWayOf(
      app,
      {
        sql: 'SELECT FROM catalog.stock WHERE variant_id = $1 FOR UPDATE',
        params: [article.variantId],
        waiting: 2,
      },
      async () => {
        const ordering = buy(app.as(early), article);
        await oneWaits();
        return Promise.all([ordering, app.as(early).delete('/v1/me')]);
      },
    );
    expect([order.status, erasing.status, erasing.body.code]).toEqual([201, 409, 'orders_on_their_way']);
  });

  it('waits for no cart that is being checked out, nor the cart for it', async () => {
    const client = app.as(await app.shopper());
    const { body: order } = await buy(client, article);
    done(await client.post(`/v1/orders/${order.id}/cancellation`, {}, key()));
    const { body: cart } = await client.post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] });
    done(await client.patch(`/v1/carts/${cart.id}`, { shippingAddress: ADDRESS }));
    const payment = { provider: 'sandbox', token: 'tok_ok' };
    const answers = await inTheWayOf(
      app,
      { sql: 'SELECT FROM orders.orders WHERE id = $1 FOR UPDATE', params: [order.id], waiting: 2 },
      async () => {
        const erasing = client.delete('/v1/me');
        await oneWaits();
        return Promise.all([erasing, client.post(`/v1/carts/${cart.id}/checkout`, { payment }, key())]);
      },
    );
    expect(answers.map(({ status }) => status)).toEqual([204, 401]);
  });

  it('ends before carts are merged, which then find nobody', async () => {
    const client = app.as(await app.shopper());
    const { body: order } = await buy(client, article);
    done(await client.post(`/v1/orders/${order.id}/cancellation`, {}, key()));
    const { body: guest } = await app.anyone.post('/v1/carts', {
      items: [{ variantId: article.variantId, quantity: 1 }],
    });
    const answers = await inTheWayOf(
      app,
      { sql: 'SELECT FROM orders.orders WHERE id = $1 FOR UPDATE', params: [order.id], waiting: 2 },
      async () => {
        const erasing = client.delete('/v1/me');
        await oneWaits();
        return Promise.all([erasing, client.post('/v1/me/cart/merges', { cartId: guest.id })]);
      },
    );
    expect(answers.map(({ status }) => status)).toEqual([204, 401]);
  });

  it('refuses a refresh that comes at the same moment', async () => {
    const person = await app.shopper();
    const answers = await inTheWayOf(
      app,
      { sql: 'SELECT FROM auth.audit_log WHERE actor_id = $1 FOR UPDATE', params: [person.id], waiting: 2 },
      async () => {
        const erasing = app.as(person).delete('/v1/me');
        await oneWaits();
        const { refreshToken } = person;
        return Promise.all([erasing, app.anyone.post('/v1/auth/refresh', { refreshToken })]);
      },
    );
    expect(answers.map(({ status }) => status)).toEqual([204, 401]);
  });

  it('leaves the keys of what staff did for it: nothing is done again', async () => {
    const shopper = await app.shopper();
    const { body: order } = await buy(app.as(shopper), article);
    await app.runDue();
    const path = `/v1/payments/${order.payments[0].id}`;
    const again = key();
    const refund = () =>
      staff.post(`${path}/refunds`, { amount: { amount: 100, currency: 'EUR' }, reason: 'Late' }, again);
    expect((await refund()).status).toBe(201);
    expect((await refund()).headers['idempotency-replayed']).toBe('true');
    await app.db.query(`UPDATE orders.orders SET placed_at = now() - interval '40 days' WHERE id = $1`, [order.id]);
    expect((await app.as(shopper).delete('/v1/me')).status).toBe(204);
    const repeated = await refund();
    expect([repeated.status, repeated.body.code]).toEqual([409, 'answer_erased']);
    expect((await staff.get(path)).body.refunded.amount).toBe(100);
  });

  it('takes no answer about somebody whose address only ends like it', async () => {
    const local = randomUUID().slice(0, 8);
    const [own, longer] = await Promise.all(
      [`${local}@example.com`, `maria.${local}@example.com`].map(async (email) => {
        const { body } = await app.anyone.post('/v1/auth/register', { email, password: 'correct horse battery' });
        return body;
      }),
    );
    const path = `/v1/users/${longer.user.id}`;
    const { headers } = await staff.get(path);
    const match = { ...key(), 'if-match': headers['etag']! };
    done(await staff.patch(path, { name: 'Maria' }, match));
    expect((await new Client(app.url, own.accessToken).delete('/v1/me')).status).toBe(204);
    expect((await staff.patch(path, { name: 'Maria' }, match)).headers['idempotency-replayed']).toBe('true');
  });

  it('is found by its address in either spelling of the domain', async () => {
    const local = `ada-${randomUUID().slice(0, 8)}`;
    const [ascii, unicode] = [`${local}@xn--bcher-kva.example`, `${local}@Bücher.example`];
    const { body: guests } = await buyAs(unicode);
    expect(guests.email).toBe(ascii);
    expect((await staff.get(`/v1/orders?email=${encodeURIComponent(unicode)}`)).body.data).toHaveLength(1);
    const { body } = await app.anyone.post('/v1/auth/register', { email: unicode, password: 'correct horse battery' });
    const client = new Client(app.url, body.accessToken);
    const { token } = (await app.mailTo(ascii)).find(({ subject }) => subject === 'Confirm your e-mail address')!;
    await app.anyone.post('/v1/auth/email/verify', { token });
    await app.runDue();
    expect((await client.get('/v1/me/orders')).body.data).toHaveLength(1);
    await staff.post(`/v1/orders/${guests.id}/cancellation`, {}, key());
    const { body: later } = await buyAs(ascii.toUpperCase());
    await staff.post(`/v1/orders/${later.id}/cancellation`, {}, key());
    expect((await client.delete('/v1/me')).status).toBe(204);
    await app.runDue();
    expect(await dump()).not.toContain(local);
  });

  it('is named in no line of the log, not even in those that say most', async () => {
    const MARK = markOf(4);
    const shop = await new MainProcess({
      PORT: await freePort(),
      DATABASE_URL: app.databaseUrl,
      GALLEY_DATA_DIR: app.dataDir,
      GALLEY_ROLE: 'api',
      GALLEY_DEMO: 'false',
      GALLEY_LOG_LEVEL: 'trace',
      GALLEY_SANDBOX_WEBHOOK_DELAY_MS: '-1',
    }).ready();
    const { client } = await everywhere(MARK, shop.url);
    await client.post('/v1/me/addresses', { [MARK]: MARK });
    await client.get(`/v1/orders?email=${MARK}@example.com`);
    await app.db.query(`UPDATE orders.orders SET placed_at = now() - interval '40 days' WHERE placed_at IS NOT NULL`);
    done(await client.delete('/v1/me'));
    expect(await shop.stop()).toBe(0);
    expect(shop.stdout).toContain('/v1/orders');
    expect(`${shop.stdout}${shop.stderr}`.toLowerCase()).not.toContain(MARK);
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

  it('takes along what names an address that it had before, and what staff did about it', async () => {
    const MARK = markOf(5);
    const [old, now] = [`${MARK}-old@example.com`, `${MARK}-new@example.com`];
    const password = 'correct horse battery';
    const { body: made } = await app.anyone.post('/v1/auth/register', { email: old, password });
    const { token } = (await app.mailTo(old)).find(({ subject }) => subject === 'Confirm your e-mail address')!;
    done(await app.anyone.post('/v1/auth/email/verify', { token }));
    const taken = await buyAs(old, { by: staff, to: marked(MARK) });
    const guests = await buyAs(old.toUpperCase(), { to: marked(MARK) });
    const declined = await buyAs(old, { to: marked(MARK), token: 'tok_declined' });
    expect(declined.status).toBe(402);
    const { body: cart } = await app.anyone.post('/v1/carts', {
      items: [{ variantId: article.variantId, quantity: 1 }],
    });
    done(await app.anyone.patch(`/v1/carts/${cart.id}`, { email: old, shippingAddress: marked(MARK) }));
    await app.runDue();
    const reason = `${MARK} wrote that it arrived broken`;
    for (const { body } of [taken, guests])
      done(await staff.post(`/v1/payments/${body.payments[0].id}/refunds`, { reason }, key()));
    await app.runDue();
    const client = await changeEmail(new Client(app.url, made.accessToken), old, now, password);
    await client.post('/v1/me/export');
    await app.runDue();
    const { body: exported } = await client.post('/v1/me/export');
    const { body: copy } = await client.get(`/v1/me/exports/${exported.id}/file`);
    expect(copy.orders.orders.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining([taken.body.id, guests.body.id]),
    );
    expect([copy.orders.orders.length, copy.orders.carts.length]).toEqual([3, 1]);
    expect(copy.auth.leftAddresses).toMatchObject([{ email: old }]);

    done(await client.delete('/v1/me'));
    await app.runDue();

    const left = [...(await dump()).matchAll(new RegExp(`.{0,60}${MARK}.{0,60}`, 'g'))].map(([text]) => text);
    expect(left).toEqual([]);
  });

  it('takes nothing that names an address which it had left by then', async () => {
    const person = await app.shopper();
    const client = await changeEmail(app.as(person), person.email, `left-${randomUUID()}@example.com`, person.password);
    const { body: order } = await buyAs(person.email);
    done(await client.delete('/v1/me'));
    const { body } = await staff.get(`/v1/orders/${order.id}`);
    expect([body.email, body.shippingAddress.name]).toEqual([person.email, ADDRESS.name]);
  });

  it('takes nothing of whoever had its address before, nor is it in the copy; orders do not join it either', async () => {
    const earlier = await verified();
    const { email, password } = earlier;
    const before = [await buyAs(email), await buyAs(email, { token: 'tok_declined' })];
    expect(before.map(({ status }) => status)).toEqual([201, 402]);
    const [order] = await app.db.query<{ id: string }>(
      `SELECT id FROM orders.orders WHERE email = $1 AND status = 'cancelled'`,
      [email],
    );
    const cart = await fillFor(email, app.anyone);
    const left = await changeEmail(app.as(earlier), email, `left-${randomUUID()}@example.com`, password);
    // The process died that was to tell whose the order is.
    await app.db.query('UPDATE orders.orders SET user_id = NULL WHERE id = $1', [before[0]!.body.id]);
    const { body } = await app.anyone.post('/v1/auth/register', { email, password });
    const next = new Client(app.url, body.accessToken);
    const mails = (await app.mailTo(email)).filter(({ subject }) => subject === 'Confirm your e-mail address');
    done(await app.anyone.post('/v1/auth/email/verify', { token: mails.find(({ token }) => token)!.token }));
    await app.runDue();
    const { id: orderId, number, totals } = before[0]!.body;
    await app.service(CustomersOrdersListener).placed({ orderId, number, total: totals.total, items: [] });
    const { body: own } = await buyAs(email);
    await app.runDue();

    expect((await next.get('/v1/me/orders')).body.data.map(({ id }: { id: string }) => id)).toEqual([own.id]);
    const { orders } = await exported(next);
    expect([orders.orders.map(({ id }) => id), orders.carts]).toEqual([[own.id], []]);
    done(await staff.post(`/v1/orders/${own.id}/cancellation`, {}, key()));
    done(await next.delete('/v1/me'));
    const theirs = await exported(left);
    expect(idsIn(theirs).sort()).toEqual([before[0]!.body.id, order!.id].sort());
    expect(theirs.orders.carts).toMatchObject([{ id: cart, email }]);
  });

  it('of staff takes what they bought themselves along, with whatever address', async () => {
    const MARK = markOf(6);
    const [old, now] = [`${MARK}-old@example.com`, `${MARK}-new@example.com`];
    const password = 'correct horse battery';
    const { body: made } = await app.anyone.post('/v1/auth/register', { email: old, password });
    const first = new Client(app.url, made.accessToken);
    const { body: order } = await buyAs(old, { by: first, to: marked(MARK) });
    const { body: gift } = await buyAs(`${MARK}-friend@example.com`, { by: first, to: marked(MARK) });
    for (const { id } of [order, gift]) done(await first.post(`/v1/orders/${id}/cancellation`, {}, key()));
    await changeEmail(first, old, now, password);
    const path = `/v1/users/${made.user.id}`;
    const { headers } = await staff.get(path);
    done(await staff.patch(path, { roles: ['support'] }, { 'if-match': headers['etag']! }));
    const { body: login } = await app.anyone.post('/v1/auth/login', { email: now, password });
    done(await new Client(app.url, login.accessToken).delete('/v1/me'));
    await app.runDue();
    const left = [...(await dump()).matchAll(new RegExp(`.{0,60}${MARK}.{0,60}`, 'g'))].map(([text]) => text);
    expect(left).toEqual([]);
  });

  it('leaves their orders to the customers of a member of staff', async () => {
    const clerk = app.as(await app.staff('staff'));
    const email = `customer-${randomUUID()}@example.com`;
    const shipping = { shippingAddress: ADDRESS, payment: { provider: 'sandbox', token: 'tok_ok' } };
    const { body: order } = await clerk.post(
      '/v1/orders',
      { email, items: [{ variantId: article.variantId, quantity: 1 }], ...shipping },
      key(),
    );
    const { body: exported } = await clerk.post('/v1/me/export');
    await app.runDue();
    const { body: copy } = await clerk.get(`/v1/me/exports/${exported.id}/file`);
    expect(copy.orders.orders).toEqual([]);
    expect((await clerk.delete('/v1/me')).status).toBe(204);
    await app.runDue();
    const { body } = await staff.get(`/v1/orders/${order.id}`);
    expect([body.email, body.shippingAddress.name]).toEqual([email, ADDRESS.name]);
    expect(await app.db.query('SELECT user_id FROM orders.orders WHERE id = $1', [order.id])).toEqual([
      { user_id: null },
    ]);
  });

  it('of staff takes what a release before kept as theirs only with an address that they have or had', async () => {
    const MARK = markOf(8);
    const [ada, friend] = [await verified(), await verified()];
    const [old, now, password] = [`${MARK}-old@example.com`, `${MARK}-new@example.com`, 'correct horse battery'];
    const { body: made } = await app.anyone.post('/v1/auth/register', { email: old, password });
    const shopper = new Client(app.url, made.accessToken);
    const { body: gift } = await buyAs(friend.email, { by: shopper, to: marked(MARK) });
    await asBefore('orders', gift.id, made.user.id);
    await setRoles(made.user.id, ['staff']);
    const clerk = await signIn(old, password);
    const { body: own } = await buyAs(old, { by: clerk, to: marked(MARK) });
    const { body: taken } = await buyAs(ada.email, { by: clerk });
    for (const { id } of [own, taken]) await asBefore('orders', id, made.user.id);
    for (const { id } of [gift, own]) done(await staff.post(`/v1/orders/${id}/cancellation`, {}, key()));
    await fillFor(ada.email, clerk).then((id) => asBefore('carts', id, made.user.id));
    await changeEmail(clerk, old, now, password);
    await setRoles(made.user.id, []);
    const left = await signIn(now, password);
    expect(idsIn(await exported(left)).sort()).toEqual([gift.id, own.id].sort());

    done(await left.delete('/v1/me'));
    await app.runDue();

    expect(await dump()).not.toContain(MARK);
    const { body } = await staff.get(`/v1/orders/${taken.id}`);
    expect([body.email, body.shippingAddress.name]).toEqual([ada.email, ADDRESS.name]);
    const { orders } = await exported(app.as(ada));
    expect([orders.orders.length, orders.carts.length]).toEqual([1, 1]);
  });

  it('takes what a release before kept as that of the staff who had entered it for them', async () => {
    const [ada, clerk] = [await verified(), await app.staff('staff')];
    const { body: taken } = await buyAs(ada.email, { by: app.as(clerk) });
    await asBefore('orders', taken.id, clerk.id);
    const cart = await fillFor(ada.email, app.as(clerk));
    await asBefore('carts', cart, clerk.id);
    expect(idsIn(await exported(app.as(ada)))).toEqual([taken.id]);
    expect(idsIn(await exported(app.as(clerk)))).toEqual([]);
    expect((await app.as(ada).delete('/v1/me')).body?.orders).toEqual([taken.number]);
    done(await staff.post(`/v1/orders/${taken.id}/cancellation`, {}, key()));
    done(await app.as(ada).delete('/v1/me'));
    expect((await staff.get(`/v1/orders/${taken.id}`)).body.email).toBe('erased@example.invalid');
    expect(await app.db.query('SELECT email FROM orders.carts WHERE id = $1', [cart])).toEqual([{ email: null }]);
  });

  it('takes nothing from somebody with a role who bought for it, of this release or before they had the role', async () => {
    const [ada, friend, person] = [await verified(), await verified(), await app.shopper()];
    const { body: earlier } = await buyAs(friend.email, { by: app.as(person) });
    await asBefore('orders', earlier.id, person.id);
    const role = `packer-${randomUUID().slice(0, 8)}`;
    done(await staff.post('/v1/roles', { name: role, description: 'Packs.', permissions: ['stock:read'] }));
    await setRoles(person.id, [role]);
    const packer = await signIn(person.email, person.password);
    const { body: gift } = await buyAs(ada.email, { by: packer });
    await app.runDue();
    for (const [owner, { id }] of [
      [ada, gift],
      [friend, earlier],
    ]) {
      const client = app.as(owner);
      expect((await client.get(`/v1/orders/${id}`)).status).toBe(404);
      expect(idsIn(await exported(client))).toEqual([]);
      done(await client.delete('/v1/me'));
      const { body } = await packer.get(`/v1/orders/${id}`);
      expect([body.email, body.shippingAddress.name]).toEqual([owner.email, ADDRESS.name]);
    }
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
    const gone = await app.db.query(
      `SELECT FROM auth.audit_log WHERE action = 'user.erased' AND object_id = ANY ($1)`,
      [all.map(({ id }) => id)],
    );
    expect(gone).toHaveLength(all.length - 1);
  });
});

const oneWaits = () =>
  expect
    .poll(
      () =>
        app.db.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`),
      { interval: 5 },
    )
    .toHaveLength(1);

const buyAs = (email: string, { by = app.anyone, to = ADDRESS, token = 'tok_ok' } = {}) =>
  by.post(
    '/v1/orders',
    {
      email,
      items: [{ variantId: article.variantId, quantity: 1 }],
      shippingAddress: to,
      payment: { provider: 'sandbox', token },
    },
    key(),
  );

async function verified(): Promise<Person> {
  const person = await app.shopper();
  await verifyEmail(app, person);
  await app.runDue();
  return person;
}

async function signIn(email: string, password: string): Promise<Client> {
  return new Client(app.url, (await app.anyone.post('/v1/auth/login', { email, password })).body.accessToken);
}

async function setRoles(id: string, roles: string[]): Promise<void> {
  const { headers } = await staff.get(`/v1/users/${id}`);
  done(await staff.patch(`/v1/users/${id}`, { roles }, { 'if-match': headers['etag']! }));
}

/** As a release has left it that kept what staff entered as theirs. */
const asBefore = (table: 'orders' | 'carts', id: string, userId: string) =>
  app.db.query(`UPDATE orders.${table} SET user_id = $2, owner_certain = DEFAULT WHERE id = $1`, [id, userId]);

async function fillFor(email: string, by: Client): Promise<string> {
  const { body } = await by.post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] });
  done(await by.patch(`/v1/carts/${body.id}`, { email, shippingAddress: ADDRESS }));
  return body.id;
}

interface Copy {
  orders: { orders: { id: string }[]; carts: object[] };
}

async function exported(client: Client): Promise<Copy> {
  const { body } = await client.post('/v1/me/export');
  await app.runDue();
  return (await client.get(`/v1/me/exports/${body.id}/file`)).body;
}

const idsIn = ({ orders }: Copy) => orders.orders.map(({ id }) => id);

/** From an address that is known to be theirs, confirmed from both mailboxes; signed in anew. */
async function changeEmail(client: Client, old: string, email: string, password: string): Promise<Client> {
  await app.db.query('UPDATE auth.users SET email_verified_at = coalesce(email_verified_at, now()) WHERE email = $1', [
    old,
  ]);
  done(await client.post('/v1/auth/email/change', { email }));
  for (const address of [old, email]) {
    const mails = await app.mailTo(address);
    const { token } = mails.find(({ subject }) => subject === 'Confirm your new e-mail address')!;
    done(await app.anyone.post('/v1/auth/email/change/confirmation', { token }));
  }
  await app.runDue();
  const { body } = await app.anyone.post('/v1/auth/login', { email, password });
  return new Client(app.url, body.accessToken);
}

async function erased(): Promise<Person> {
  const person = await app.shopper();
  expect((await app.as(person).delete('/v1/me')).status).toBe(204);
  return person;
}
