import { expect, it } from 'vitest';
import { galley } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ADDRESS, booksOf, checkOut, fillCart, makeArticle, onePurchase, stockOf } from './shop.js';

const app = galley();

it('holds the same variant on one line, however often it is put in', async () => {
  const { variantId } = await makeArticle(app);
  const { body } = await app.anyone.post('/v1/carts', {
    items: [
      { variantId, quantity: 2 },
      { variantId: variantId.toUpperCase(), quantity: 3 },
    ],
  });
  expect(body.items).toMatchObject([{ variantId, quantity: 5, subtotal: { amount: 5 * 1999, currency: 'EUR' } }]);
});

it('cannot oversell by naming the same variant twice, and sells what there is', async () => {
  const article = await makeArticle(app, { stock: 3 });
  const { variantId } = article;
  const cart = await fillCart(app.anyone, [
    { variantId, quantity: 2 },
    { variantId: variantId.toUpperCase(), quantity: 2 },
  ]);
  const refused = await checkOut(app.anyone, cart);
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'out_of_stock', lines: [{ variantId, requested: 4, available: 3 }] },
  });
  expect(await booksOf(app, article)).toMatchObject({ orders: 0, reserved: 0, charges: 0 });
  // Put in again by either spelling of its id, it is the same line, which then holds what was said last.
  await app.anyone.put(`${cart}/items/${variantId}`, { quantity: 2 });
  const { body } = await app.anyone.put(`${cart}/items/${variantId.toUpperCase()}`, { quantity: 3 });
  expect(body.items).toMatchObject([{ variantId, quantity: 3 }]);
  expect(await checkOut(app.anyone, cart)).toMatchObject({ status: 201, body: { items: [{ quantity: 3 }] } });
  expect(await stockOf(app, article)).toEqual({ onHand: 3, reserved: 3, available: 0 });
  expect(await booksOf(app, article)).toEqual(onePurchase(3 * 1999, 3));
});

it('sells no more than there is to carts that hold a variant twice and are checked out at once', async () => {
  const article = await makeArticle(app, { stock: 5 });
  const { variantId } = article;
  const twice = [
    { variantId, quantity: 1 },
    { variantId, quantity: 1 },
  ];
  const carts = await Promise.all(Array.from({ length: 8 }, () => fillCart(app.anyone, twice)));
  const answers = await Promise.all(carts.map((cart) => checkOut(app.anyone, cart)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
  expect(answers.filter(({ body }) => body.code === 'out_of_stock')).toHaveLength(6);
  expect(await stockOf(app, article)).toEqual({ onHand: 5, reserved: 4, available: 1 });
  expect(await booksOf(app, article)).toMatchObject({ orders: 2, placed: 2, announced: 2, charges: 2, reserved: 4 });
});

it('sets, changes and removes a line', async () => {
  const { variantId } = await makeArticle(app);
  const { body: cart } = await app.anyone.post('/v1/carts', {});
  const line = `/v1/carts/${cart.id}/items/${variantId}`;
  expect((await app.anyone.put(line, { quantity: 4 })).body.items[0].quantity).toBe(4);
  expect((await app.anyone.put(line, { quantity: 1 })).body.items[0].quantity).toBe(1);
  expect((await app.anyone.put(line, { quantity: 0 })).body.items).toEqual([]);
  await app.anyone.put(line, { quantity: 2 });
  expect((await app.anyone.delete(line)).status).toBe(204);
  expect((await app.anyone.get(`/v1/carts/${cart.id}`)).body.items).toEqual([]);
});

it('keeps each of many lines that are set at the same time', async () => {
  const articles = await Promise.all(Array.from({ length: 8 }, () => makeArticle(app)));
  const { body: cart } = await app.anyone.post('/v1/carts', {});
  await Promise.all(
    articles.map(({ variantId }) => app.anyone.put(`/v1/carts/${cart.id}/items/${variantId}`, { quantity: 1 })),
  );
  expect((await app.anyone.get(`/v1/carts/${cart.id}`)).body.items).toHaveLength(8);
});

it.each([
  [0, 201],
  [999, 200],
])('takes a quantity of %d to set', async (quantity) => {
  const { variantId } = await makeArticle(app, { stock: 1000 });
  const { body: cart } = await app.anyone.post('/v1/carts', {});
  expect((await app.anyone.put(`/v1/carts/${cart.id}/items/${variantId}`, { quantity })).status).toBe(200);
});

it.each([-1, 1000, 1.5, 1e300, '2', null, [1]])('refuses %j as a quantity', async (quantity) => {
  const { variantId } = await makeArticle(app);
  const { body: cart } = await app.anyone.post('/v1/carts', {});
  const answer = await app.anyone.put(`/v1/carts/${cart.id}/items/${variantId}`, { quantity });
  expect(answer.status).toBe(422);
  expect(answer.body.errors[0].pointer).toBe('/quantity');
});

it('refuses what is not sold, and what has no price in the currency of the cart', async () => {
  const { variantId } = await makeArticle(app);
  const stranger = '01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10';
  const unknown = await app.anyone.post('/v1/carts', { items: [{ variantId: stranger, quantity: 1 }] });
  expect(unknown.body).toMatchObject({ code: 'variant_not_sold', variantIds: [stranger] });
  const yen = await app.anyone.post('/v1/carts', { currency: 'JPY', items: [{ variantId, quantity: 1 }] });
  expect(yen.body.code).toBe('variant_not_sold');
});

it('refuses ten thousand lines with a word, and quickly', async () => {
  const { variantId } = await makeArticle(app);
  const items = Array.from({ length: 10_000 }, () => ({ variantId, quantity: 1 }));
  const answer = await app.anyone.post('/v1/carts', { items });
  expect(answer.status).toBe(422);
  expect(answer.body.errors[0]).toMatchObject({ pointer: '/items', code: 'array_max_size' });
});

/** A cart with so many lines of what is not sold any more. */
async function cartOf(lines: number): Promise<string> {
  const { body } = await app.anyone.post('/v1/carts', {});
  await app.db.query(
    'INSERT INTO orders.cart_items (cart_id, variant_id, quantity) SELECT $1, gen_random_uuid(), 1 FROM generate_series(1, $2)',
    [body.id, lines],
  );
  return body.id;
}

async function linesOf(cart: string): Promise<number | undefined> {
  const [row] = await app.db.query<{ count: number }>('SELECT count(*) FROM orders.cart_items WHERE cart_id = $1', [
    cart,
  ]);
  return row?.count;
}

it('holds 200 different variants, also when several are put in at once', async () => {
  const articles = await Promise.all(Array.from({ length: 4 }, () => makeArticle(app)));
  const cart = await cartOf(199);
  const answers = await inTheWayOf(
    app,
    { sql: 'SELECT FROM orders.carts WHERE id = $1 FOR UPDATE', params: [cart], waiting: 4 },
    () =>
      Promise.all(
        articles.map(({ variantId }) => app.anyone.put(`/v1/carts/${cart}/items/${variantId}`, { quantity: 1 })),
      ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422, 422]);
  expect(answers.filter(({ body }) => body.code === 'too_many_lines')).toHaveLength(3);
  expect(await linesOf(cart)).toBe(200);
});

it('changes and removes the lines of a cart that has too many', async () => {
  const [article, other] = [await makeArticle(app), await makeArticle(app)];
  const cart = await cartOf(202);
  await app.db.query('INSERT INTO orders.cart_items (cart_id, variant_id, quantity) VALUES ($1, $2, 5)', [
    cart,
    article.variantId,
  ]);
  const put = async ({ variantId }: { variantId: string }, quantity: number) =>
    (await app.anyone.put(`/v1/carts/${cart}/items/${variantId}`, { quantity })).status;
  expect([await put(article, 1), await put(article, 7), await put(other, 1), await put(article, 0)]).toEqual([
    200, 200, 422, 200,
  ]);
  expect(await linesOf(cart)).toBe(202);
});

it('shows the ways to ship, cheapest first, and free from a sum on', async () => {
  const { variantId } = await makeArticle(app);
  const { body: cart } = await app.anyone.post('/v1/carts', { items: [{ variantId, quantity: 1 }] });
  const few = await app.anyone.get(`/v1/carts/${cart.id}/shipping-methods`);
  expect(few.body.data).toEqual([
    { code: 'standard', name: 'Standard', price: { amount: 490, currency: 'EUR' } },
    { code: 'express', name: 'Express', price: { amount: 1290, currency: 'EUR' } },
  ]);
  await app.anyone.put(`/v1/carts/${cart.id}/items/${variantId}`, { quantity: 5 });
  const many = await app.anyone.get(`/v1/carts/${cart.id}/shipping-methods`);
  expect(many.body.data[0].price.amount).toBe(0);
});

it('refuses a shipping method that does not exist, with those that do', async () => {
  const { variantId } = await makeArticle(app);
  const { body: cart } = await app.anyone.post('/v1/carts', { items: [{ variantId, quantity: 1 }] });
  const answer = await app.anyone.patch(`/v1/carts/${cart.id}`, { shippingMethod: 'rocket' });
  expect(answer.body).toMatchObject({ code: 'shipping_method_unavailable', available: ['standard', 'express'] });
});

it('says what is missing for a checkout', async () => {
  const { body: cart } = await app.anyone.post('/v1/carts', {});
  const answer = await app.anyone.post(
    `/v1/carts/${cart.id}/checkout`,
    { payment: { provider: 'sandbox', token: 'tok_ok' } },
    { 'idempotency-key': 'incomplete' },
  );
  expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
    '/items',
    '/email',
    '/shippingAddress',
  ]);
});

it('hides a shopper’s cart from everyone else', async () => {
  const [ada, eve] = [await app.shopper(), await app.shopper()];
  const { body: cart } = await app.as(ada).post('/v1/carts', {});
  for (const stranger of [app.as(eve), app.anyone]) {
    expect((await stranger.get(`/v1/carts/${cart.id}`)).status).toBe(404);
    expect((await stranger.patch(`/v1/carts/${cart.id}`, { email: 'eve@example.com' })).status).toBe(404);
  }
  expect((await app.as(ada).get(`/v1/carts/${cart.id}`)).status).toBe(200);
});

it('takes a guest cart along after signing in, once', async () => {
  const [first, second] = [await makeArticle(app), await makeArticle(app)];
  const shopper = app.as(await app.shopper());
  const { body: guest } = await app.anyone.post('/v1/carts', { items: [{ variantId: first.variantId, quantity: 2 }] });
  const taken = await shopper.post('/v1/me/cart/merges', { cartId: guest.id });
  expect(taken.body.id).toBe(guest.id);
  const { body: other } = await app.anyone.post('/v1/carts', {
    items: [
      { variantId: first.variantId, quantity: 1 },
      { variantId: second.variantId, quantity: 1 },
    ],
  });
  const merges = await Promise.all(
    Array.from({ length: 5 }, () => shopper.post('/v1/me/cart/merges', { cartId: other.id })),
  );
  expect(merges.every(({ status }) => status === 200)).toBe(true);
  const { body: own } = await shopper.get('/v1/me/cart');
  expect(own.items.map(({ quantity }: { quantity: number }) => quantity)).toEqual([3, 1]);
  expect((await app.anyone.get(`/v1/carts/${other.id}`)).body.status).toBe('merged');
});

it('refuses an address without a country that exists', async () => {
  const { body: cart } = await app.anyone.post('/v1/carts', {});
  const answer = await app.anyone.patch(`/v1/carts/${cart.id}`, { shippingAddress: { ...ADDRESS, country: 'XX' } });
  expect(answer.body.errors[0].pointer).toBe('/shippingAddress/country');
});
