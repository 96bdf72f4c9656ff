import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { CsvReader } from '#src/catalog/imports/csv-reader.js';
import { CatalogImport, Holds } from '#src/catalog/index.js';
import { ifMatch } from '../catalog/catalog-support.js';
import { galley } from '../support/app.js';
import type { Client } from '../support/client.js';
import { type Article, buy, checkOut, fillCart, makeArticle, stockOf } from './shop.js';

const app = galley({ GALLEY_POOL_SIZE: '30' });
let staff: Client;
beforeAll(async () => {
  staff = app.as(await app.staff());
});

const cartOf = (article: Article, quantity = 1) => fillCart(app.anyone, [{ variantId: article.variantId, quantity }]);
const reserve = (cart: string, body: object = {}) => app.anyone.put(`${cart}/reservation`, body);
const idOf = (cart: string): string => cart.split('/').at(-1)!;
const put = (cart: string, { variantId }: Article, quantity: number) =>
  app.anyone.put(`${cart}/items/${variantId}`, { quantity });

async function reservedCart(article: Article, quantity = 1): Promise<string> {
  const cart = await cartOf(article, quantity);
  const { status, body } = await reserve(cart);
  if (status !== 200) throw new Error(`Nothing was reserved: ${JSON.stringify(body)}`);
  return cart;
}

/** Lets the time of a reservation be over. */
async function letPass(cart: string): Promise<void> {
  const id = idOf(cart);
  await app.db.query(`UPDATE catalog.stock_holds SET expires_at = now() - interval '1 second' WHERE reference = $1`, [
    id,
  ]);
  await app.db.query(`UPDATE orders.carts SET reserved_until = now() - interval '1 second' WHERE id = $1`, [id]);
}

async function movementsAddUp({ variantId }: Article): Promise<void> {
  const [row] = await app.db.query<{ reserved: number; moved: number | null }>(
    `SELECT reserved, (SELECT sum(delta_reserved) FROM catalog.stock_movements WHERE variant_id = $1)::int AS moved
     FROM catalog.stock WHERE variant_id = $1`,
    [variantId],
  );
  expect(row?.moved ?? 0).toBe(row?.reserved);
}

describe('a reservation', () => {
  it('sets aside what is in the cart, for as long as was asked', async () => {
    const article = await makeArticle(app, { stock: 3 });
    const cart = await cartOf(article, 2);
    const { status, body } = await reserve(cart, { minutes: 30 });
    expect(status).toBe(200);
    const left = Date.parse(body.reservedUntil) - Date.now();
    expect(left).toBeGreaterThan(29 * 60_000);
    expect(left).toBeLessThan(31 * 60_000);
    expect(body.items[0].available).toBe(1);
    const { body: read } = await app.anyone.get(cart);
    expect(read).toMatchObject({ reservedUntil: body.reservedUntil, items: [{ available: 1 }] });
    expect(await stockOf(app, article)).toEqual({ onHand: 3, reserved: 2, available: 1 });
    expect((await buy(app.anyone, article, { quantity: 2 })).body).toMatchObject({
      code: 'out_of_stock',
      lines: [{ available: 1 }],
    });
    expect((await buy(app.anyone, article)).status).toBe(201);
    await movementsAddUp(article);
  });

  it('lasts longer when it is asked for again, and holds nothing twice', async () => {
    const article = await makeArticle(app, { stock: 2 });
    const cart = await cartOf(article, 2);
    const first = await reserve(cart, { minutes: 1 });
    const second = await reserve(cart, { minutes: 60 });
    expect(Date.parse(second.body.reservedUntil) - Date.parse(first.body.reservedUntil)).toBeGreaterThan(50 * 60_000);
    expect((await stockOf(app, article)).reserved).toBe(2);
  });

  it('is all or nothing', async () => {
    const [plenty, few] = [await makeArticle(app, { stock: 9 }), await makeArticle(app, { stock: 1 })];
    const cart = await cartOf(plenty);
    await put(cart, few, 2);
    expect((await reserve(cart)).body).toMatchObject({ code: 'out_of_stock', lines: [{ requested: 2, available: 1 }] });
    expect([await stockOf(app, plenty), await stockOf(app, few)]).toMatchObject([{ reserved: 0 }, { reserved: 0 }]);
    expect((await app.anyone.get(cart)).body.reservedUntil).toBeNull();
  });

  it('is given back, once, and the cart keeps what is in it', async () => {
    const article = await makeArticle(app, { stock: 2 });
    const cart = await reservedCart(article, 2);
    const answers = await Promise.all(Array.from({ length: 5 }, () => app.anyone.delete(`${cart}/reservation`)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
    expect((await stockOf(app, article)).reserved).toBe(0);
    expect((await app.anyone.get(cart)).body).toMatchObject({ reservedUntil: null, items: [{ quantity: 2 }] });
    await movementsAddUp(article);
  });

  it.each([{ minutes: 0 }, { minutes: 61 }, { minutes: 1.5 }, { minutes: null }])('takes no %j', async (body) => {
    expect((await reserve(await cartOf(await makeArticle(app)), body)).status).toBe(422);
  });

  it('needs something in an open cart of one’s own', async () => {
    const article = await makeArticle(app);
    const { body: empty } = await app.anyone.post('/v1/carts', {});
    expect((await reserve(`/v1/carts/${empty.id}`)).body.code).toBe('checkout_incomplete');
    const theirs = await fillCart(app.as(await app.shopper()), [{ variantId: article.variantId, quantity: 1 }]);
    expect((await reserve(theirs)).status).toBe(404);
    expect((await app.anyone.delete(`${theirs}/reservation`)).status).toBe(404);
    const cart = await cartOf(article);
    await checkOut(app.anyone, cart);
    expect((await reserve(cart)).body.code).toBe('cart_not_open');
    expect((await stockOf(app, article)).reserved).toBe(1);
  });

  it('tells staff what was held, but not the cart, which is open to whoever knows its id', async () => {
    const article = await makeArticle(app, { stock: 1 });
    const cart = await reservedCart(article);
    await app.anyone.delete(`${cart}/reservation`);
    const { body } = await staff.get(`/v1/variants/${article.variantId}/stock/movements`);
    expect(body.data).toMatchObject([
      { kind: 'hold_end', deltaReserved: -1, reference: null },
      { kind: 'hold', deltaReserved: 1, reference: null },
      { kind: 'opening' },
    ]);
    expect(JSON.stringify(body)).not.toContain(idOf(cart));
  });

  it('is got by as many as there are goods, however many ask at once', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const carts = await Promise.all(Array.from({ length: 12 }, () => cartOf(article)));
    const answers = await Promise.all(carts.map((cart) => reserve(cart)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ body }) => body.code === 'out_of_stock')).toHaveLength(7);
    expect(await stockOf(app, article)).toEqual({ onHand: 5, reserved: 5, available: 0 });
  });
});

describe('a cart with a reservation', () => {
  it('takes more only when there is more, and gives back what is taken out', async () => {
    const [article, other] = [await makeArticle(app, { stock: 3 }), await makeArticle(app, { stock: 1 })];
    const cart = await reservedCart(article, 1);
    expect((await put(cart, article, 3)).body.items[0].available).toBe(0);
    expect((await put(cart, article, 4)).body).toMatchObject({
      code: 'out_of_stock',
      lines: [{ requested: 4, available: 3 }],
    });
    expect((await put(cart, other, 1)).status).toBe(200);
    expect((await app.anyone.get(cart)).body.items.map(({ quantity }: { quantity: number }) => quantity)).toEqual([
      3, 1,
    ]);
    expect([await stockOf(app, article), await stockOf(app, other)]).toMatchObject([{ reserved: 3 }, { reserved: 1 }]);
    await put(cart, article, 1);
    await app.anyone.delete(`${cart}/items/${other.variantId}`);
    expect([await stockOf(app, article), await stockOf(app, other)]).toMatchObject([{ reserved: 1 }, { reserved: 0 }]);
  });

  it('and its reservation agree, whatever happens to both at once', async () => {
    const article = await makeArticle(app, { stock: 500 });
    const cart = await cartOf(article);
    for (let round = 0; round < 10; round++) {
      await Promise.all([
        reserve(cart),
        put(cart, article, 2 + (round % 5)),
        put(cart, article, 3 + (round % 7)),
        ...(round % 2 ? [app.anyone.delete(`${cart}/reservation`)] : []),
      ]);
      const { body } = await app.anyone.get(cart);
      const expected = body.reservedUntil === null ? 0 : body.items[0].quantity;
      expect((await stockOf(app, article)).reserved).toBe(expected);
    }
    await movementsAddUp(article);
  });

  it('gives it back when it is merged into another', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const shopper = app.as(await app.shopper());
    const own = await fillCart(shopper, [{ variantId: article.variantId, quantity: 1 }]);
    await shopper.put(`${own}/reservation`, {});
    const guest = await reservedCart(article, 2);
    const { body } = await shopper.post('/v1/me/cart/merges', { cartId: idOf(guest) });
    expect(body).toMatchObject({ reservedUntil: null, items: [{ quantity: 3 }] });
    expect((await stockOf(app, article)).reserved).toBe(0);
  });
});

describe('the checkout of what is set aside', () => {
  it('takes it over: nothing is reserved twice, and it goes through when all else is sold', async () => {
    const article = await makeArticle(app, { stock: 2 });
    const cart = await reservedCart(article, 2);
    expect((await buy(app.anyone, article)).status).toBe(409);
    const order = await checkOut(app.anyone, cart);
    expect(order.status).toBe(201);
    expect(await stockOf(app, article)).toEqual({ onHand: 2, reserved: 2, available: 0 });
    await staff.post(`/v1/orders/${order.body.id}/cancellation`, {});
    expect((await stockOf(app, article)).reserved).toBe(0);
    const events = await app.db.query(
      `SELECT type FROM platform.events WHERE payload ->> 'variantId' = $1 ORDER BY created_at, id`,
      [article.variantId],
    );
    expect(events.map(({ type }) => type)).toEqual(['catalog.stock_out', 'catalog.stock_back']);
    await movementsAddUp(article);
  });

  it('leaves no moment at which others can have it', async () => {
    const article = await makeArticle(app, { stock: 4 });
    const carts = await Promise.all(Array.from({ length: 4 }, () => reservedCart(article)));
    const [taken, refused] = await Promise.all([
      Promise.all(carts.map((cart) => checkOut(app.anyone, cart))),
      Promise.all(Array.from({ length: 12 }, () => buy(app.anyone, article))),
    ]);
    expect(taken.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(refused.every(({ body }) => body.code === 'out_of_stock')).toBe(true);
    await movementsAddUp(article);
  });

  it('keeps it when it is refused before anything is paid', async () => {
    const article = await makeArticle(app, { stock: 1 });
    const cart = await reservedCart(article);
    const expectedTotal = { amount: 1, currency: 'EUR' };
    expect((await checkOut(app.anyone, cart, { expectedTotal })).body.code).toBe('total_changed');
    expect((await stockOf(app, article)).reserved).toBe(1);
    expect((await checkOut(app.anyone, cart)).status).toBe(201);
  });

  it('after its time goes through when there is enough all the same', async () => {
    const article = await makeArticle(app, { stock: 1 });
    const cart = await reservedCart(article);
    await letPass(cart);
    expect((await checkOut(app.anyone, cart)).status).toBe(201);
    await app.service(Holds).expire();
    expect(await stockOf(app, article)).toEqual({ onHand: 1, reserved: 1, available: 0 });
    await movementsAddUp(article);
  });

  it('and its expiry do not both count, whichever comes first', async () => {
    for (let round = 0; round < 8; round++) {
      const article = await makeArticle(app, { stock: 1 });
      const cart = await reservedCart(article);
      await letPass(cart);
      const [order, other] = await Promise.all([
        checkOut(app.anyone, cart),
        buy(app.anyone, article),
        app.service(Holds).expire(),
      ]);
      expect([order.status, other.status].sort()).toEqual([201, 409]);
      await app.service(Holds).expire();
      expect(await stockOf(app, article)).toEqual({ onHand: 1, reserved: 1, available: 0 });
      await movementsAddUp(article);
    }
  });
});

describe('after its time', () => {
  it('a reservation is given back by the job, once, and the cart says so', async () => {
    const article = await makeArticle(app, { stock: 2 });
    const cart = await reservedCart(article, 2);
    await letPass(cart);
    expect((await app.anyone.get(cart)).body.reservedUntil).toBeNull();
    await Promise.all([app.service(Holds).expire(), app.service(Holds).expire()]);
    expect((await stockOf(app, article)).reserved).toBe(0);
    await movementsAddUp(article);
  });

  it('the next buyer has the goods, also when no job has run', async () => {
    const article = await makeArticle(app, { stock: 1 });
    await letPass(await reservedCart(article));
    expect((await buy(app.anyone, article)).status).toBe(201);
    const again = await makeArticle(app, { stock: 1 });
    await letPass(await reservedCart(again));
    expect((await reserve(await cartOf(again))).status).toBe(200);
    await movementsAddUp(article);
    await movementsAddUp(again);
  });

  it('what was set aside is in nobody’s way who takes stock, also when no job has run', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const stock = `/v1/variants/${article.variantId}/stock`;
    await letPass(await reservedCart(article, 5));
    const lost = await staff.post(`${stock}/adjustments`, { delta: -3, reason: 'broken' });
    expect(lost).toMatchObject({ status: 200, body: { onHand: 2, reserved: 0, available: 2 } });
    expect((await staff.get(stock)).body).toEqual(lost.body);
    await letPass(await reservedCart(article, 2));
    const counted = { onHand: 1, reason: 'counted' };
    expect(await staff.post(`${stock}/counts`, counted, ifMatch(lost.body.version))).toMatchObject({
      status: 200,
      body: { onHand: 1, reserved: 0, version: lost.body.version + 1 },
    });
    await movementsAddUp(article);
  });

  it('it is in the way of none of many that are booked at once; what was sold is', async () => {
    const [article, sold, plenty] = [
      await makeArticle(app, { stock: 5 }),
      await makeArticle(app, { stock: 5 }),
      await makeArticle(app, { stock: 5 }),
    ];
    await letPass(await reservedCart(article, 5));
    await buy(app.anyone, sold, { quantity: 3 });
    await letPass(await reservedCart(sold, 2));
    await letPass(await reservedCart(plenty, 1));
    const items = [plenty, sold, article].map(({ variantId }) => ({ variantId, delta: -3 }));
    const { body } = await staff.post('/v1/stock/adjustments', { reason: 'broken', items });
    expect(body.data).toMatchObject([
      { done: true, onHand: 2 },
      { code: 'stock_below_reserved', detail: expect.stringContaining('3 are reserved'), onHand: 5 },
      { done: true, onHand: 2 },
    ]);
    expect(await Promise.all([plenty, sold, article].map((one) => stockOf(app, one)))).toMatchObject([
      { onHand: 2, reserved: 1 },
      { onHand: 5, reserved: 3 },
      { onHand: 2, reserved: 0 },
    ]);
    for (const one of [plenty, sold, article]) await movementsAddUp(one);
  });

  it('it is in the way of no transfer', async () => {
    const article = await makeArticle(app, { stock: 5 });
    await staff.post('/v1/stock/locations', { code: 'cellar', name: 'Cellar' });
    await letPass(await reservedCart(article, 5));
    const items = [{ variantId: article.variantId, quantity: 3 }];
    const sent = await staff.post('/v1/stock/transfers', { from: 'main', to: 'cellar', items });
    expect(sent).toMatchObject({ status: 201, body: { items: [{ quantity: 3 }] } });
    expect(await stockOf(app, article)).toEqual({ onHand: 2, reserved: 0, available: 2 });
  });

  it('it is in the way of no import', async () => {
    const importStock = (sku: string, count: number) =>
      app
        .service(CatalogImport)
        .run(
          new CsvReader(
            Readable.from([
              `slug,sku,name,price,currency,status,inventory_count\n${sku.toLowerCase()},${sku},Cup,1,EUR,active,${count}\n`,
            ]),
          ),
        );
    const sku = `CUP-${process.pid}`;
    await importStock(sku, 5);
    const [row] = await app.db.query<{ id: string }>('SELECT id FROM catalog.variants WHERE sku = $1', [sku]);
    const article = { productId: '', variantId: row!.id, sku };
    const cart = await reservedCart(article, 5);
    expect((await importStock(sku, 2)).refused).toMatchObject([
      { column: 'inventory_count', reason: expect.stringContaining('less than what orders and carts have reserved') },
    ]);
    await letPass(cart);
    expect(await importStock(sku, 2)).toMatchObject({ refused: [], stock: 1 });
    expect(await stockOf(app, article)).toEqual({ onHand: 2, reserved: 0, available: 2 });
    await movementsAddUp(article);
  });

  it('it is no reason to go on selling beyond what is on hand', async () => {
    const article = await makeArticle(app, { stock: 0 });
    const stock = `/v1/variants/${article.variantId}/stock`;
    const change = async (changes: object) =>
      staff.patch(stock, changes, ifMatch((await staff.get(stock)).body.version));
    await change({ backorderLimit: 4 });
    await letPass(await reservedCart(article, 4));
    expect(await change({ backorderLimit: 2 })).toMatchObject({ status: 200, body: { reserved: 0, orderable: 2 } });
    await letPass(await reservedCart(article, 2));
    const product = `/v1/variants/${article.variantId}`;
    const { body } = await staff.get(`/v1/products/${article.productId}`);
    const ended = await staff.patch(product, { backorderable: false }, ifMatch(body.version));
    expect(ended).toMatchObject({ status: 200 });
    expect((await staff.get(stock)).body).toMatchObject({ backorderable: false, reserved: 0, orderable: 0 });
    await movementsAddUp(article);
  });

  it('what is not over yet stays', async () => {
    const article = await makeArticle(app, { stock: 1 });
    await reservedCart(article);
    await app.service(Holds).expire();
    expect((await stockOf(app, article)).reserved).toBe(1);
  });
});
