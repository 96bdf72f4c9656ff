import { randomUUID } from 'node:crypto';
import type { Context, Load, Step } from './load.ts';
import { firstPages } from './reads.ts';
import type { Server, Shop } from './shop.ts';

export interface Workload extends Load {
  name: string;
  /** What the numbers are compared with. */
  against: 'bare' | 'bytes' | 'nothing';
  /** With the cache of finished answers turned off. */
  uncached?: boolean;
}

const ADDRESS = { name: 'Ada', line1: '12 Harbour Street', city: 'Bremen', postalCode: '28195', country: 'DE' };
const JSON_HEADERS = { 'content-type': 'application/json' };
const PASSWORD = 'bench password';

const pick = <T>(list: T[]): T => list[Math.floor(Math.random() * list.length)] as T;

/** Random GETs out of a list of paths; made beforehand, so that the load takes little of the machine. */
const reads = (paths: string[]): Step[] => Array.from({ length: 500 }, () => ({ method: 'GET', path: pick(paths) }));

const keyed = (request: Step, body: object): Step => ({
  ...request,
  body: JSON.stringify(body),
  headers: { ...JSON_HEADERS, 'idempotency-key': randomUUID() },
});

/** Fills in what the requests need to know of the shop. */
export async function workloads(shop: Shop, server: Server): Promise<Workload[]> {
  const pages = await firstPages(server, 100);
  const slugs = await shop.query<{ slug: string }>('SELECT slug FROM catalog.products ORDER BY id DESC LIMIT 2000');
  const variants = (await shop.query<{ id: string }>('SELECT id FROM catalog.variants')).map(({ id }) => id);
  const names = await shop.query<{ name: string }>(
    'SELECT name FROM catalog.products ORDER BY md5(id::text) LIMIT 300',
  );
  const shoppers = await makeShoppers(shop, server, 500);
  const details = slugs.map(({ slug }) => `/v1/products/${slug}`);
  const searches = names.map(
    ({ name }) => `/v1/products?q=${encodeURIComponent(name.split(' ').slice(0, 3).join(' '))}`,
  );
  const facets = searches.map((path) => path.replace('/v1/products?', '/v1/search/facets?'));
  const typed = names.map(({ name }) => `/v1/search/suggestions?q=${pick(name.split(' ')).slice(0, 4)}`);
  const payment = { provider: 'sandbox', token: 'tok_ok' };
  const order: Step = {
    method: 'POST',
    path: '/v1/orders',
    setupRequest: (request) =>
      keyed(request, {
        email: 'ada@example.com',
        items: [{ variantId: pick(variants), quantity: 1 }],
        shippingAddress: ADDRESS,
        payment,
      }),
  };
  const [hot = ''] = variants;
  const hotOrder: Step = {
    ...order,
    setupRequest: (request) =>
      keyed(request, {
        email: 'ada@example.com',
        items: [{ variantId: hot, quantity: 1 }],
        shippingAddress: ADDRESS,
        payment,
      }),
  };
  const remember = (_status: number, body: string, context: Context) => {
    context['cart'] = (JSON.parse(body) as { id: string }).id;
  };
  const checkout: Step[] = [
    { method: 'POST', path: '/v1/carts', headers: JSON_HEADERS, body: '{}', onResponse: remember },
    {
      method: 'PUT',
      path: '/',
      headers: JSON_HEADERS,
      body: '{"quantity":1}',
      setupRequest: (request, context) => ({
        ...request,
        path: `/v1/carts/${context['cart']}/items/${pick(variants)}`,
      }),
    },
    {
      method: 'PATCH',
      path: '/',
      headers: JSON_HEADERS,
      body: JSON.stringify({ email: 'ada@example.com', shippingAddress: ADDRESS }),
      setupRequest: (request, context) => ({ ...request, path: `/v1/carts/${context['cart']}` }),
    },
    {
      method: 'POST',
      path: '/',
      setupRequest: (request, context) => ({
        ...keyed(request, { payment }),
        path: `/v1/carts/${context['cart']}/checkout`,
      }),
    },
  ];
  const logins = shoppers.map(
    (email): Step => ({
      method: 'POST',
      path: '/v1/auth/login',
      headers: JSON_HEADERS,
      body: JSON.stringify({ email, password: PASSWORD }),
    }),
  );
  return [
    { name: 'list', against: 'bytes', connections: 20, perRound: 1, steps: reads(pages) },
    { name: 'detail', against: 'bytes', connections: 20, perRound: 1, steps: reads(details) },
    { name: 'search', against: 'bytes', connections: 20, perRound: 1, steps: reads(searches) },
    { name: 'list uncached', against: 'bare', uncached: true, connections: 20, perRound: 1, steps: reads(pages) },
    { name: 'detail uncached', against: 'bare', uncached: true, connections: 20, perRound: 1, steps: reads(details) },
    { name: 'search uncached', against: 'bare', uncached: true, connections: 20, perRound: 1, steps: reads(searches) },
    { name: 'facets uncached', against: 'nothing', uncached: true, connections: 20, perRound: 1, steps: reads(facets) },
    { name: 'suggest uncached', against: 'nothing', uncached: true, connections: 20, perRound: 1, steps: reads(typed) },
    { name: 'login', against: 'bare', connections: 4, perRound: 1, steps: logins },
    { name: 'order', against: 'bare', connections: 16, perRound: 1, steps: [order] },
    { name: 'hot order', against: 'bare', connections: 16, perRound: 1, steps: [hotOrder] },
    { name: 'checkout', against: 'nothing', connections: 16, perRound: 4, steps: checkout },
  ];
}

/** So many accounts with one password between them, so that hashing it once is enough. */
async function makeShoppers(shop: Shop, server: Server, count: number): Promise<string[]> {
  await fetch(`${server.url}/v1/auth/register`, {
    method: 'POST',
    headers: JSON_HEADERS,
    body: JSON.stringify({ email: 'bench@example.com', password: PASSWORD }),
  });
  const made = await shop.query<{ email: string }>(
    `INSERT INTO auth.users (id, email, password_hash)
     SELECT uuidv7(), 'bench' || n || '@example.com', password_hash
     FROM auth.users, generate_series(1, ${count}) AS n WHERE email = 'bench@example.com' RETURNING email`,
  );
  return made.map(({ email }) => email);
}

/** 400 buyers at once, 100 in stock: who got one, and how long it took. */
export async function oversell(
  shop: Shop,
  server: Server,
): Promise<{ placed: number; refused: number; other: number; seconds: number }> {
  const [variant] = await shop.query<{ id: string }>(
    `UPDATE catalog.stock SET on_hand = reserved + 100 WHERE variant_id = (SELECT variant_id FROM catalog.stock LIMIT 1) RETURNING variant_id AS id`,
  );
  const body = JSON.stringify({
    email: 'ada@example.com',
    items: [{ variantId: variant?.id, quantity: 1 }],
    shippingAddress: ADDRESS,
    payment: { provider: 'sandbox', token: 'tok_ok' },
  });
  const began = performance.now();
  const statuses = await Promise.all(
    Array.from({ length: 400 }, async () => {
      const headers = { ...JSON_HEADERS, 'idempotency-key': randomUUID() };
      return (await fetch(`${server.url}/v1/orders`, { method: 'POST', headers, body })).status;
    }),
  );
  const count = (status: number) => statuses.filter((candidate) => candidate === status).length;
  const [placed, refused] = [count(201), count(409)];
  return { placed, refused, other: 400 - placed - refused, seconds: (performance.now() - began) / 1000 };
}
