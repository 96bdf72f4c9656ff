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
  token?: string;
  quantity?: number;
  key?: string;
  expectedTotal?: { amount: number; currency: string };
}

/** One call, one order. */
export function buy(
  client: Client,
  { variantId }: Article,
  { token = 'tok_ok', quantity = 1, key = randomUUID(), expectedTotal }: Buying = {},
): Promise<Answer> {
  return client.post(
    '/v1/orders',
    {
      email: 'ada@example.com',
      items: [{ variantId, quantity }],
      shippingAddress: ADDRESS,
      payment: { provider: 'sandbox', token },
      ...(expectedTotal ? { expectedTotal } : {}),
    },
    { 'idempotency-key': key },
  );
}
