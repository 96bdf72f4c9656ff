import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CategoryCountsJobs } from '#src/catalog/categories/category-counts.jobs.js';
import { CollectionsJobs } from '#src/catalog/collections/collections.jobs.js';
import { galley, type Person } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ifMatch, makeProduct } from './catalog-support.js';

const app = galley({ GALLEY_LOCALES: 'en,de' });
let staff: Person;
let made = 0;
beforeAll(async () => {
  staff = await app.staff();
});

interface Place {
  id: string;
  slug: string;
  name: string;
}

async function category(parentId: string | null = null, name = `Place ${++made}`): Promise<Place> {
  const { status, body } = await app.as(staff).post('/v1/categories', { name, parentId });
  expect(status).toBe(201);
  return body;
}

const reference = ({ id, slug, name }: Place) => ({ id, slug, name });
const patch = (id: string, version: number, changes: object) =>
  app.as(staff).patch(`/v1/products/${id}`, changes, ifMatch(version));
const listed = async (query: string) =>
  ((await app.anyone.get(`/v1/products?${query}`)).body.data as Place[]).map(({ id }) => id);

describe('A product in several categories', () => {
  it('says so, in the order given, and keeps them until told otherwise', async () => {
    const [main, first, second] = [await category(), await category(), await category()];
    const product = await makeProduct(app, staff, { categoryId: main.id, categoryIds: [second.id, first.id] });
    const read = async () => (await app.anyone.get(`/v1/products/${product.slug}`)).body;
    expect(await read()).toMatchObject({ category: reference(main), categories: [second, first].map(reference) });
    const same = await patch(product.id, 1, { categoryIds: [second.id.toUpperCase(), first.id] });
    expect([same.status, same.body.version]).toEqual([200, 1]);
    await patch(product.id, 1, { name: 'Elsewhere' });
    expect((await read()).categories).toHaveLength(2);
    const fewer = await patch(product.id, 2, { categoryIds: [first.id] });
    expect(fewer.body.categories).toEqual([reference(first)]);
    expect((await read()).categories).toEqual([reference(first)]);
    expect((await patch(product.id, 3, { categoryIds: [] })).body.categories).toEqual([]);
  });

  it('is listed in each of them and in all above, once, in any order', async () => {
    const top = await category();
    const [left, right, beside] = [await category(top.id), await category(top.id), await category()];
    const both = await makeProduct(app, staff, { categoryId: left.id, categoryIds: [right.id, beside.id] });
    const homeless = await makeProduct(app, staff, { categoryIds: [beside.id] });
    for (const order of ['', '&sort=price', '&sort=name', '&sort=-createdAt', '&sort=bestSelling']) {
      for (const place of [top, left, right]) {
        expect(await listed(`category=${place.slug}${order}`)).toEqual([both.id]);
        expect(await listed(`category=${place.id}${order}`)).toEqual([both.id]);
      }
      expect(new Set(await listed(`category=${beside.slug}${order}`))).toEqual(new Set([both.id, homeless.id]));
    }
    expect(await listed('category=nowhere-at-all')).toEqual([]);
    expect(await listed(`category=${beside.slug}&q=product&currency=EUR&inStock=true`)).toHaveLength(2);
  });

  it('counts once in each of them and in all above', async () => {
    const top = await category();
    const [left, right, beside] = [await category(top.id), await category(top.id), await category()];
    await makeProduct(app, staff, { name: 'Hygrometer', categoryId: left.id, categoryIds: [right.id, beside.id] });
    await makeProduct(app, staff, {
      name: 'Hygrometer',
      slug: 'hygrometer-2',
      categoryIds: [right.id],
      variants: other(),
    });
    const { data } = (await app.anyone.get('/v1/search/facets?q=hygrometer')).body;
    const { values } = data.find(({ facet }: { facet: string }) => facet === 'category');
    const counted = (values as { value: string; count: number }[]).map(({ value, count }) => [value, count]);
    const expected = { [top.slug]: 2, [left.slug]: 1, [right.slug]: 2, [beside.slug]: 1 };
    expect(Object.fromEntries(counted)).toEqual(expected);
    await app.service(CategoryCountsJobs).count();
    const tree = (await app.anyone.get('/v1/categories')).body.data as (Place & {
      productCount: number;
      children: never;
    })[];
    const all = [...tree, ...(tree.find(({ id }) => id === top.id)?.children ?? [])];
    const counts = all.flatMap(({ slug, productCount }) => (slug in expected ? [[slug, productCount]] : []));
    expect(Object.fromEntries(counts)).toEqual(expected);
  });

  it('is found by the names of all of them, also when they are called something else', async () => {
    const place = await category(null, 'Orangery');
    const product = await makeProduct(app, staff, { categoryIds: [place.id] });
    expect(await listed('q=orangery')).toEqual([product.id]);
    await app.as(staff).patch(`/v1/categories/${place.id}`, { name: 'Winter garden' }, ifMatch(1));
    expect((await app.anyone.get(`/v1/products/${product.slug}`)).body.categories[0].name).toBe('Winter garden');
    await app.runDue();
    expect(await listed('q=orangery')).toEqual([]);
    expect(await listed('q=winter+garden')).toEqual([product.id]);
    const german = `/v1/categories/${place.id}/translations/de`;
    await app.as(staff).put(german, { name: 'Wintergarten' }, ifMatch(2));
    const { body } = await app.anyone.get(`/v1/products/${product.slug}?locale=de`);
    expect(body.categories[0].name).toBe('Wintergarten');
  });

  it('is in collections that ask for any of them', async () => {
    const top = await category();
    const place = await category(top.id);
    const product = await makeProduct(app, staff);
    const rule = { match: 'all', conditions: [{ by: 'category', values: [top.id] }] };
    const { body } = await app.as(staff).post('/v1/collections', { name: 'Of the top', rule });
    const members = async () => {
      await app.service(CollectionsJobs).follow();
      return listed(`collection=${body.slug}`);
    };
    expect(await members()).toEqual([]);
    await patch(product.id, 1, { categoryIds: [place.id] });
    expect(await members()).toEqual([product.id]);
  });
});

const other = () => [{ sku: `OTHER-${++made}`, prices: [{ amount: 100, currency: 'EUR' }] }];

describe('Further categories', () => {
  const faultOf = ({ status, body }: { status: number; body: { errors: { pointer: string; code: string }[] } }) => [
    status,
    body.errors[0]?.pointer,
    body.errors[0]?.code,
  ];
  const NOBODY = '0190a0a0-0000-7000-8000-000000000000';

  it('are some that there are, each once, and not the main one', async () => {
    const [main, place] = [await category(), await category()];
    const product = await makeProduct(app, staff, { categoryId: main.id });
    const refused = async (categoryIds: string[], more: object = {}) =>
      faultOf(await patch(product.id, 1, { categoryIds, ...more }));
    expect(await refused([place.id, NOBODY])).toEqual([422, '/categoryIds/1', 'unknown_category']);
    expect(await refused([place.id, main.id])).toEqual([422, '/categoryIds/1', 'main_category']);
    expect(await refused([place.id], { categoryId: place.id })).toEqual([422, '/categoryIds/0', 'main_category']);
    expect((await refused([place.id, place.id.toUpperCase()]))[0]).toBe(422);
    expect((await refused(Array.from({ length: 21 }, () => crypto.randomUUID())))[0]).toBe(422);
    const { status, body } = await app
      .as(staff)
      .post('/v1/products', { name: 'Stray', categoryIds: [NOBODY], variants: other() });
    expect(faultOf({ status, body })).toEqual([422, '/categoryIds/0', 'unknown_category']);
  });

  it('are set as the documentation says', async () => {
    const docs = await readFile(join(import.meta.dirname, '../../docs/integrators.md'), 'utf8');
    const [, request = ''] = /PATCH \/v1\/products\/\{id\}\n.*\n\s+(\{ "categoryIds".*\})/.exec(docs) ?? [];
    const place = await category();
    const { categoryIds, ...rest } = JSON.parse(request) as { categoryIds: string[] };
    expect(rest).toEqual({});
    const { body } = await patch((await makeProduct(app, staff)).id, 1, {
      categoryIds: categoryIds.map(() => place.id),
    });
    expect(body.categories).toEqual([reference(place)]);
  });

  it('give up the one that becomes the main one', async () => {
    const [main, next, rest] = [await category(), await category(), await category()];
    const product = await makeProduct(app, staff, { categoryId: main.id, categoryIds: [next.id, rest.id] });
    const { body } = await patch(product.id, 1, { categoryId: next.id });
    expect([body.category, body.categories]).toEqual([reference(next), [reference(rest)]]);
    const swapped = await patch(product.id, 2, { categoryId: main.id, categoryIds: [next.id] });
    expect([swapped.body.category, swapped.body.categories]).toEqual([reference(main), [reference(next)]]);
  });

  it('are set for many products at once, each with its own result', async () => {
    const [main, place] = [await category(), await category()];
    const product = await makeProduct(app, staff, { categoryId: main.id });
    const { body } = await app.as(staff).post('/v1/products/bulk', {
      items: [
        { id: product.id, version: 1, change: { categoryIds: [place.id] } },
        { create: { name: 'Bulky', categoryIds: [place.id, NOBODY], variants: other() } },
        { create: { name: 'Bulkier', status: 'active', categoryIds: [place.id], variants: other() } },
      ],
    });
    expect(body.data.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['changed', 'refused', 'created']);
    expect(body.data[1].problem.errors[0]).toMatchObject({ pointer: '/categoryIds/1', code: 'unknown_category' });
    expect(await listed(`category=${place.slug}`)).toHaveLength(2);
  });

  it('are not deleted while a product stands in them', async () => {
    const place = await category();
    const product = await makeProduct(app, staff, { categoryIds: [place.id] });
    const remove = () => app.as(staff).delete(`/v1/categories/${place.id}`, ifMatch(1));
    const refused = await remove();
    expect([refused.status, refused.body.code]).toEqual([409, 'category_not_empty']);
    await expect(app.db.query('DELETE FROM catalog.categories WHERE id = $1', [place.id])).rejects.toMatchObject({
      constraint: 'fk_products_categories',
    });
    await patch(product.id, 1, { categoryIds: [] });
    expect((await remove()).status).toBe(204);
  });

  it('are not deleted while somebody puts a product into them', async () => {
    const place = await category();
    const product = await makeProduct(app, staff);
    const sql = 'UPDATE catalog.products SET category_ids = ARRAY[$1::uuid] WHERE id = $2';
    const { status, body } = await inTheWayOf(app, { sql, params: [place.id, product.id], waiting: 1 }, () =>
      app.as(staff).delete(`/v1/categories/${place.id}`, ifMatch(1)),
    );
    expect([status, body.code]).toEqual([409, 'category_not_empty']);
  });

  it('take no product while somebody deletes them', async () => {
    const [place, gone] = [await category(), await category()];
    const product = await makeProduct(app, staff);
    const sql = 'DELETE FROM catalog.categories WHERE id = $1';
    const answer = await inTheWayOf(app, { sql, params: [gone.id], waiting: 1 }, () =>
      patch(product.id, 1, { categoryIds: [place.id, gone.id] }),
    );
    expect(faultOf(answer)).toEqual([422, '/categoryIds', 'unknown_category']);
  });
});
