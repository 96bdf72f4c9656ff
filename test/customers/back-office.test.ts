import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComposeNames1767231730000 as ComposeAccountNames } from '#src/auth/migrations/1767231730000-compose-names.js';
import { ComposeNames1767231730001 as ComposeCustomerNames } from '#src/customers/migrations/1767231730001-compose-names.js';
import { type Purchase, Purchases } from '#src/customers/purchases.service.js';
import { Jobs } from '#src/platform/index.js';
import { ADDRESS, type Article, buy, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';

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

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** How the database answers the statement that this request sends, with these parameters. */
async function planOf(path: string, params: string): Promise<string> {
  const [statement] = await app.statements(async () => {
    expect((await support.get(path)).status).toBe(200);
  });
  const plan = await app.db.unprepared<{ 'QUERY PLAN': string }>(
    `PREPARE asked AS ${statement}; EXPLAIN EXECUTE asked (${params}); DEALLOCATE asked`,
  );
  return plan.map((row) => row['QUERY PLAN']).join('\n');
}

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

  it.each(['ΠΑΠΑΔΟΠΟΥΛΟΣ', 'İbrahim Çelik', 'Zoë Ångström'])(
    'finds the customer whose name is %s by that name, composed or decomposed, from wherever it came',
    async (name) => {
      const spellings = [name.normalize('NFC'), name.normalize('NFD')];
      const password = 'correct horse battery';
      for (const [index, spelling] of spellings.entries()) {
        const { body } = await app.anyone.post('/v1/auth/register', {
          email: `${randomUUID()}@example.com`,
          password,
          name: spelling,
        });
        const renamed = await app.shopper();
        await app.as(renamed).patch('/v1/me', { name: spelling });
        const byStaff = await app.shopper();
        await staff.patch(`/v1/users/${byStaff.id}`, { name: spelling }, { 'if-match': '"1"' });
        await app.runDue();
        const ids = [body.user.id, renamed.id, byStaff.id];
        for (const q of spellings) expect([index, await find(q)]).toEqual([index, expect.arrayContaining(ids)]);
      }
      expect(await find(name.split(' ')[0]!)).toHaveLength(6);
    },
  );

  it('finds those whose names an earlier release has stored decomposed', async () => {
    const { id } = await app.shopper();
    await app.runDue();
    const name = 'Chloé'.normalize('NFD');
    await app.db.query('UPDATE auth.users SET name = $2 WHERE id = $1', [id, name]);
    await app.db.query('UPDATE customers.customers SET name = $2 WHERE user_id = $1', [id, name]);
    const runner = app.db.manager.connection.createQueryRunner();
    await new ComposeAccountNames().up(runner);
    await new ComposeCustomerNames().up(runner);
    await runner.release();
    for (const q of [name, name.normalize('NFC')]) expect(await find(q)).toEqual([id]);
    expect((await staff.get(`/v1/users/${id}`)).body.name).toBe('Chloé'.normalize('NFC'));
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

  it('is shown a customer as they are now, although their version stayed', async () => {
    const person = await app.shopper();
    await app.runDue();
    const before = await support.get(`/v1/customers/${person.id}`);
    const again = () => support.get(`/v1/customers/${person.id}`, { 'if-none-match': before.headers['etag']! });
    await app.as(person).post('/v1/me/addresses', ADDRESS);
    const { status, body } = await again();
    expect([status, body.addresses.length, body.version]).toEqual([200, 1, before.body.version]);
  });

  it('is searched by index: no statement reads all customers', async () => {
    await app.db.query(
      `INSERT INTO customers.customers (user_id, email, name, registered_at)
       SELECT gen_random_uuid(), md5(n::text) || '@example.org', md5((n + 1)::text), now() FROM generate_series(1, 20000) n`,
    );
    await app.db.query(
      `INSERT INTO customers.purchases (order_id, user_id, number, currency, amount, placed_at)
       SELECT gen_random_uuid(), user_id, md5(user_id::text), 'EUR', 1, now() FROM customers.customers`,
    );
    await app.db.query('ANALYZE customers.customers, customers.purchases, customers.spending');
    const searched = await planOf('/v1/customers?q=ada%20lovelace', `'%ada lovelace%', ''`);
    expect(searched).toContain('ix_customers_search');
    expect(searched).toContain('ix_purchases_number');
    expect(searched).toContain('Index Cond: (user_id = ANY');
    expect(searched).not.toContain('Seq Scan');
    const first = await support.get('/v1/customers?sort=name&limit=2');
    const sorted = await planOf(`/v1/customers?sort=name&limit=2&cursor=${first.body.nextCursor}`, `'a', '${NOBODY}'`);
    expect(sorted).toContain('ix_customers_name');
    expect(sorted).not.toContain('Seq Scan');
    const top = await support.get('/v1/customers?sort=-spend&currency=EUR&limit=2');
    const next = `/v1/customers?sort=-spend&currency=EUR&limit=2&cursor=${top.body.nextCursor}`;
    const bySpend = await planOf(next, `1, '${NOBODY}', 'EUR'`);
    expect(bySpend).toContain('ix_spending_amount');
    expect(bySpend).not.toMatch(/Seq Scan|Sort Key: s\./);
  });

  it.each(['createdAt', '-createdAt', 'name', '-name', 'spend', '-spend'])(
    'finds by %s, page by page, what nearly all have, what some have, and what one has',
    async (sort) => {
      const mark = sort.replace('-', 'down');
      await app.db.query(
        `INSERT INTO customers.customers (user_id, email, name, registered_at)
         SELECT gen_random_uuid(), n || CASE WHEN n % 60 = 0 THEN '@some' WHEN n = 31 THEN '@one' ELSE '@all' END || $1 || '.example',
           CASE WHEN n % 7 > 0 THEN md5((n % 2000)::text) END, now() FROM generate_series(1, 5000) n`,
        [mark],
      );
      await app.db.query(
        `INSERT INTO customers.purchases (order_id, user_id, number, currency, amount, placed_at)
         SELECT gen_random_uuid(), user_id, md5(user_id::text), 'EUR', 5 + length(name), now() FROM customers.customers
         WHERE email LIKE '%' || $1 || '.example' AND name > '2'`,
        [mark],
      );
      const key = sort.endsWith('createdAt')
        ? 'user_id'
        : sort.endsWith('name')
          ? `lower(coalesce(name, ''))`
          : 'amount';
      const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
      const spent = sort.endsWith('spend') ? '&currency=EUR' : '';
      for (const [part, limit, pages] of [
        [`@all${mark}`, 100, 4],
        [`@some${mark}`, 7, 20],
        [`@one${mark}`, 3, 1],
      ] as const) {
        const expected = await app.db.query<{ user_id: string }>(
          `SELECT c.user_id FROM customers.customers c ${spent ? `JOIN customers.spending s ON s.user_id = c.user_id AND s.currency = 'EUR'` : ''}
           WHERE search LIKE '%' || $1 || '%' ORDER BY ${key} ${direction}, c.user_id ${direction} LIMIT ${limit * pages}`,
          [part.toLowerCase()],
        );
        const seen: string[] = [];
        for (let page = 0, cursor = ''; page < pages && cursor !== null; page++) {
          const path = `/v1/customers?sort=${sort}${spent}&limit=${limit}&q=${part}${cursor && `&cursor=${cursor}`}`;
          const { body } = await support.get(path);
          seen.push(...body.data.map(({ id }: { id: string }) => id));
          cursor = body.nextCursor;
        }
        expect(expected.length).toBeGreaterThan(0);
        expect(seen).toEqual(expected.map(({ user_id }) => user_id));
      }
    },
  );

  it('sorts customers by name, page by page, both ways', async () => {
    const names = ['zz Berta', 'ZZ ada', null, 'zz ada'];
    for (const name of names) await app.as(await app.shopper()).patch('/v1/me', { name });
    await app.runDue();
    const walk = async (sort: string) => {
      const seen: { id: string; name: string | null }[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body } = await support.get(
          `/v1/customers?q=person&sort=${sort}&limit=3${cursor && `&cursor=${cursor}`}`,
        );
        seen.push(...body.data);
        cursor = body.nextCursor;
      }
      return seen;
    };
    const up = await walk('name');
    const down = await walk('-name');
    expect(down.map(({ id }) => id)).toEqual(up.map(({ id }) => id).reverse());
    expect(new Set(up.map(({ id }) => id)).size).toBe(up.length);
    const zz = up.flatMap(({ name }) => (name?.toLowerCase().startsWith('zz') ? [name.toLowerCase()] : []));
    expect(zz).toEqual(['zz ada', 'zz ada', 'zz berta']);
    expect(up[0]!.name).toBeNull();
    const { body } = await support.get('/v1/customers?sort=name&limit=1');
    const [tag, , id] = JSON.parse(Buffer.from(body.nextCursor, 'base64url').toString()) as string[];
    const forged = Buffer.from(JSON.stringify([tag, '\0', id])).toString('base64url');
    expect((await support.get(`/v1/customers?sort=name&limit=1&cursor=${forged}`)).body.code).toBe('invalid_cursor');
    expect((await support.get(`/v1/customers?sort=-name&limit=1&cursor=${body.nextCursor}`)).body.code).toBe(
      'invalid_cursor',
    );
  });
});

/** As orders reports it. */
const bought = (userId: string, amount: number, more: Partial<Purchase> = {}): Purchase => ({
  orderId: randomUUID(),
  userId,
  number: `G-${randomUUID().slice(0, 8)}`,
  currency: 'CHF',
  amount,
  placedAt: new Date(),
  ...more,
});
const record = (...purchases: Purchase[]) => app.service(Purchases).record(purchases);

describe('Customers by what they spent', () => {
  const walk = async (query: string): Promise<{ id: string; spend: object[]; orders: number }[]> => {
    const seen = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await support.get(`/v1/customers?${query}&limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data);
      cursor = body.nextCursor;
    }
    return seen;
  };
  const shoppers = async (count: number): Promise<string[]> => {
    const made = [];
    for (let one = 0; one < count; one++) made.push((await app.shopper()).id);
    await app.runDue();
    return made;
  };
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);

  it('are listed page by page, both ways, in the currency asked for', async () => {
    const [little, none, much, same, other] = (await shoppers(5)) as [string, string, string, string, string];
    await record(bought(little, 500), bought(much, 700), bought(much, 300), bought(same, 500));
    // What is given back counts no more; what was bought for nothing is an order all the same.
    const givenBack = bought(none, 900);
    await record(givenBack, bought(little, 9999, { currency: 'EUR' }), bought(other, 5000, { currency: 'EUR' }));
    await record({ ...givenBack, amount: 0 });
    const down = await walk('sort=-spend&currency=CHF');
    expect(ids(down)).toEqual([much, ...[little, same].sort().reverse(), none]);
    expect(ids(await walk('sort=spend&currency=CHF'))).toEqual(ids(down).reverse());
    expect(down[0]).toMatchObject({ orders: 2, spend: [{ amount: 1000, currency: 'CHF' }] });
    expect(down.find(({ id }) => id === little)).toMatchObject({
      orders: 2,
      spend: [
        { amount: 500, currency: 'CHF' },
        { amount: 9999, currency: 'EUR' },
      ],
    });
    // The currency alone says who is listed.
    expect(ids(await walk('currency=CHF')).sort()).toEqual(ids(down).sort());
    expect(ids(await walk(`currency=CHF&hasOrders=true&sort=name`)).sort()).toEqual(ids(down).sort());
    expect(await walk('currency=CHF&hasOrders=false')).toEqual([]);
    const { email } = await read({ id: same });
    expect(ids(await walk(`sort=-spend&currency=CHF&q=${encodeURIComponent(email)}`))).toEqual([same]);
  });

  it('are listed by nothing when nobody says in which currency', async () => {
    const { status, body } = await support.get('/v1/customers?sort=-spend');
    expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'validation_failed', '?currency']);
    expect((await support.get('/v1/customers?sort=-spend&currency=chf')).status).toBe(422);
    const first = (await support.get('/v1/customers?sort=-spend&currency=CHF&limit=1')).body.nextCursor;
    const [tag, , id] = JSON.parse(Buffer.from(first, 'base64url').toString()) as string[];
    for (const amount of ['1', 1.5, null]) {
      const forged = Buffer.from(JSON.stringify([tag, amount, id])).toString('base64url');
      const answer = await support.get(`/v1/customers?sort=-spend&currency=CHF&limit=1&cursor=${forged}`);
      expect([amount, answer.body.code]).toEqual([amount, 'invalid_cursor']);
    }
    const elsewhere = await support.get(`/v1/customers?sort=-spend&currency=EUR&limit=1&cursor=${first}`);
    expect(elsewhere.body.code).toBe('invalid_cursor');
  });

  /** What is added up, and what it should be. */
  const sums = async () => {
    const kept = 'SELECT user_id, currency, amount::text, orders::text FROM customers.spending';
    const due =
      'SELECT user_id, currency, sum(amount)::text AS amount, count(*)::text AS orders FROM customers.purchases GROUP BY 1, 2';
    const [is, should] = await Promise.all([kept, due].map((sql) => app.db.query(`${sql} ORDER BY 1, 2`)));
    return { is, should };
  };

  it('are added up whatever is recorded, moved, given back or erased, and in whichever order', async () => {
    const users = [randomUUID(), randomUUID(), randomUUID()] as const;
    const any = fc.record({
      orderId: fc.constantFrom(...Array.from({ length: 6 }, () => randomUUID())),
      userId: fc.constantFrom(...users),
      amount: fc.integer({ min: 0, max: 10 }),
    });
    // An order keeps its currency.
    const currencyOf = ({ orderId }: { orderId: string }) => (orderId < '8' ? 'CHF' : 'EUR');
    const act = fc.oneof(
      fc.uniqueArray(any, { maxLength: 4, selector: ({ orderId }) => orderId }),
      fc.constantFrom(...users),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
        for (const one of acts) {
          if (typeof one === 'string') await app.db.query('DELETE FROM customers.purchases WHERE user_id = $1', [one]);
          else
            await record(
              ...one.map((each) => bought(each.userId, each.amount, { ...each, currency: currencyOf(each) })),
            );
        }
        const { is, should } = await sums();
        expect(is).toEqual(should);
      }),
      { numRuns: 60 },
    );
  });

  it('are added up when many record at once, for the same customers', async () => {
    const [one, two] = (await shoppers(2)) as [string, string];
    await record(bought(one, 1), bought(two, 1));
    const both = () => record(...[bought(one, 10), bought(two, 100)].sort(() => Math.random() - 0.5));
    await inTheWayOf(
      app,
      { sql: 'SELECT FROM customers.spending WHERE user_id = $1 FOR UPDATE', params: [one], waiting: 3 },
      () => Promise.all([both(), both(), both(), record(bought(two, 1000))]),
    );
    const { is, should } = await sums();
    expect(is).toEqual(should);
    expect((await read({ id: two })).spend).toEqual([{ amount: 1301, currency: 'CHF' }]);
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

describe('Orders from before customers were told of them', () => {
  it('find their accounts and are counted, some at a time, once', async () => {
    const ada = await app.shopper();
    await verify(ada);
    await app.runDue();
    const local = ada.email.split('@')[0];
    const { body: own } = await buy(app.as(ada), article);
    const { body: guests } = await orderAs(ada.email.toUpperCase());
    const { body: foreign } = await orderAs(`${local}@xn--bcher-kva.example`);
    await app.runDue();
    // As the release before has left them.
    await app.db.query('UPDATE orders.orders SET user_id = NULL WHERE id = $1', [guests.id]);
    await app.db.query('UPDATE orders.orders SET email = $2 WHERE id = $1', [foreign.id, `${local}@Bücher.example`]);
    await app.db.query('DELETE FROM customers.purchases');
    await app.db.query(`UPDATE orders.passes SET after = $1, done_at = NULL WHERE name = 'join-earlier'`, [NOBODY]);
    const pass = () => app.service(Jobs).run('orders.join-earlier');
    await Promise.all([pass(), pass()]);
    expect((await ordersOf(ada)).map(({ id }: { id: string }) => id).sort()).toEqual([own.id, guests.id].sort());
    expect((await read(ada)).orders).toBe(2);
    expect((await staff.get(`/v1/orders/${foreign.id}`)).body.email).toBe(`${local}@xn--bcher-kva.example`);
    const sent = await app.statements(pass);
    expect(sent.filter((sql) => sql.includes('orders.orders'))).toEqual([]);
  });
});
