import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ADDRESS, type Article, buy, makeArticle } from '../orders/shop.js';
import { galley } from '../support/app.js';
import type { Client } from '../support/client.js';

const app = galley({ GALLEY_LOCALES: 'en,de' });
let staff: Client;
let article: Article;
beforeAll(async () => {
  staff = app.as(await app.staff());
  article = await makeArticle(app);
});

type FieldErrors = { pointer: string; code: string; message: string }[];
const advice = ({ body }: { body: { errors?: FieldErrors } }) =>
  Object.fromEntries((body.errors ?? []).map(({ pointer, code, message }) => [pointer, `${code}: ${message}`]));

describe('a refused body', () => {
  it('is told what is missing, all of it at once', async () => {
    expect(advice(await app.anyone.post('/v1/auth/login', {}))).toEqual({
      '/email': 'required: is required.',
      '/password': 'required: is required.',
    });
    expect(Object.keys(advice(await app.anyone.post('/v1/orders', {}, { 'idempotency-key': randomUUID() })))).toEqual(
      expect.arrayContaining(['/email', '/items', '/payment', '/shippingAddress']),
    );
  });

  it.each([
    [{ items: [{ variantId: 'x', quantity: 1 }] }, '/items/0/variantId', 'is_uuid'],
    [{ items: [{ variantId: randomUUID(), quantity: '1' }] }, '/items/0/quantity', 'is_int'],
    [{ items: [{ variantId: randomUUID(), quantity: 1000 }] }, '/items/0/quantity', 'max'],
    [{ items: [{ variantId: randomUUID() }] }, '/items/0/quantity', 'required'],
    [{ items: [[]] }, '/items/0', 'is_object'],
    [{ items: {} }, '/items', 'is_array'],
    [{ items: 5 }, '/items', 'is_array'],
  ])('is told what is wrong with %j, by the kind of thing before its size', async (body, pointer, code) => {
    const answer = await app.anyone.post('/v1/carts', body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ pointer, code, message: expect.any(String) }]);
  });

  it('is told when it is text or a number in place of an object', async () => {
    const refused = await app.anyone.post(
      '/v1/orders',
      { email: 'a@example.com', items: [], shippingAddress: 'x', payment: 5 },
      { 'idempotency-key': randomUUID() },
    );
    expect(advice(refused)).toMatchObject({
      '/shippingAddress': 'is_object: must be an object.',
      '/payment': 'is_object: must be an object.',
    });
  });

  it('loses no attribute without a word, whatever it is called', async () => {
    const attributes = { valueOf: 'gold', material: 'copper' };
    const refused = await staff.post('/v1/products', { name: 'Lost', attributes, variants: [{ sku: 'LOST-1' }] });
    expect(advice(refused)).toEqual({ '/attributes': 'is_text: must not use the name "valueOf".' });
  });

  it('may be left out where nothing in it is required, but not lost on the way', async () => {
    const { body: order } = await buy(app.anyone, article);
    const call = (headers: Record<string, string>) =>
      fetch(`${app.url}/v1/orders/${order.id}/cancellation`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin}`, ...headers },
      });
    const { accessToken: admin } = await app.staff();
    expect((await call({ 'content-type': 'application/json' })).status).toBe(400);
    expect((await call({})).status).toBe(200);
  });

  it('is told that it has to be plain UTF-8', async () => {
    const send = (headers: Record<string, string>) =>
      fetch(`${app.url}/v1/carts`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', ...headers },
      });
    expect((await send({ 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await send({ 'content-type': 'application/json; charset=utf-16' })).status).toBe(415);
    expect((await send({ 'content-type': 'application/json; charset=UTF-8' })).status).toBe(201);
  });
});

describe('a country', () => {
  it('is written in capitals, so that nobody goes untaxed', async () => {
    const shippingAddress = { ...ADDRESS, country: 'de' };
    const { body: cart } = await app.anyone.post('/v1/carts', {});
    const refused = await app.anyone.patch(`/v1/carts/${cart.id}`, { shippingAddress });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/shippingAddress/country' }] } });
  });
});

describe('a product', () => {
  it('has no slug that looks like the id of another', async () => {
    const refused = await staff.post('/v1/products', {
      name: 'Beta',
      slug: article.productId,
      variants: [{ sku: 'BETA' }],
    });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/slug', code: 'matches' }] } });
  });

  it('has no option twice', async () => {
    const options = ['Red', 'Blue'].map((value) => ({ name: 'Color', values: [value] }));
    const variants = [{ sku: 'TWICE', optionValues: { Color: 'Red' } }];
    const refused = await staff.post('/v1/products', { name: 'Twice', options, variants });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/options', code: 'array_unique' }] } });
  });

  it('can be sold beyond what is on hand once staff say so, and no more when they take it back', async () => {
    const scarce = await makeArticle(app, { stock: 1 });
    const path = `/v1/variants/${scarce.variantId}`;
    const allow = async (backorderable: boolean) => {
      const { headers } = await staff.get(path);
      return staff.patch(path, { backorderable }, { 'if-match': String(headers['etag']) });
    };
    expect((await buy(app.anyone, scarce, { quantity: 3 })).status).toBe(409);
    expect(await allow(true)).toMatchObject({ status: 200, body: { backorderable: true } });
    expect((await buy(app.anyone, scarce, { quantity: 3 })).status).toBe(201);
    expect(await allow(false)).toMatchObject({ status: 409, body: { code: 'stock_below_reserved' } });
  });

  it('cannot have more on hand than can be counted', async () => {
    const path = `/v1/variants/${article.variantId}/stock/adjustments`;
    const change = { delta: 1_000_000_000, reason: 'A very large delivery' };
    expect([(await staff.post(path, change)).status, (await staff.post(path, change)).status]).toEqual([200, 200]);
    expect(await staff.post(path, change)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/delta' }] } });
  });
});

describe('support staff', () => {
  it('are told which permission they lack to cancel an order that they can see', async () => {
    const { body: order } = await buy(app.anyone, article);
    const support = app.as(await app.staff('support'));
    const refused = await support.post(`/v1/orders/${order.id}/cancellation`, {});
    expect(refused).toMatchObject({ status: 403, body: { permission: 'orders:cancel' } });
  });
});

describe('a read of what has not changed', () => {
  it('is answered 304, by staff as well', async () => {
    const made = await staff.post('/v1/categories', { name: 'Kettles' });
    const path = `/v1/categories/${made.body.id}`;
    const { headers } = await staff.get(path);
    const again = await staff.get(path, { 'if-none-match': String(headers['etag']) });
    expect([again.status, again.headers['etag']]).toEqual([304, headers['etag']]);
    expect((await staff.get(path, { 'if-none-match': '"999"' })).status).toBe(200);
  });

  it('is answered whole where more changes than its version tells, such as what is in stock', async () => {
    const path = `/v1/products/${article.productId}`;
    const { headers } = await staff.get(path);
    const again = await staff.get(path, { 'if-none-match': String(headers['etag']) });
    expect([again.status, again.headers['etag']]).toEqual([200, headers['etag']]);
  });
});

describe('a key', () => {
  it('stands for another request when If-Match is another', async () => {
    const headers = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const path = `/v1/products/${article.productId}`;
    expect((await staff.patch(path, { description: 'Fine.' }, headers)).status).toBe(200);
    const other = await staff.patch(path, { description: 'Fine.' }, { ...headers, 'if-match': '"2"' });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });
});
