import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { buyAll, checkOut, fillCart, type Line } from '../orders/shop.js';
import { paid } from '../payments/support.js';
import { galley } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';

// Without the cache of finished answers: what a read costs when it has to be worked out.
const app = galley({ GALLEY_CACHE_MB: '0', GALLEY_PAYMENT_TIMEOUT: '60', GALLEY_LOCALES: 'en,de' });
const ROWS = [1, 20, 100];
let variants: { id: string }[];
let staff: Client;
let shopper: Client;

beforeAll(async () => {
  staff = app.as(await app.staff());
  shopper = app.as(await app.shopper());
  // Which groups a shopper belongs to is asked once, and remembered.
  await shopper.post('/v1/carts', {});
  const sizes = Array.from({ length: 100 }, (_, index) => String(index + 1));
  const prices = [{ amount: 100, currency: 'EUR' }];
  const { body } = await staff.post('/v1/products', {
    name: 'Screw',
    status: 'active',
    options: [{ name: 'Size', values: sizes }],
    variants: sizes.map((size) => ({ sku: `SCREW-${size}`, optionValues: { Size: size }, prices, stock: 10_000 })),
  });
  variants = body.variants;
});

const lines = (count: number): Line[] => variants.slice(0, count).map(({ id }) => ({ variantId: id, quantity: 1 }));
const key = () => ({ 'idempotency-key': randomUUID() });
const items = ({ body }: Answer): number => body.items.length;
const data = ({ body }: Answer): number => body.data.length;

/** Repeats what adds a row, some at a time. */
async function repeat(times: number, add: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < times; done += 10) {
    await Promise.all(Array.from({ length: Math.min(10, times - done) }, add));
  }
}

const order = async (count: number): Promise<string> => `/v1/orders/${(await buyAll(shopper, lines(count))).body.id}`;

// What has been added so far to lists that grow.
let bought = 0;
let moved = 0;
let refunded = 0;
let payment = '';

interface Measured {
  call(): Promise<Answer>;
  /** How many rows the answer is about. */
  rows(answer: Answer): number | Promise<number>;
}

const MEASURED: Record<string, (count: number) => Promise<Measured>> = {
  'a new cart by its lines': async (count) => ({
    call: () => shopper.post('/v1/carts', { items: lines(count) }),
    rows: items,
  }),
  'a cart by its lines': async (count) => {
    const cart = await fillCart(shopper, lines(count));
    return { call: () => shopper.get(cart), rows: items };
  },
  'the change of a line by the lines of its cart': async (count) => {
    const cart = await fillCart(shopper, lines(count));
    return { call: () => shopper.put(`${cart}/items/${variants[0]?.id}`, { quantity: 2 }), rows: items };
  },
  'the ways to ship a cart by its lines': async (count) => {
    const cart = await fillCart(shopper, lines(count));
    return { call: () => shopper.get(`${cart}/shipping-methods`), rows: async () => items(await shopper.get(cart)) };
  },
  'a merge by the lines of both carts': async (count) => {
    const own = app.as(await app.shopper());
    await own.post('/v1/carts', { items: lines(count) });
    const { body: guest } = await app.anyone.post('/v1/carts', { items: lines(count) });
    return { call: () => own.post('/v1/me/cart/merges', { cartId: guest.id }), rows: items };
  },
  'a reservation by the lines of its cart': async (count) => {
    const cart = await fillCart(shopper, lines(count));
    return { call: () => shopper.put(`${cart}/reservation`, {}), rows: items };
  },
  'a checkout of what is reserved by the lines of its cart': async (count) => {
    const cart = await fillCart(shopper, lines(count));
    await shopper.put(`${cart}/reservation`, {});
    return { call: () => checkOut(shopper, cart), rows: items };
  },
  'a checkout by the lines of its cart': async (count) => {
    const cart = await fillCart(shopper, lines(count));
    return { call: () => checkOut(shopper, cart), rows: items };
  },
  'a declined checkout by the lines of its cart': async (count) => {
    const cart = await fillCart(shopper, lines(count));
    return {
      call: () => checkOut(shopper, cart, { token: 'tok_declined' }),
      rows: async ({ status }) => (status === 402 ? items(await shopper.get(cart)) : 0),
    };
  },
  'an order in one call by its lines': async (count) => ({ call: () => buyAll(shopper, lines(count)), rows: items }),
  'an order by its lines': async (count) => {
    const path = await order(count);
    return { call: () => shopper.get(path), rows: items };
  },
  'a cancellation by the lines of its order': async (count) => {
    const path = await order(count);
    return { call: () => shopper.post(`${path}/cancellation`, {}), rows: items };
  },
  'the list of orders by its length': async (count) => {
    await repeat(count - bought, () => buyAll(shopper, lines(1)));
    bought = count;
    return { call: () => staff.get(`/v1/orders?limit=${count}`), rows: data };
  },
  'the movements of stock by their number': async (count) => {
    const path = `/v1/variants/${variants[0]?.id}/stock`;
    await repeat(count - moved, () => staff.post(`${path}/adjustments`, { delta: 1, reason: 'Found one.' }));
    moved = count;
    return { call: () => staff.get(`${path}/movements?limit=${count}`), rows: data };
  },
  'the prices put on a list by their number': async (count) => {
    const { body } = await staff.post('/v1/price-lists', { code: `rows-${count}`, name: 'Rows', channel: 'app' });
    const path = `/v1/price-lists/${body.id}/prices`;
    const prices = variants.slice(0, count).map(({ id }) => ({ variantId: id, amount: 90, currency: 'EUR' }));
    return { call: () => staff.put(path, { prices }), rows: (answer) => answer.body.changed };
  },
  'a payment by its operations': async (count) => {
    payment ||= await paid(app, { amount: 1000 });
    const amount = { amount: 1, currency: 'EUR' };
    await repeat(count - refunded, () => staff.post(`/v1/payments/${payment}/refunds`, { amount }, key()));
    refunded = count;
    return { call: () => staff.get(`/v1/payments/${payment}`), rows: ({ body }) => body.operations.length };
  },
};

it.each(Object.keys(MEASURED))('%s takes as many SQL statements for 1, 20 and 100 rows', async (name) => {
  const spent: Record<number, number> = {};
  for (const count of ROWS) {
    const { call, rows } = await MEASURED[name]!(count);
    let answer: Answer | undefined;
    const statements = await app.statements(async () => {
      answer = await call();
    });
    expect(await rows(answer!), JSON.stringify(answer)).toBe(count);
    spent[count] = statements.length;
  }
  const [one = 0] = Object.values(spent);
  expect(one).toBeGreaterThan(0);
  expect(spent).toEqual({ 1: one, 20: one, 100: one });
});
