import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { BestSellersJobs } from '#src/catalog/search/best-sellers.jobs.js';
import { SearchTiersJobs } from '#src/catalog/search/search-tiers.jobs.js';
import { suggestQuery } from '#src/catalog/search/suggest.sql.js';
import { Suggestions } from '#src/catalog/search/suggestions.service.js';
import { SynonymsService } from '#src/catalog/search/synonyms.service.js';
import { type Article, buy } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ifMatch, makeProduct } from './catalog-support.js';

const app = galley({ GALLEY_LOCALES: 'en,de' });
let staff: Client;
let article: Article;
let person: Person;

interface Wish {
  name: string;
  brandId?: string;
  attributes?: object;
  colors?: string[];
  amount?: number;
  [field: string]: unknown;
}

beforeAll(async () => {
  person = await app.staff();
  staff = app.as(person);
  const definition = (code: string, more: object) => ({ code, name: code.toUpperCase(), filterable: true, ...more });
  const attributes = [
    definition('material', { kind: 'text', searchable: true }),
    definition('volume', { kind: 'number', unit: 'l' }),
    { code: 'secret', name: 'Secret', kind: 'text' },
  ];
  const { body: type } = await staff.post('/v1/product-types', { code: 'pot', name: 'Pots', attributes });
  const [anchor, buoy] = await Promise.all(
    ['Anchor', 'Buoy'].map(async (name) => (await staff.post('/v1/brands', { name })).body.id as string),
  );
  const { body: kitchen } = await staff.post('/v1/categories', { name: 'Kitchen' });
  const { body: pots } = await staff.post('/v1/categories', { name: 'Pots and pans', parentId: kitchen.id });
  const make = async ({ name, colors = ['Black'], amount = 1000, ...more }: Wish) =>
    makeProduct(app, person, {
      ...{ name, typeId: type.id, categoryId: pots.id, options: [{ name: 'Color', values: colors }] },
      variants: colors.map((color) => ({
        sku: randomUUID(),
        optionValues: { Color: color },
        prices: [{ amount, currency: 'EUR' }],
        stock: 100,
      })),
      ...more,
    });
  await make({
    name: 'Copper saucepan',
    brandId: anchor!,
    attributes: { material: 'copper', volume: 1.5, secret: 'zyzzyva' },
    amount: 5000,
  });
  const steel = await make({
    name: 'Steel saucepan',
    brandId: anchor!,
    attributes: { material: 'steel', volume: 1.5 },
    colors: ['Black', 'White'],
  });
  await make({ name: 'Steel skillet', brandId: buoy!, attributes: { material: 'steel' }, tags: ['new'] });
  await make({ name: 'Hidden skillet', brandId: buoy!, status: 'draft' });
  article = { productId: steel.id, variantId: steel.variants[0]!.id, sku: steel.variants[0]!.sku };
});

const facets = async (query = '') => {
  const { status, body } = await app.anyone.get(`/v1/search/facets?${query}`);
  expect(status).toBe(200);
  const counts = (body.data as { facet: string; name: string; values: { value: string; count: number }[] }[]).map(
    ({ name, values }) => [name, Object.fromEntries(values.map(({ value, count }) => [value, count]))] as const,
  );
  return { total: body.total, complete: body.complete, price: body.price, ...Object.fromEntries(counts) } as Record<
    string,
    unknown
  >;
};
const names = async (query: string) =>
  (await app.anyone.get(`/v1/products?${query}`)).body.data.map(({ name }: { name: string }) => name);

describe('Facets', () => {
  it('count what can be chosen, categories with what is below them', async () => {
    expect(await facets()).toEqual({
      ...{ total: 3, complete: true, category: { kitchen: 3, 'pots-and-pans': 3 }, brand: { anchor: 2, buoy: 1 } },
      ...{ material: { steel: 2, copper: 1 }, volume: { '1.5': 2 }, Color: { Black: 3, White: 1 }, tag: { new: 1 } },
      price: { min: { amount: 1000, currency: 'EUR' }, max: { amount: 5000, currency: 'EUR' } },
    });
  });

  it('that are set show what their other values would add, while all others hold', async () => {
    expect(await facets('brand=anchor&attribute[material]=steel')).toMatchObject({
      ...{ total: 1, brand: { anchor: 1, buoy: 1 }, material: { steel: 1, copper: 1 }, Color: { Black: 1, White: 1 } },
    });
    expect(await facets('attribute[material]=steel|copper&option[Color]=White')).toMatchObject({
      total: 1,
      material: { steel: 1 },
      Color: { Black: 3, White: 1 },
    });
  });

  it('go with search and prices, and count what lists show', async () => {
    for (const query of [
      'q=saucepan',
      'minPrice=2000',
      'category=kitchen&brand=anchor|buoy',
      'tag=new',
      'q=saucepan&option[Color]=White|Red',
    ]) {
      expect([query, (await facets(query))['total']]).toEqual([query, (await names(query)).length]);
    }
  });

  it('that are set are counted whole, however many products there are beside', async () => {
    await app.db.query(`INSERT INTO catalog.products (id, slug, name, status, search)
      SELECT gen_random_uuid(), 'aside-' || n, 'Aside ' || n, 'archived', 'asid' FROM generate_series(1, 10001) AS n`);
    await staff.post('/v1/products', {
      ...{ name: 'Rare one', status: 'archived', tags: ['rare'], variants: [{ sku: randomUUID() }] },
    });
    const { body } = await staff.get('/v1/search/facets?status=archived&tag=rare');
    expect([body.total, body.complete]).toEqual([1, false]);
    for (const [query, most] of [
      ['', 4000],
      ['&q=asides', 2000],
    ]) {
      const many = (await staff.get(`/v1/search/facets?status=archived${query}`)).body;
      expect([query, many.total, many.complete]).toEqual([query, most, false]);
    }
    await app.db.query(`DELETE FROM catalog.products WHERE slug LIKE 'aside-%'`);
  });

  it('of what is not for sale are for staff', async () => {
    expect((await app.anyone.get('/v1/search/facets?status=draft')).status).toBe(403);
    expect((await staff.get('/v1/search/facets?status=draft')).body.total).toBe(1);
  });
});

describe('Suggestions', () => {
  const suggest = async (q: string) =>
    (await app.anyone.get(`/v1/search/suggestions?q=${encodeURIComponent(q)}`)).body.data.map(
      ({ kind, text }: { kind: string; text: string }) => `${kind}: ${text}`,
    );

  it('go on as typed, and lead to categories, brands and products', async () => {
    await app.service(Suggestions).count();
    expect(await suggest('st')).toEqual(['words: steel', 'product: Steel saucepan', 'product: Steel skillet']);
    expect(await suggest('steel s')).toEqual([
      'words: steel saucepan',
      'words: steel skillet',
      'product: Steel saucepan',
      'product: Steel skillet',
    ]);
    expect(await suggest('pot')).toContain('category: Pots and pans');
    expect(await suggest('anc')).toEqual(['brand: Anchor']);
  });

  it('name no more, from the next night on, what is no longer for sale', async () => {
    const { id } = await makeProduct(app, person, { name: 'Zester', slug: 'zester', tags: ['zesting'] });
    expect(await suggest('zest')).toEqual(['words: zester', 'words: zesting', 'product: Zester']);
    await staff.patch(`/v1/products/${id}`, { status: 'draft' }, ifMatch(1));
    await app.service(Suggestions).count();
    expect(await suggest('zest')).toEqual([]);
    await staff.patch(`/v1/products/${id}`, { status: 'active' }, ifMatch(2));
    await app.runDue();
    expect(await suggest('zest')).toEqual(['words: zester', 'words: zesting', 'product: Zester']);
    await staff.delete(`/v1/products/${id}`, ifMatch(3));
  });

  it('understand what is misspelt, and make nothing of the rest', async () => {
    expect(await suggest('saucepen')).toEqual(['words: saucepan']);
    for (const nonsense of ['%%', '__', '\\\\', 'zzzzzz', "''"]) expect(await suggest(nonsense)).toEqual([]);
  });

  it('read no product whose name begins otherwise', async () => {
    const client = await app.db.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`INSERT INTO catalog.products (id, slug, name, status)
        SELECT gen_random_uuid(), 'many-' || n, 'Many ' || n, 'active' FROM generate_series(1, 2000) AS n`);
      await client.query(`PREPARE suggest AS ${suggestQuery([])}`);
      const { rows } = await client.query(`EXPLAIN (ANALYZE) EXECUTE suggest ('', 'zzz', 'zzz', '')`);
      const plan = rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('ix_products_name_prefix');
      expect(plan).not.toMatch(/Rows Removed by Filter: \d{3}/);
    } finally {
      await client.query('ROLLBACK');
      client.release(true);
    }
  });
});

describe('Search', () => {
  it('takes synonyms for each other, from the moment they are kept to the moment they go', async () => {
    expect(await names('q=casserole')).toEqual([]);
    const { body } = await staff.post('/v1/search/synonyms', { words: ['casserole', 'saucepan', 'stew pot'] });
    for (const q of ['casserole', 'stew+pot', 'copper+casserole'])
      expect(await names(`q=${q}`)).toContain('Copper saucepan');
    await staff.put(`/v1/search/synonyms/${body.id}`, { words: ['casserole', 'skillet'] }, ifMatch(1));
    expect(await names('q=casserole')).toEqual(['Steel skillet']);
    expect((await staff.delete(`/v1/search/synonyms/${body.id}`, ifMatch(1))).status).toBe(412);
    await staff.delete(`/v1/search/synonyms/${body.id}`, ifMatch(2));
    expect(await names('q=casserole')).toEqual([]);
  });

  it('finds by attributes that its type lets it find, and no others', async () => {
    expect(await names('q=zyzzyva')).toEqual([]);
    expect(await names('q=copper')).toEqual(['Copper saucepan']);
  });

  it('follows brands and types: what they are called, and what they let it find', async () => {
    const definition = { code: 'glaze', name: 'Glaze', kind: 'text' };
    const { body: type } = await staff.post('/v1/product-types', {
      ...{ code: 'bowl', name: 'Bowls', attributes: [definition] },
    });
    const { body: brand } = await staff.post('/v1/brands', { name: 'Quayside' });
    const fields = { typeId: type.id, brandId: brand.id, attributes: { glaze: 'celadon' } };
    const variants = [{ sku: randomUUID() }];
    const { body } = await staff.post('/v1/products', { name: 'Bowl', status: 'active', variants, ...fields });
    const shown = async () => (await app.anyone.get(`/v1/products/${body.id}`)).body;
    const suggested = async () => (await app.anyone.get('/v1/search/suggestions?q=harbour+row')).body.data.length;
    expect([await names('q=quayside'), await names('q=celadon')]).toEqual([['Bowl'], []]);
    expect([(await shown()).type.name, await suggested()]).toEqual(['Bowls', 0]);
    await staff.patch(`/v1/brands/${brand.id}`, { name: 'Harbour Row' }, ifMatch(1));
    const attributes = [{ ...definition, searchable: true }];
    await staff.patch(`/v1/product-types/${type.id}`, { name: 'Dishes', attributes }, ifMatch(1));
    expect([(await shown()).type.name, await suggested()]).toEqual(['Dishes', 1]);
    await app.runDue();
    expect([await names('q=harbour+row'), await names('q=quayside')]).toEqual([['Bowl'], []]);
    expect(await names('q=celadon')).toEqual(['Bowl']);
    await staff.delete(`/v1/products/${body.id}`, ifMatch(1));
  });

  it('reads translations in their own language', async () => {
    const [{ id, version }] = (await app.anyone.get('/v1/products?q=skillet&fields=id')).body.data.map(
      ({ id: one }: { id: string }) => ({ id: one, version: 1 }),
    );
    await staff.put(`/v1/products/${id}/translations/de`, { name: 'Eiserne Bratpfannen' }, ifMatch(version));
    expect(await names('q=bratpfanne&locale=de')).toEqual(['Eiserne Bratpfannen']);
    expect(await names('q=skillets&locale=de')).toContain('Eiserne Bratpfannen');
  });

  it('takes synonyms in a language that has come since they were kept', async () => {
    await staff.post('/v1/search/synonyms', { words: ['Töpfe', 'saucepan'] });
    await app.db.query('DELETE FROM catalog.synonym_rules');
    expect(await names('q=Topf&locale=de')).toEqual([]);
    await app.service(SynonymsService).onApplicationBootstrap();
    expect(await names('q=Topf&locale=de&limit=5')).toContain('Copper saucepan');
  });

  it('reads everything anew when the shop is written in another language', async () => {
    await app.db.query(`UPDATE catalog.search_settings SET locale = 'fi'`);
    await app.db.query(`UPDATE catalog.products SET search = ''`);
    await app.service(SynonymsService).onApplicationBootstrap();
    await app.runDue();
    expect(await names('q=saucepans&locale=en')).toHaveLength(2);
  });
});

it('Sales are counted in turn with those who change products', async () => {
  await buy(app.anyone, article);
  const changing = { sql: 'SELECT FROM catalog.products WHERE id = $1 FOR NO KEY UPDATE', params: [article.productId] };
  await inTheWayOf(app, { ...changing, waiting: 1 }, () => app.service(BestSellersJobs).count());
  expect((await names('sort=bestSelling'))[0]).toBe('Steel saucepan');
});

it('A catalogue of few products has no tiers, which it leaves in turn with those who change products', async () => {
  await app.db.query('UPDATE catalog.products SET search_tier = 1 + (id = $1)::integer', [article.productId]);
  expect(await names('q=saucepan')).toHaveLength(2);
  const changing = { sql: 'SELECT FROM catalog.products WHERE id = $1 FOR NO KEY UPDATE', params: [article.productId] };
  await inTheWayOf(app, { ...changing, waiting: 1 }, () => app.service(SearchTiersJobs).place());
  expect(await app.db.query('SELECT DISTINCT search_tier FROM catalog.products')).toEqual([{ search_tier: 3 }]);
  expect(await names('q=saucepan')).toHaveLength(2);
});

it('Best sellers come first', async () => {
  await buy(app.anyone, article);
  await app.service(BestSellersJobs).count();
  expect((await names('sort=bestSelling'))[0]).toBe('Steel saucepan');
  const { body } = await app.anyone.get('/v1/products?sort=bestSelling&limit=1');
  expect(
    (await app.anyone.get(`/v1/products?sort=bestSelling&limit=5&cursor=${body.nextCursor}`)).body.data,
  ).toHaveLength(2);
});
