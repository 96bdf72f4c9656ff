import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ItemPriceResponse } from '#src/orders/checkout/item-price.dto.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ADDRESS, type Article, booksOf, buy, checkOut, fillCart, makeArticle } from './shop.js';

const app = galley({
  GALLEY_SHIPPING_METHODS: JSON.stringify([{ code: 'free', name: 'Free', prices: { EUR: 0, JPY: 0, KWD: 0 } }]),
});
let staff: Client;
beforeAll(async () => {
  staff = app.as(await app.staff());
});

let made = 0;

/** A list with these prices for the article; gives its path. */
async function listFor(article: Article, fields: object, ...prices: object[]): Promise<string> {
  const { body } = await staff.post('/v1/price-lists', { code: `list-${++made}`, name: 'Special offer', ...fields });
  const path = `/v1/price-lists/${body.id}`;
  const given = prices.map((price) => ({ variantId: article.variantId, currency: 'EUR', ...price }));
  const { status } = await staff.put(`${path}/prices`, { prices: given });
  expect(status).toBe(200);
  return path;
}

async function group(person: Person, ...groups: string[]): Promise<void> {
  await app.runDue();
  const path = `/v1/customers/${person.id}`;
  const { body } = await staff.get(path);
  const { status } = await staff.patch(path, { groups }, { 'if-match': `"${body.version}"` });
  expect(status).toBe(200);
}

const cartOf = async (client: Client, { variantId }: Article, fields: object = {}, quantity = 1) =>
  (await client.post('/v1/carts', { items: [{ variantId, quantity }], ...fields })).body;
const unit = (cart: { items: { unitPrice: { amount: number } }[] }) => cart.items[0]?.unitPrice.amount;

describe('a line of a cart', () => {
  it('costs the base price, and says so, where no list applies', async () => {
    const article = await makeArticle(app);
    await listFor(article, { channel: 'app' }, { amount: 1 });
    await listFor(article, { customerGroup: 'trade' }, { amount: 1 });
    await listFor(article, { active: false }, { amount: 1 });
    await listFor(article, { endsAt: '2020-01-01T00:00:00Z' }, { amount: 1 });
    await listFor(article, { startsAt: '2990-01-01T00:00:00Z' }, { amount: 1 });
    const { items } = await cartOf(app.anyone, article, { channel: 'web' });
    expect(items[0]).toMatchObject({ unitPrice: { amount: 1999, currency: 'EUR' } });
    expect(items[0].price).toEqual({
      ...{ source: 'base', listCode: null, minQuantity: 1, explanation: 'Base price.' },
      basePrice: { amount: 1999, currency: 'EUR' },
    });
  });

  it('costs less the more there are of it, and says from how many on', async () => {
    const article = await makeArticle(app);
    await listFor(
      article,
      { name: 'Trade prices' },
      { amount: 1700, minQuantity: 10 },
      { amount: 1500, minQuantity: 50 },
    );
    const cart = await cartOf(app.anyone, article, {}, 9);
    expect(unit(cart)).toBe(1999);
    const { body } = await app.anyone.put(`/v1/carts/${cart.id}/items/${article.variantId}`, { quantity: 10 });
    expect(body.items[0]).toMatchObject({
      unitPrice: { amount: 1700 },
      subtotal: { amount: 17_000 },
      price: {
        source: 'list',
        minQuantity: 10,
        basePrice: { amount: 1999 },
        explanation: 'Trade prices, from 10 pieces.',
      },
    });
    expect(unit(await cartOf(app.anyone, article, {}, 50))).toBe(1500);
  });

  it('has the price of the channel that the cart was started in', async () => {
    const article = await makeArticle(app);
    await listFor(article, { channel: 'app' }, { amount: 1800 });
    const cart = await cartOf(app.anyone, article, { channel: 'app' });
    expect([cart.channel, unit(cart)]).toEqual(['app', 1800]);
    expect((await app.anyone.get(`/v1/carts/${cart.id}`)).body).toMatchObject({
      channel: 'app',
      items: [{ unitPrice: { amount: 1800 } }],
    });
    expect(unit(await cartOf(app.anyone, article, { channel: 'APP' }))).toBe(1999);
  });

  it('has the price of the highest priority, and of equal ones the lower, even above the base price', async () => {
    const article = await makeArticle(app);
    await listFor(article, {}, { amount: 1500 });
    await listFor(article, {}, { amount: 1400 });
    expect(unit(await cartOf(app.anyone, article))).toBe(1400);
    await listFor(article, { priority: 1 }, { amount: 2500 });
    expect(unit(await cartOf(app.anyone, article))).toBe(2500);
  });

  it('is not sold in a currency without a base price, whatever a list says', async () => {
    const article = await makeArticle(app);
    const path = await listFor(article, {}, { amount: 1500 });
    const { version } = (await staff.get(`/v1/variants/${article.variantId}`)).body;
    const prices = [{ amount: 9, currency: 'USD' }];
    await staff.put(`/v1/variants/${article.variantId}/prices`, { prices }, { 'if-match': `"${version}"` });
    const items = [{ variantId: article.variantId, quantity: 1 }];
    expect((await app.anyone.post('/v1/carts', { items })).body.code).toBe('variant_not_sold');
    expect((await staff.get(`${path}/prices`)).body.data).toHaveLength(1);
  });
});

describe('a customer group', () => {
  it('is what staff say, and decides from the next request on', async () => {
    const article = await makeArticle(app);
    await listFor(article, { customerGroup: 'trade' }, { amount: 1200 });
    const person = await app.shopper();
    const shopper = app.as(person);
    const cart = await cartOf(shopper, article);
    expect(unit(cart)).toBe(1999);
    await group(person, 'vip', 'trade');
    expect(unit((await shopper.get(`/v1/carts/${cart.id}`)).body)).toBe(1200);
    expect((await staff.get(`/v1/customers/${person.id}`)).body.groups).toEqual(['trade', 'vip']);
    expect(unit(await cartOf(app.anyone, article))).toBe(1999);
    expect(unit(await cartOf(app.as(await app.shopper()), article))).toBe(1999);
    await group(person);
    expect(unit((await shopper.get(`/v1/carts/${cart.id}`)).body)).toBe(1999);
  });

  it('decides what a shopper is told of a price, as it decides their cart', async () => {
    const article = await makeArticle(app);
    await listFor(article, { customerGroup: 'vip', name: 'VIP' }, { amount: 500 });
    await listFor(article, { customerGroup: 'trade' }, { amount: 400 });
    const person = await app.shopper();
    await group(person, 'vip');
    const path = `/v1/variants/${article.variantId}/price`;
    const { headers, body } = await app.as(person).get(path);
    expect(body).toMatchObject({ source: 'list', price: { amount: 500 }, basePrice: { amount: 1999 } });
    expect(body.candidates).toMatchObject([{ listName: 'VIP', reason: 'applies' }]);
    expect(headers['cache-control']).toBe('no-store');
    expect(unit(await cartOf(app.as(person), article))).toBe(500);
    for (const other of [app.anyone, app.as(await app.shopper()), staff]) {
      expect((await other.get(path)).body).toMatchObject({ source: 'base', price: { amount: 1999 } });
    }
    expect((await app.as(person).get(`${path}?group=trade`)).status).toBe(403);
    expect((await staff.get(`${path}?group=trade`)).body.price.amount).toBe(400);
    await group(person);
    expect((await app.as(person).get(path)).body.source).toBe('base');
  });

  it('is nothing that a shopper, or support, can give', async () => {
    const person = await app.shopper();
    const change = (client: Client) =>
      client.patch(`/v1/customers/${person.id}`, { groups: ['x'] }, { 'if-match': '"1"' });
    await app.runDue();
    expect((await change(app.as(person))).status).toBe(403);
    expect((await change(app.as(await app.staff('support')))).status).toBe(403);
    expect((await change(app.as(await app.staff('staff')))).status).toBe(200);
  });

  it('is lost to nobody when two change it at once, and changing nothing keeps the version', async () => {
    const person = await app.shopper();
    await app.runDue();
    const path = `/v1/customers/${person.id}`;
    const set = (version: number, ...groups: string[]) => staff.patch(path, { groups }, { 'if-match': `"${version}"` });
    const answers = await Promise.all([set(1, 'a'), set(1, 'b')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const { body } = await staff.get(path);
    expect((await set(2, ...body.groups)).body.version).toBe(2);
    expect((await set(1, ...body.groups)).status).toBe(412);
    expect((await staff.patch(`/v1/customers/${randomUUID()}`, { groups: [] }, { 'if-match': '"1"' })).status).toBe(
      404,
    );
    const { body: log } = await staff.get(`/v1/audit-log?objectId=${person.id}&action=customer.grouped`);
    expect(log.data).toMatchObject([{ before: { groups: [] }, after: { groups: body.groups } }]);
  });
});

it('An order from before there were price lists says that its prices are base prices', () => {
  expect(ItemPriceResponse.of({ price: null, unitAmount: 1999 }, 'EUR')).toMatchObject({
    source: 'base',
    basePrice: { amount: 1999, currency: 'EUR' },
  });
});

describe('an order', () => {
  it('keeps the price that was agreed, and why, whatever becomes of the list', async () => {
    const article = await makeArticle(app);
    const path = await listFor(article, { name: 'Spring sale', code: 'spring' }, { amount: 900 });
    const cart = await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 2 }]);
    const { body: order } = await checkOut(app.anyone, cart);
    expect(order.items[0]).toMatchObject({
      unitPrice: { amount: 900, currency: 'EUR' },
      price: { source: 'list', listCode: 'spring', basePrice: { amount: 1999 }, explanation: 'Spring sale.' },
    });
    await staff.delete(path, { 'if-match': '"1"' });
    await app.runDue();
    expect((await staff.get(`/v1/orders/${order.id}`)).body.items).toEqual(order.items);
  });

  it('in one call has the prices of its channel and of whoever calls', async () => {
    const article = await makeArticle(app);
    await listFor(article, { channel: 'till', customerGroup: 'trade' }, { amount: 700 });
    const person = await app.shopper();
    await group(person, 'trade');
    const order = (client: Client, channel?: string) =>
      client.post(
        '/v1/orders',
        {
          email: 'ada@example.com',
          items: [{ variantId: article.variantId, quantity: 1 }],
          shippingAddress: ADDRESS,
          payment: { provider: 'sandbox', token: 'tok_ok' },
          ...(channel ? { channel } : {}),
        },
        { 'idempotency-key': randomUUID() },
      );
    const { body } = await order(app.as(person), 'till');
    expect(body).toMatchObject({ channel: 'till', items: [{ unitPrice: { amount: 700 } }] });
    expect((await order(app.as(person))).body).toMatchObject({
      channel: null,
      items: [{ unitPrice: { amount: 1999 } }],
    });
    expect((await order(app.anyone, 'till')).body).toMatchObject({ items: [{ unitPrice: { amount: 1999 } }] });
  });

  it.each([
    ['JPY', 1, '1 JPY'],
    ['EUR', 1, '0.01 EUR'],
    ['KWD', 1, '0.001 KWD'],
  ])('in %s is refused when it costs one minor unit more than was shown', async (currency, shown, spelt) => {
    const article = await makeArticle(app, { prices: [{ amount: 12_345, currency }] });
    await listFor(article, {}, { amount: shown + 1, currency });
    const refused = await buy(app.anyone, article, { currency, expectedTotal: { amount: shown, currency } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'total_changed', total: { amount: 2, currency } } });
    expect(refused.body.detail).toContain(`not ${spelt}.`);
    const { status, body } = await buy(app.anyone, article, { currency, expectedTotal: { amount: 2, currency } });
    expect([status, body.totals.total]).toEqual([201, { amount: 2, currency }]);
  });
});

describe('a price that changes during a checkout', () => {
  const shown = { amount: 900, currency: 'EUR' };
  const raise = (id: string) => `UPDATE catalog.price_list_prices SET amount = 950 WHERE list_id = '${id}'`;
  const idOf = (path: string) => path.split('/').at(-1)!;

  it('before the cart was priced is refused with both totals, and nothing happens', async () => {
    const article = await makeArticle(app);
    const list = await listFor(article, {}, { amount: 900 });
    const cart = await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 1 }]);
    const sql = `WITH raised AS (${raise(idOf(list))}) SELECT FROM orders.carts WHERE id = '${idOf(cart)}' FOR UPDATE`;
    const refused = await inTheWayOf(app, { sql, waiting: 1 }, () =>
      checkOut(app.anyone, cart, { expectedTotal: shown }),
    );
    const body = { code: 'total_changed', expectedTotal: shown, total: { amount: 950, currency: 'EUR' } };
    expect(refused).toMatchObject({ status: 409, body });
    expect(await booksOf(app, article)).toMatchObject({ orders: 0, reserved: 0, charges: 0 });
    expect((await checkOut(app.anyone, cart, { expectedTotal: body.total })).status).toBe(201);
  });

  it.each(['a cart', 'one call'])('after it was priced leaves what was shown: %s', async (way) => {
    const article = await makeArticle(app);
    const list = await listFor(article, {}, { amount: 900 });
    const cart = await fillCart(app.anyone, [{ variantId: article.variantId, quantity: 1 }]);
    const sql = `WITH raised AS (${raise(idOf(list))})
      SELECT FROM catalog.stock WHERE variant_id = '${article.variantId}' FOR UPDATE`;
    const placed = await inTheWayOf(app, { sql, waiting: 1 }, () =>
      way === 'a cart'
        ? checkOut(app.anyone, cart, { expectedTotal: shown })
        : buy(app.anyone, article, { expectedTotal: shown }),
    );
    expect(placed).toMatchObject({ status: 201, body: { totals: { total: shown }, items: [{ unitPrice: shown }] } });
    expect(await booksOf(app, article)).toMatchObject({ captured: 900, receivable: 900, imbalance: 0, taken: 900 });
  });

  it('again and again never makes anyone pay another total than the one shown', async () => {
    const article = await makeArticle(app);
    const list = await listFor(article, {}, { amount: 900 });
    const buyAt = (amount: number) => buy(app.anyone, article, { expectedTotal: { amount, currency: 'EUR' } });
    const put = (amount: number) =>
      staff.put(`${list}/prices`, { prices: [{ variantId: article.variantId, currency: 'EUR', amount }] });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => [buyAt(900), put(index % 2 ? 900 : 950), buyAt(950)]).flat(),
    );
    const orders = answers.filter(({ body }) => body.changed === undefined);
    expect(orders).toHaveLength(16);
    for (const [index, { status, body }] of orders.entries()) {
      if (status === 201) expect(body.totals.total.amount).toBe(index % 2 ? 950 : 900);
      else expect([status, body.code]).toEqual([409, 'total_changed']);
    }
  });
});
