import type { Server, Shop } from './shop.ts';

/** A read whose cost is looked at as the catalogue grows. */
export interface Growing {
  name: string;
  /** Different ones, in no order. */
  paths: string[];
}

const MANY = 500;

/** What shoppers ask for, the same in a catalogue of any size. */
export async function growing(shop: Shop, server: Server): Promise<Growing[]> {
  const some = await shop.query<{ slug: string; name: string; category: string; amount: number }>(
    `SELECT p.slug, p.name, c.slug AS category, k.amount::integer AS amount
     FROM (SELECT * FROM catalog.products ORDER BY md5(slug) LIMIT $1) p
     JOIN catalog.categories c ON c.id = p.category_id
     JOIN catalog.card_prices k ON k.product_id = p.id AND k.currency = 'EUR'`,
    [MANY],
  );
  const words = some.map(({ name }) => name.split(' '));
  const three = words.map((all) => `q=${all.slice(0, 3).join('+')}`);
  const broad = words.map((all, index) => `q=${all[index % 3]}`);
  const filters = some.map(
    ({ category, amount }) =>
      `category=${category}&minPrice=${Math.floor(amount * 0.7)}&maxPrice=${Math.ceil(amount * 1.3)}&inStock=true&option[Size]=Small`,
  );
  const typed = words.map((all, index) => (all[index % 3] ?? '').slice(0, 4));
  return [
    { name: 'list', paths: await firstPages(server, 100) },
    { name: 'detail', paths: some.map(({ slug }) => `/v1/products/${slug}`) },
    { name: 'suggest', paths: typed.map((start) => `/v1/search/suggestions?q=${start}`) },
    { name: 'filter', paths: filters.map((filter) => `/v1/products?${filter}`) },
    { name: 'search', paths: three.map((q) => `/v1/products?${q}`) },
    { name: 'search one word', paths: broad.map((q) => `/v1/products?${q}`) },
    { name: 'facets', paths: three.map((q) => `/v1/search/facets?${q}`) },
    { name: 'facets one word', paths: broad.map((q) => `/v1/search/facets?${q}`) },
  ];
}

export async function firstPages(server: Server, count: number): Promise<string[]> {
  const paths: string[] = [];
  let path = '/v1/products';
  while (paths.length < count) {
    paths.push(path);
    const { nextCursor } = (await (await fetch(`${server.url}${path}`)).json()) as { nextCursor: string | null };
    if (nextCursor === null) break;
    path = `/v1/products?cursor=${nextCursor}`;
  }
  return paths;
}
