import { beforeAll, describe, expect, it } from 'vitest';
import { Stock } from '#src/catalog/index.js';
import { crossings } from '#src/catalog/stock/stock-watch.js';
import { type Article, buy, makeArticle } from '../orders/shop.js';
import { galley } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch } from './catalog-support.js';

const app = galley({ GALLEY_POOL_SIZE: '30' });
let staff: Client;
beforeAll(async () => {
  staff = app.as(await app.staff());
});

const pathOf = ({ variantId }: Article) => `/v1/variants/${variantId}/stock`;
const adjust = (article: Article, delta: number) =>
  staff.post(`${pathOf(article)}/adjustments`, { delta, reason: 'Test' });

/** What was told of low stock so far, in order. */
async function told({ variantId }: Article): Promise<[string, number][]> {
  const events = await app.db.query<{ type: string; available: number }>(
    `SELECT type, (payload ->> 'available')::integer AS available FROM platform.events
     WHERE payload ->> 'variantId' = $1 AND type <> 'catalog.stock_changed' ORDER BY id`,
    [variantId],
  );
  return events.map(({ type, available }) => [type, available]);
}

async function watched(stock: number, lowStockAt: number): Promise<Article> {
  const article = await makeArticle(app, { stock });
  const { body } = await staff.get(pathOf(article));
  await staff.patch(pathOf(article), { lowStockAt }, ifMatch(body.version));
  return article;
}

describe('low stock', () => {
  it('is told when the line is crossed, and not with each sale below it', async () => {
    const article = await watched(5, 3);
    for (let sale = 0; sale < 5; sale++) await buy(app.anyone, article);
    expect(await told(article)).toEqual([
      ['catalog.stock_low', 3],
      ['catalog.stock_out', 0],
    ]);
  });

  it('is told again once there was more in between', async () => {
    const article = await watched(5, 3);
    await buy(app.anyone, article, { quantity: 5 });
    await adjust(article, 2);
    await adjust(article, 4);
    await adjust(article, -3);
    expect(await told(article)).toEqual([
      ['catalog.stock_low', 0],
      ['catalog.stock_out', 0],
      ['catalog.stock_back', 2],
      ['catalog.stock_low', 3],
    ]);
  });

  it('comes back with an order that was called off, and with what was counted', async () => {
    const article = await makeArticle(app, { stock: 1 });
    const { body: order } = await buy(app.anyone, article);
    await staff.post(`/v1/orders/${order.id}/cancellation`, {});
    const { version } = (await staff.get(pathOf(article))).body;
    await staff.post(`${pathOf(article)}/counts`, { onHand: 0, reason: 'None' }, ifMatch(version));
    expect((await told(article)).map(([type]) => type)).toEqual([
      'catalog.stock_out',
      'catalog.stock_back',
      'catalog.stock_out',
    ]);
  });

  it('is told once, however many buy the last ones at once, and not of what was refused', async () => {
    const article = await watched(20, 10);
    await Promise.all(Array.from({ length: 30 }, () => buy(app.anyone, article)));
    expect(await told(article)).toEqual([
      ['catalog.stock_low', 10],
      ['catalog.stock_out', 0],
    ]);
  });

  it('is taken away again with the transaction that caused it', async () => {
    const article = await watched(2, 1);
    const lines = [{ variantId: article.variantId, quantity: 2 }];
    const gone = app.db.transaction(async () => {
      await app.service(Stock).reserve('rolled-back', lines);
      throw new Error('Something else went wrong.');
    });
    await expect(gone).rejects.toThrow('Something else');
    expect(await told(article)).toEqual([]);
  });

  it('costs a sale that crosses no line no statement', async () => {
    const article = await watched(50, 3);
    const sales = await app.statements(() => buy(app.anyone, article));
    const plain = await makeArticle(app, { stock: 50 });
    expect(sales).toHaveLength((await app.statements(() => buy(app.anyone, plain))).length);
  });
});

it.each([
  [5, 4, 3, []],
  [4, 3, 3, ['StockLow']],
  [4, 0, 3, ['StockLow', 'StockOut']],
  [3, 2, 3, []],
  [0, -2, 3, []],
  [-2, 0, 3, []],
  [-1, 1, 3, ['StockBack']],
  [0, 9, 0, ['StockBack']],
  [1, 0, 0, ['StockLow', 'StockOut']],
  [9, 1, null, []],
])('from %d to %d with a line at %s tells %j', (before, after, lowStockAt, expected) => {
  const change = { variantId: 'v', productId: 'p', beyond: 0, before, after, lowStockAt };
  expect(crossings(change).map((event) => event.constructor.name)).toEqual(expected);
});
