import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { buy, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { ifMatch, makeProduct, untilSomeoneWaits, walk } from './catalog-support.js';

const app = galley({ GALLEY_POOL_SIZE: '20' });
let admin: Person;
let staff: Client;
beforeAll(async () => {
  admin = await app.staff();
  staff = app.as(admin);
  for (const code of ['north', 'south']) await staff.post('/v1/stock/locations', { code, name: `The ${code}` });
});

const TRANSFERS = '/v1/stock/transfers';
const variant = async (stock: number) => (await makeArticle(app, { stock })).variantId;
const send = (items: [string, number][], { from = 'main', to = 'north' } = {}) =>
  staff.post(TRANSFERS, { from, to, items: items.map(([variantId, quantity]) => ({ variantId, quantity })) });
const end = (transfer: Answer, how: 'receipt' | 'cancellation') =>
  staff.post(`${TRANSFERS}/${transfer.body.id}/${how}`);

async function placesOf(id: string): Promise<Record<string, number>> {
  const { body } = await staff.get(`/v1/variants/${id}/stock`);
  const places = body.locations.map(({ code, onHand }: { code: string; onHand: number }) => [code, onHand]);
  return { ...Object.fromEntries(places), onHand: body.onHand };
}

describe('a transfer', () => {
  it('takes goods away, and brings them when it is received', async () => {
    const [first, second] = [await variant(10), await variant(5)];
    const sent = await send([
      [first, 4],
      [second, 5],
    ]);
    expect(sent).toMatchObject({ status: 201, body: { from: 'main', to: 'north', status: 'in_transit' } });
    expect(sent.body.createdBy).toBe(admin.id);
    expect([await placesOf(first), await placesOf(second)]).toEqual([
      { main: 6, onHand: 6 },
      { main: 0, onHand: 0 },
    ]);
    expect(await end(sent, 'receipt')).toMatchObject({ status: 200, body: { status: 'received' } });
    expect([await placesOf(first), await placesOf(second)]).toEqual([
      { main: 6, north: 4, onHand: 10 },
      { main: 0, north: 5, onHand: 5 },
    ]);
    expect((await staff.get(sent.headers['location']!)).body.status).toBe('received');
    const { data } = (await staff.get(`/v1/variants/${first}/stock/movements?limit=2`)).body;
    const by = { reference: sent.body.id, createdBy: admin.id };
    expect(data).toMatchObject([
      { kind: 'transfer_in', deltaOnHand: 4, location: 'north', ...by },
      { kind: 'transfer_out', deltaOnHand: -4, location: 'main', ...by },
    ]);
  });

  it('brings them back when it is called back', async () => {
    const id = await variant(3);
    const sent = await send([[id, 2]]);
    expect((await end(sent, 'cancellation')).body.status).toBe('cancelled');
    expect(await placesOf(id)).toEqual({ main: 3, onHand: 3 });
  });

  it('ends once, however often and in whatever way it is asked', async () => {
    const id = await variant(9);
    const sent = await send([[id, 4]]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => end(sent, index % 2 ? 'receipt' : 'cancellation')),
    );
    const { status } = (await staff.get(sent.headers['location']!)).body;
    const loser = status === 'received' ? 0 : 1;
    expect(answers.map(({ status: code }) => code)).toEqual(
      answers.map((_, index) => (index % 2 === loser ? 409 : 200)),
    );
    expect(answers[loser]!.body.code).toBe('transfer_is_over');
    expect((await placesOf(id))['onHand']).toBe(9);
  });

  it('takes all or nothing, only what lies there, and nothing that is promised', async () => {
    const article = await makeArticle(app, { stock: 4 });
    const other = await variant(1);
    await buy(app.anyone, article, { quantity: 2 });
    const greedy = await send([
      [other, 1],
      [article.variantId, 3],
    ]);
    expect(greedy.body).toMatchObject({ code: 'stock_below_reserved', onHand: 4, reserved: 2 });
    expect((await send([[other, 1]], { from: 'south' })).body).toMatchObject({
      code: 'stock_not_at_location',
      onHand: 0,
    });
    expect([await placesOf(other), await placesOf(article.variantId)]).toEqual([
      { main: 1, onHand: 1 },
      { main: 4, onHand: 4 },
    ]);
    expect((await send([[article.variantId, 2]])).status).toBe(201);
    expect((await buy(app.anyone, article)).body.code).toBe('out_of_stock');
  });

  it.each([
    [{ to: 'nowhere' }, '/to', 'unknown_location'],
    [{ from: 'nowhere' }, '/from', 'unknown_location'],
    [{ to: 'main' }, '/to', 'same_location'],
    [{ items: [{ variantId: randomUUID(), quantity: 1 }] }, '/items', 'unknown_variant'],
    [{ items: [] }, '/items', 'array_min_size'],
  ])('is refused with %j', async (wish, pointer, code) => {
    const items = [{ variantId: await variant(5), quantity: 1 }];
    const refused = await staff.post(TRANSFERS, { from: 'main', to: 'north', items, ...wish });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer, code }] } });
  });

  it('names each variant once', async () => {
    const id = await variant(5);
    const refused = await send([
      [id, 1],
      [id.toUpperCase(), 1],
    ]);
    expect(refused.body.errors).toMatchObject([{ pointer: '/items', code: 'array_unique' }]);
  });

  it('arrives where nothing is brought any more, and of what is no longer sold', async () => {
    await staff.post('/v1/stock/locations', { code: 'shut', name: 'Shut' });
    const skus = [randomUUID(), randomUUID()];
    const prices = [{ amount: 1, currency: 'EUR' }];
    const product = await makeProduct(app, admin, {
      options: [{ name: 'Size', values: ['S', 'L'] }],
      variants: skus.map((sku, index) => ({ sku, prices, stock: 3, optionValues: { Size: 'SL'[index] } })),
    });
    const id = product.variants[0]!.id;
    const sent = await send([[id, 2]], { to: 'shut' });
    await staff.patch('/v1/stock/locations/shut', { active: false }, ifMatch(1));
    await staff.delete(`/v1/variants/${id}`, ifMatch(product.version));
    expect((await end(sent, 'receipt')).status).toBe(200);
    const [stock] = await app.db.query('SELECT on_hand, elsewhere FROM catalog.stock WHERE variant_id = $1', [id]);
    expect(stock).toEqual({ on_hand: 3, elsewhere: 2 });
    expect((await send([[await variant(1), 1]], { to: 'shut' })).status).toBe(422);
    expect((await staff.delete('/v1/stock/locations/shut', ifMatch(2))).body.code).toBe('location_in_use');
  });

  it('is listed, the newest first, by its state', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 3; index++) ids.unshift((await send([[await variant(1), 1]])).body.id);
    const listed = await walk((path) => staff.get(path), `${TRANSFERS}?status=in_transit&limit=2`);
    expect(listed.slice(0, 3).map(({ id }) => id)).toEqual(ids);
    expect((await staff.get(`${TRANSFERS}?status=lost`)).status).toBe(422);
    expect((await staff.get(`${TRANSFERS}/${randomUUID()}`)).status).toBe(404);
    expect((await staff.post(`${TRANSFERS}/${randomUUID()}/receipt`)).status).toBe(404);
  });

  it('dead-locks with no other, whatever they carry', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => variant(100)));
    const answers = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const items = ids.map((id): [string, number] => [id, 1]);
        const sent = await send(index % 2 ? items : items.reverse(), { to: index % 3 ? 'north' : 'south' });
        return end(sent, index % 4 ? 'receipt' : 'cancellation');
      }),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    for (const id of ids) expect((await placesOf(id))['onHand']).toBe(100);
  });
});

it('is found among many by an index, as are movements, however far one has paged', async () => {
  const id = await variant(9);
  for (const _ of [1, 2, 3]) await send([[id, 1]]);
  await app.db.query(
    `INSERT INTO catalog.stock_transfers (id, from_location, to_location, status)
     SELECT uuidv7(), 'main', 'north', 'received' FROM generate_series(1, 20000)`,
  );
  await app.db.query('ANALYZE catalog.stock_transfers');
  const nextOf = async (path: string, params: string) => {
    const { nextCursor } = (await staff.get(path)).body;
    const sent = await app.statements(() => staff.get(`${path}&cursor=${nextCursor}`));
    const statement = sent.find((sql) => sql.includes('ORDER BY'));
    const plan = await app.db.unprepared<{ 'QUERY PLAN': string }>(
      `PREPARE asked AS ${statement}; EXPLAIN EXECUTE asked (${params}); DEALLOCATE asked`,
    );
    return plan.map((row) => row['QUERY PLAN']).join('\n');
  };
  expect(await nextOf(`${TRANSFERS}?status=in_transit&limit=1`, `'in_transit', '${id}'`)).toMatch(
    /ix_stock_transfers_status.*\n\s+Index Cond: \(\(status = \$1\) AND \(id < \$2\)\)/,
  );
  expect(await nextOf(`/v1/variants/${id}/stock/movements?limit=1`, `'${id}', now(), '${id}'`)).toMatch(
    /Index Cond: \(\(variant_id = \$1\) AND \(ROW\(created_at, id\) < ROW\(\$2, \$3\)\)\)/,
  );
});

it('is refused when the location where it should arrive is deleted at the same moment', async () => {
  const id = await variant(3);
  await staff.post('/v1/stock/locations', { code: 'closing', name: 'Closing down' });
  let sending: Promise<Answer> | undefined;
  await app.db.transaction(async () => {
    await app.db.query(`DELETE FROM catalog.stock_locations WHERE code = 'closing'`);
    sending = app.db.detached(() => send([[id, 1]], { to: 'closing' }));
    await untilSomeoneWaits(app);
  });
  expect(await sending).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/to', code: 'unknown_location' }] },
  });
  expect(await placesOf(id)).toEqual({ main: 3, onHand: 3 });
});

it('gets in the way of no sale: what refers to a stock is written once the stock is locked', async () => {
  const article = await makeArticle(app, { stock: 1000 });
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        index % 3 ? buy(app.anyone, article) : send([[article.variantId, 1]], { from: 'main' }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  }
});

describe('many stocks at once', () => {
  const adjust = (items: object[], location?: string) =>
    staff.post('/v1/stock/adjustments', { reason: 'Delivery', items, ...(location ? { location } : {}) });

  it('are adjusted each on its own, and told so in order', async () => {
    const [plenty, few] = [await variant(10), await variant(1)];
    const unknown = randomUUID();
    const { status, body } = await adjust([
      { variantId: few, delta: -2 },
      { variantId: plenty, delta: -2 },
      { variantId: unknown, delta: 1 },
    ]);
    expect(status).toBe(200);
    expect(body.data).toMatchObject([
      { variantId: few, done: false, code: 'stock_below_reserved', onHand: 1, version: 1 },
      { variantId: plenty, done: true, code: null, onHand: 8, version: 2 },
      { variantId: unknown, done: false, code: 'not_found', onHand: null, version: null },
    ]);
    expect([await placesOf(few), await placesOf(plenty)]).toEqual([
      { main: 1, onHand: 1 },
      { main: 8, onHand: 8 },
    ]);
  });

  it('are counted under the version of each', async () => {
    const [seen, changed] = [await variant(10), await variant(10)];
    await adjust([{ variantId: changed, delta: 1 }]);
    const items = [seen, changed].map((variantId) => ({ variantId, onHand: 7, version: 1 }));
    const { body } = await staff.post('/v1/stock/counts', { reason: 'Yearly', items });
    expect(body.data).toMatchObject([
      { done: true, onHand: 7, version: 2 },
      { done: false, code: 'version_mismatch', onHand: 11, version: 2 },
    ]);
  });

  it('take the same number of statements for 1 and for 100', async () => {
    const sku = () => randomUUID();
    const sizes = Array.from({ length: 100 }, (_, index) => String(index));
    const { variants } = await makeProduct(app, admin, {
      options: [{ name: 'Size', values: sizes }],
      variants: sizes.map((Size) => ({ sku: sku(), stock: 1, optionValues: { Size } })),
    });
    const spent = async (count: number) => {
      const items = variants.slice(0, count).map(({ id }) => ({ variantId: id, delta: 1 }));
      return (await app.statements(() => adjust(items, 'north'))).length;
    };
    expect(await spent(100)).toBe(await spent(1));
  });
});
