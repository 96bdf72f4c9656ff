import { randomUUID } from 'node:crypto';
import type { TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';

export const ADDRESS = {
  name: 'Ada Lovelace',
  line1: '12 Harbour Street',
  city: 'Bremen',
  postalCode: '28195',
  country: 'DE',
};

/** An address that is right for the country, as far as its code and region go. */
export const addressIn = (country: string) => ({ ...ADDRESS, country, ...(ELSEWHERE[country] ?? {}) });

const ELSEWHERE: Record<string, object> = {
  FI: { postalCode: '00100' },
  FR: { postalCode: '75001' },
  AT: { postalCode: '1010' },
  GB: { postalCode: 'SW1A 1AA' },
  CH: { postalCode: '3000' },
  JP: { postalCode: '100-0001', region: 'Tokyo' },
  US: { postalCode: '10001', region: 'NY' },
};

export interface Article {
  productId: string;
  variantId: string;
  sku: string;
}

let count = 0;

/** A product with one variant, on sale, with so much in stock. */
export async function makeArticle(
  app: TestApp,
  {
    stock = 100,
    prices = [{ amount: 1999, currency: 'EUR' }],
  }: { stock?: number; prices?: { amount: number; currency: string }[] } = {},
): Promise<Article> {
  const sku = `ARTICLE-${++count}-${process.pid}`;
  const staff = app.as(await app.staff());
  const { status, body } = await staff.post('/v1/products', {
    name: `Article ${sku}`,
    status: 'active',
    variants: [{ sku, prices, stock }],
  });
  if (status !== 201) throw new Error(`No article: ${JSON.stringify(body)}`);
  return { productId: body.id, variantId: body.variants[0].id, sku };
}

export async function stockOf(
  app: TestApp,
  { variantId }: Article,
): Promise<{ onHand: number; reserved: number; available: number }> {
  const { body } = await app.as(await app.staff()).get(`/v1/variants/${variantId}/stock`);
  return { onHand: body.onHand, reserved: body.reserved, available: body.available };
}

export interface Buying {
  email?: string;
  token?: string;
  quantity?: number;
  key?: string;
  currency?: string;
  country?: string;
  expectedTotal?: { amount: number; currency: string };
}

/** One call, one order. */
export function buy(client: Client, { variantId }: Article, buying: Buying = {}): Promise<Answer> {
  return buyAll(client, [{ variantId, quantity: buying.quantity ?? 1 }], buying);
}

/** One call, one order, of many lines. */
export function buyAll(
  client: Client,
  items: Line[],
  {
    email = 'ada@example.com',
    token = 'tok_ok',
    key = randomUUID(),
    currency,
    country = 'DE',
    expectedTotal,
  }: Omit<Buying, 'quantity'> = {},
): Promise<Answer> {
  return client.post(
    '/v1/orders',
    {
      email,
      items,
      shippingAddress: addressIn(country),
      payment: { provider: 'sandbox', token },
      ...(currency ? { currency } : {}),
      ...(expectedTotal ? { expectedTotal } : {}),
    },
    { 'idempotency-key': key },
  );
}

export interface Line {
  variantId: string;
  quantity: number;
}

/** A cart that only has to be checked out. Gives its path. */
export async function fillCart(
  client: Client,
  items: Line[],
  { currency = 'EUR', country = 'DE' } = {},
): Promise<string> {
  const { status, body } = await client.post('/v1/carts', { currency, items });
  if (status !== 201) throw new Error(`No cart: ${JSON.stringify(body)}`);
  const path = `/v1/carts/${body.id}`;
  await client.patch(path, { email: 'ada@example.com', shippingAddress: addressIn(country) });
  return path;
}

export function checkOut(
  client: Client,
  cart: string,
  { token = 'tok_ok', key = randomUUID(), expectedTotal }: Pick<Buying, 'token' | 'key' | 'expectedTotal'> = {},
): Promise<Answer> {
  return client.post(
    `${cart}/checkout`,
    { payment: { provider: 'sandbox', token }, ...(expectedTotal ? { expectedTotal } : {}) },
    { 'idempotency-key': key },
  );
}

/** What every book says of all that was bought of one article, each by itself. */
export interface Books {
  orders: number;
  placed: number;
  open: number;
  /** `OrderPlaced` events. */
  announced: number;
  /** Stock movements add up to this many reserved. */
  reserved: number;
  payments: number;
  captured: number;
  /** Transactions of the ledger, and what they leave owed to us. */
  postings: number;
  receivable: number;
  /** What debits and credits do not share: never anything. */
  imbalance: number;
  /** At the sandbox, which is what the payer sees. */
  charges: number;
  taken: number;
}

export async function booksOf(app: TestApp, { variantId }: Article): Promise<Books> {
  const [books] = await app.db.query<Books>(
    `WITH mine AS (SELECT * FROM orders.orders WHERE id IN (SELECT order_id FROM orders.order_lines WHERE variant_id = $1)),
          refs AS (SELECT id::text AS reference FROM mine),
          paid AS (SELECT * FROM payments.payments JOIN refs USING (reference)),
          posted AS (SELECT t.id FROM payments.ledger_transactions t JOIN refs USING (reference)),
          charged AS (SELECT * FROM payments.sandbox_charges JOIN refs USING (reference))
     SELECT (SELECT count(*) FROM mine)::int AS orders,
            (SELECT count(*) FROM mine WHERE status = 'placed')::int AS placed,
            (SELECT count(*) FROM mine WHERE status = 'pending')::int AS open,
            (SELECT count(*) FROM platform.events JOIN refs ON payload ->> 'orderId' = reference
             WHERE type = 'orders.order_placed')::int AS announced,
            (SELECT coalesce(sum(delta_reserved), 0) FROM catalog.stock_movements WHERE variant_id = $1)::int AS reserved,
            (SELECT count(*) FROM paid)::int AS payments,
            (SELECT coalesce(sum(captured - refunded), 0) FROM paid)::int AS captured,
            (SELECT count(*) FROM posted)::int AS postings,
            (SELECT coalesce(sum(amount), 0) FROM payments.ledger_entries JOIN posted ON posted.id = transaction_id
             WHERE account LIKE 'receivable:%')::int AS receivable,
            (SELECT coalesce(sum(amount), 0) FROM payments.ledger_entries JOIN posted ON posted.id = transaction_id)::int AS imbalance,
            (SELECT count(*) FROM charged)::int AS charges,
            (SELECT coalesce(sum(captured - refunded), 0) FROM charged)::int AS taken`,
    [variantId],
  );
  if (!books) throw new Error('The books cannot be read.');
  return books;
}

/** The books after one order was placed and paid, and nothing else was ever tried. */
export const onePurchase = (total: number, units: number): Books => ({
  orders: 1,
  placed: 1,
  open: 0,
  announced: 1,
  reserved: units,
  payments: 1,
  captured: total,
  postings: 1,
  receivable: total,
  imbalance: 0,
  charges: 1,
  taken: total,
});
