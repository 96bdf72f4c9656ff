import { beforeAll, describe, expect, it } from 'vitest';
import { type Article, buy, makeArticle } from '../orders/shop.js';
import { galley } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch } from './catalog-support.js';

const app = galley();
let staff: Client;
beforeAll(async () => {
  staff = app.as(await app.staff());
});

const pathOf = ({ variantId }: Article) => `/v1/variants/${variantId}/stock`;
const stockOf = async (article: Article) => (await staff.get(pathOf(article))).body;
const change = async (article: Article, changes: object) =>
  staff.patch(pathOf(article), changes, ifMatch((await stockOf(article)).version));
const PREORDER = { limit: 2, availableFrom: '2030-03-01T00:00:00.000Z' };

describe('a limit on back-orders', () => {
  it('lets so many be sold beyond what is on hand, and no more', async () => {
    const article = await makeArticle(app, { stock: 1 });
    const { body } = await change(article, { backorderLimit: 2 });
    expect(body).toMatchObject({ backorderable: true, backorderLimit: 2, available: 1, orderable: 3, preorder: null });
    expect((await buy(app.anyone, article, { quantity: 4 })).body).toMatchObject({
      code: 'out_of_stock',
      lines: [{ requested: 4, available: 3 }],
    });
    expect((await buy(app.anyone, article, { quantity: 2 })).status).toBe(201);
    expect((await buy(app.anyone, article, { quantity: 2 })).status).toBe(409);
    expect((await buy(app.anyone, article)).status).toBe(201);
    expect(await stockOf(article)).toMatchObject({ onHand: 1, reserved: 3, available: 0, orderable: 0 });
  });

  it('is kept however many buy at once, by the database too', async () => {
    const article = await makeArticle(app, { stock: 3 });
    await change(article, { backorderLimit: 4 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => buy(app.anyone, article)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
    expect(answers.filter(({ body }) => body.code === 'out_of_stock')).toHaveLength(13);
    await expect(
      app.db.query('UPDATE catalog.stock SET reserved = 8 WHERE variant_id = $1', [article.variantId]),
    ).rejects.toThrow('ck_stock_not_oversold');
  });

  it('ends with the back-orders, and cannot be lowered below what is promised', async () => {
    const article = await makeArticle(app, { stock: 1 });
    await change(article, { backorderLimit: 5 });
    await buy(app.anyone, article, { quantity: 4 });
    expect((await change(article, { backorderLimit: 2 })).body.code).toBe('stock_below_reserved');
    expect((await change(article, { backorderable: false })).body.code).toBe('stock_below_reserved');
    expect((await change(article, { backorderLimit: 3 })).body.orderable).toBe(0);
    expect((await change(article, { backorderLimit: null })).body).toMatchObject({
      backorderable: true,
      orderable: null,
    });
    await staff.post(`${pathOf(article)}/adjustments`, { delta: 3, reason: 'Delivery' });
    expect((await change(article, { backorderable: false })).body).toMatchObject({
      backorderable: false,
      orderable: 0,
    });
  });

  it('is what shoppers see of it: in stock while it can be ordered', async () => {
    const article = await makeArticle(app, { stock: 0 });
    const inStock = async () => (await app.anyone.get(`/v1/products?q=${article.sku}`)).body.data[0].inStock;
    expect(await inStock()).toBe(false);
    await change(article, { backorderLimit: 1 });
    expect(await inStock()).toBe(true);
    await buy(app.anyone, article);
    expect(await inStock()).toBe(false);
  });
});

describe('a pre-order', () => {
  it('is sold before it arrives, up to its limit', async () => {
    const article = await makeArticle(app, { stock: 0 });
    const { body } = await change(article, { preorder: PREORDER });
    expect(body).toMatchObject({ preorder: PREORDER, backorderLimit: null, backorderable: true, orderable: 2 });
    expect((await buy(app.anyone, article, { quantity: 3 })).status).toBe(409);
    expect((await buy(app.anyone, article, { quantity: 2 })).status).toBe(201);
    expect((await change(article, { preorder: null })).body.code).toBe('stock_below_reserved');
    await staff.post(`${pathOf(article)}/adjustments`, { delta: 2, reason: 'They are here' });
    expect((await change(article, { preorder: null })).body).toMatchObject({
      preorder: null,
      backorderable: false,
      orderable: 0,
    });
  });

  it('is no back-order: one ends the other, and both at once are refused', async () => {
    const article = await makeArticle(app, { stock: 0 });
    const both = await change(article, { preorder: PREORDER, backorderLimit: 3 });
    expect(both).toMatchObject({ status: 422, body: { errors: [{ pointer: '/preorder', code: 'either' }] } });
    await change(article, { backorderLimit: 3 });
    expect((await change(article, { preorder: PREORDER })).body).toMatchObject({ backorderLimit: null, orderable: 2 });
    expect((await change(article, { backorderLimit: 3 })).body).toMatchObject({ preorder: null, orderable: 3 });
    expect((await change(article, { preorder: { limit: 0, availableFrom: 'soon' } })).status).toBe(422);
  });
});

describe('a pre-order and `backorderable: false`', () => {
  it('are refused together, and change nothing', async () => {
    const article = await makeArticle(app, { stock: 0 });
    const both = await change(article, { preorder: PREORDER, backorderable: false });
    expect(both).toMatchObject({ status: 422, body: { errors: [{ pointer: '/preorder', code: 'either' }] } });
    expect((await change(article, { preorder: null, backorderable: false })).status).toBe(200);
    expect((await change(article, { backorderable: true })).body).toMatchObject({ preorder: null, orderable: null });
  });

  it('end one another: what was agreed does not come back later', async () => {
    const article = await makeArticle(app, { stock: 0 });
    await change(article, { preorder: PREORDER });
    expect((await change(article, { backorderable: true })).body).toMatchObject({ preorder: PREORDER, orderable: 2 });
    expect((await change(article, { backorderable: false })).body).toMatchObject({ preorder: null, orderable: 0 });
    expect((await change(article, { backorderable: true })).body).toMatchObject({
      ...{ preorder: null, backorderable: true, backorderLimit: null, orderable: null },
    });
  });

  it('leave no pre-order where one was switched off before it was cleared', async () => {
    const article = await makeArticle(app, { stock: 0 });
    await change(article, { preorder: PREORDER });
    await app.db.query('UPDATE catalog.stock SET backorderable = false WHERE variant_id = $1', [article.variantId]);
    expect((await change(article, { backorderable: true })).body).toMatchObject({ preorder: null, orderable: null });
  });
});

describe('the version of a stock', () => {
  it('guards how it is sold, and does not move with sales', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const read = await staff.get(pathOf(article));
    await buy(app.anyone, article);
    const after = await staff.get(pathOf(article), { 'if-none-match': String(read.headers['etag']) });
    expect([after.status, after.headers['etag'], after.body.available]).toEqual([200, read.headers['etag'], 4]);
    const changes = { lowStockAt: 3 };
    expect((await staff.patch(pathOf(article), changes)).status).toBe(428);
    const { version } = after.body;
    expect((await staff.patch(pathOf(article), changes, ifMatch(version))).body).toMatchObject({
      lowStockAt: 3,
      version: version + 1,
    });
    expect((await staff.patch(pathOf(article), changes, ifMatch(version))).status).toBe(412);
    expect((await staff.patch(pathOf(article), changes, ifMatch(version + 1))).body.version).toBe(version + 1);
  });
});
