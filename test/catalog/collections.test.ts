import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CollectionsJobs } from '#src/catalog/collections/collections.jobs.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch, type Made, makeProduct, type ProductWish, walk } from './catalog-support.js';

const app = galley({ GALLEY_LOCALES: 'en,de' });
let admin: Person;
let staff: Client;
beforeAll(async () => {
  admin = await app.staff();
  staff = app.as(admin);
});

let made = 0;
/** A tag of its own keeps what one test makes from the collections of the others. */
const newTag = () => `tag-${++made}`;
const tagged = (...values: string[]) => ({ by: 'tag', values });
const all = (...conditions: object[]) => ({ match: 'all', conditions });
const any = (...conditions: object[]) => ({ match: 'any', conditions });

interface Collection {
  id: string;
  slug: string;
  version: number;
  productCount: number;
  filling: boolean;
}

async function makeCollection(rule: object, more: object = {}): Promise<Collection> {
  const { status, body } = await staff.post('/v1/collections', { name: `Collection ${++made}`, rule, ...more });
  expect(status).toBe(201);
  return body;
}

const make = (wish: ProductWish) => makeProduct(app, admin, wish);
const follow = () => app.service(CollectionsJobs).follow();
const read = async ({ id }: Collection): Promise<Collection> => (await staff.get(`/v1/collections/${id}`)).body;

async function productsIn({ slug }: Collection, more = ''): Promise<string[]> {
  const { body } = await app.anyone.get(`/v1/products?collection=${slug}${more}`);
  return (body.data as { id: string }[]).map(({ id }) => id);
}
const idsOf = (...products: Made[]) => products.map(({ id }) => id);
const priced = (amount: number, more: object = {}) => ({
  variants: [{ sku: `COLLECTED-${++made}`, prices: [{ amount, currency: 'EUR', ...more }] }],
});
const idOf = async (path: string, body: object): Promise<string> => (await staff.post(path, body)).body.id;

describe('a collection', () => {
  it('is filled by a job with the products that there are', async () => {
    const tag = newTag();
    const [first, , second] = [await make({ tags: [tag] }), await make({}), await make({ tags: ['x', tag] })];
    const collection = await makeCollection(all(tagged(tag)));
    expect(collection).toMatchObject({ productCount: 0, filling: true, version: 1 });
    await app.runDue();
    expect(await productsIn(collection)).toEqual(idsOf(second, first));
    expect(await read(collection)).toMatchObject({ productCount: 2, filling: false, version: 1 });
  });

  it('follows its products: they come, go, and are no longer sold', async () => {
    const tag = newTag();
    const collection = await makeCollection(all(tagged(tag)));
    await app.runDue();
    const product = await make({ tags: [tag] });
    const other = await make({});
    await follow();
    expect(await productsIn(collection)).toEqual([product.id]);
    await staff.patch(`/v1/products/${other.id}`, { tags: [tag] }, ifMatch(other.version));
    await staff.patch(`/v1/products/${product.id}`, { tags: [] }, ifMatch(product.version));
    await follow();
    expect(await productsIn(collection)).toEqual([other.id]);
    expect((await read(collection)).productCount).toBe(1);
    await staff.delete(`/v1/products/${other.id}`, ifMatch(other.version + 1));
    expect(await productsIn(collection)).toEqual([]);
    await follow();
    expect((await read(collection)).productCount).toBe(0);
  });
});

describe('a rule', () => {
  /** Of these, all with one tag, the ones that a collection has with this rule beside the tag. */
  async function picked(rule: (tag: string) => object, ...wishes: ProductWish[]): Promise<number[]> {
    const tag = newTag();
    const ids: string[] = [];
    for (const wish of wishes) ids.push((await make({ ...wish, tags: [tag] })).id);
    const collection = await makeCollection(rule(tag));
    await app.runDue();
    return (await productsIn(collection)).map((id) => ids.indexOf(id)).sort();
  }
  const among = (...conditions: object[]) => [(tag: string) => all(tagged(tag), ...conditions)] as const;

  it('asks for prices in a currency, bounds included', async () => {
    const wishes = [999, 1000, 2000, 2001].map((amount) => priced(amount));
    const price = { by: 'price', currency: 'EUR' };
    expect(await picked(...among({ ...price, min: 1000, max: 2000 }), ...wishes)).toEqual([1, 2]);
    expect(await picked(...among({ ...price, min: 2000 }), ...[3000, 1].map((amount) => priced(amount)))).toEqual([0]);
    expect(await picked(...among({ ...price, currency: 'USD', min: 0 }), priced(1000))).toEqual([]);
  });

  it('asks for what is reduced', async () => {
    const sale = among({ by: 'sale', currency: 'EUR' });
    expect(await picked(...sale, priced(1000), priced(1000, { compareAtAmount: 1200 }))).toEqual([1]);
  });

  it('asks for tags, of which one is enough', async () => {
    const tags = ['first', 'second', 'third'].map((name) => `${name}-${++made}`);
    const products = [];
    for (const tag of tags) products.push(await make({ tags: [tag, 'other'] }));
    const collection = await makeCollection(all(tagged(tags[0]!, tags[2]!)));
    await app.runDue();
    expect(await productsIn(collection)).toEqual(idsOf(products[2]!, products[0]!));
  });

  it('asks for brands, types and categories, those below included', async () => {
    const brandId = await idOf('/v1/brands', { name: `Brand ${++made}` });
    const typeId = await idOf('/v1/product-types', { code: `type_${++made}`, name: 'x', attributes: [] });
    const above = await idOf('/v1/categories', { name: `Above ${++made}` });
    const categoryId = await idOf('/v1/categories', { name: `Below ${++made}`, parentId: above });
    expect(await picked(...among({ by: 'brand', values: [brandId] }), {}, { brandId })).toEqual([1]);
    expect(await picked(...among({ by: 'type', values: [typeId] }), {}, { typeId })).toEqual([1]);
    const wishes = [{}, { categoryId }, { categoryId: above }];
    expect(await picked(...among({ by: 'category', values: [above] }), ...wishes)).toEqual([1, 2]);
    expect(await picked(...among({ by: 'category', values: [categoryId.toUpperCase()] }), ...wishes)).toEqual([1]);
  });

  it('asks for attributes, as lists do, and for numbers within bounds', async () => {
    const of = (...sizes: unknown[]) => sizes.map((size) => ({ attributes: { size } }));
    const size = { by: 'attribute', code: 'size' };
    const sizes = of('large', 12, 12.5, true, '12', 13);
    expect(await picked(...among({ ...size, values: ['large', '12', 'true'] }), ...sizes)).toEqual([0, 1, 3, 4]);
    expect(await picked(...among({ ...size, min: 12, max: 12.5 }), ...sizes)).toEqual([1, 2]);
    expect(await picked(...among({ ...size, max: -0.5 }), ...of(-1, 0), {})).toEqual([0]);
  });

  it('asks for one of its conditions, when any will do', async () => {
    const [dear, copper] = [
      { by: 'price', currency: 'EUR', min: 100_000 },
      { by: 'attribute', code: `of-${++made}`, values: ['copper'] },
    ];
    const tag = newTag();
    const both = await make({ ...priced(100_000), attributes: { [copper!.code!]: 'copper' } });
    const one = await make({ attributes: { [copper!.code!]: 'copper' } });
    const neither = await make({ tags: [tag] });
    const collection = await makeCollection(any(dear!, copper!, tagged(tag)));
    await app.runDue();
    expect(await productsIn(collection)).toEqual(idsOf(neither, one, both));
  });

  it('looks at the age of products every night', async () => {
    const tag = newTag();
    const product = await make({ tags: [tag] });
    const collection = await makeCollection(all(tagged(tag), { by: 'age', days: 30 }));
    await app.runDue();
    expect(await productsIn(collection)).toEqual([product.id]);
    await app.db.query(`UPDATE catalog.products SET created_at = now() - interval '31 days' WHERE id = $1`, [
      product.id,
    ]);
    await follow();
    expect(await productsIn(collection)).toEqual([product.id]);
    await app.service(CollectionsJobs).age();
    expect(await productsIn(collection)).toEqual([]);
  });

  it('follows prices that lists reduce, and categories that move', async () => {
    const [from, to] = [
      await idOf('/v1/categories', { name: `From ${++made}` }),
      await idOf('/v1/categories', { name: `To ${++made}` }),
    ];
    const child = await idOf('/v1/categories', { name: `Child ${++made}`, parentId: from });
    const product = await make({ ...priced(5000), categoryId: child });
    const cheap = await makeCollection(
      all({ by: 'price', currency: 'EUR', max: 4000 }, { by: 'category', values: [to] }),
    );
    await app.runDue();
    await staff.patch(`/v1/categories/${child}`, { parentId: to }, ifMatch(1));
    await follow();
    expect(await productsIn(cheap)).toEqual([]);
    const list = await idOf('/v1/price-lists', { code: `reduced-${++made}`, name: 'Reduced' });
    const price = { variantId: product.variants[0]!.id, amount: 3999, currency: 'EUR' };
    await staff.put(`/v1/price-lists/${list}/prices`, { prices: [price] });
    await app.runDue();
    await follow();
    expect(await productsIn(cheap)).toEqual([product.id]);
    await staff.patch(`/v1/categories/${child}`, { parentId: from }, ifMatch(2));
    await follow();
    expect(await productsIn(cheap)).toEqual([]);
  });

  it.each([
    [{ by: 'price', currency: 'EUR' }, 'min', 'required'],
    [{ by: 'price', min: 1 }, 'currency', 'required'],
    [{ by: 'price', currency: 'EUR', min: 1.5 }, 'min', 'is_int'],
    [{ by: 'price', currency: 'EUR', max: -1 }, 'max', 'is_int'],
    [{ by: 'price', currency: 'EUR', min: 2, max: 1 }, 'max', 'too_low'],
    [{ by: 'sale' }, 'currency', 'required'],
    [{ by: 'tag' }, 'values', 'required'],
    [{ by: 'tag', values: ['x'], days: 3 }, 'days', 'not_taken'],
    [{ by: 'brand', values: ['anchor'] }, 'values/0', 'is_uuid'],
    [{ by: 'attribute', values: ['x'] }, 'code', 'required'],
    [{ by: 'attribute', code: 'x' }, 'values', 'required'],
    [{ by: 'attribute', code: 'x', values: ['x'], min: 1 }, 'values', 'required'],
    [{ by: 'attribute', code: 'x', min: 2, max: 1 }, 'max', 'too_low'],
    [{ by: 'age', days: 0 }, 'days', 'min'],
    [{ by: 'stars' }, 'by', 'is_in'],
  ])('is refused with %j', async (condition, member, code) => {
    const request = { name: 'Refused', rule: all(tagged('x'), condition) };
    const { status, body } = await staff.post('/v1/collections', request);
    expect([status, body.errors]).toMatchObject([422, [{ pointer: `/rule/conditions/1/${member}`, code }]]);
  });

  it.each(['brand', 'category', 'type'])('is refused with a %s that there is not', async (by) => {
    const { id } = await make({});
    const collection = await makeCollection(all(tagged('x')));
    const rule = all({ by, values: [id] });
    const refused = {
      status: 422,
      body: { errors: [{ pointer: '/rule/conditions/0/values/0', code: `unknown_${by}` }] },
    };
    expect(await staff.post('/v1/collections', { name: 'Refused', rule })).toMatchObject(refused);
    expect(await staff.patch(`/v1/collections/${collection.id}`, { rule }, ifMatch(1))).toMatchObject(refused);
  });

  it('has one condition at the least, and twenty at the most', async () => {
    for (const conditions of [[], Array.from({ length: 21 }, () => tagged('x'))]) {
      const { status, body } = await staff.post('/v1/collections', { name: 'Refused', rule: all(...conditions) });
      expect([status, body.errors[0].pointer]).toEqual([422, '/rule/conditions']);
    }
  });
});

describe('a list of products', () => {
  it('of a collection takes other filters, each order, words and pages', async () => {
    const tag = newTag();
    const word = `Wort${++made}`;
    const [a, b, c] = [
      await make({ ...priced(3000), name: 'A', tags: [tag] }),
      await make({ ...priced(1000), name: `C ${word}`, tags: [tag, 'further'] }),
      await make({ ...priced(2000), name: 'B', tags: [tag], attributes: { metal: 'copper' } }),
    ];
    await make({ ...priced(1000), name: `Other ${word}`, tags: ['further'] });
    const collection = await makeCollection(all(tagged(tag)));
    await app.runDue();
    const found = (more: string) => productsIn(collection, more);
    expect(await found('')).toEqual(idsOf(c, b, a));
    expect(await found('&sort=createdAt')).toEqual(idsOf(a, b, c));
    expect(await found('&sort=name')).toEqual(idsOf(a, c, b));
    expect(await found('&sort=price')).toEqual(idsOf(b, c, a));
    expect(await found('&sort=bestSelling')).toHaveLength(3);
    expect(await found('&tag=further')).toEqual(idsOf(b));
    expect(await found('&minPrice=2000&currency=EUR')).toEqual(idsOf(c, a));
    expect(await found('&attribute[metal]=copper')).toEqual(idsOf(c));
    expect(await found(`&q=${word}`)).toEqual(idsOf(b));
    expect(await found(`&q=${word}&sort=-createdAt`)).toEqual(idsOf(b));
    for (const sort of ['createdAt', '-createdAt', 'name', '-price', 'bestSelling']) {
      const pages = await walk(
        (path) => app.anyone.get(path),
        `/v1/products?collection=${collection.id}&limit=1&sort=${sort}`,
      );
      expect(pages.map(({ id }) => id)).toEqual(await found(`&sort=${sort}`));
    }
    const facets = await app.anyone.get(`/v1/search/facets?collection=${collection.slug}`);
    expect(facets.body).toMatchObject({ total: 3, price: { min: { amount: 1000 }, max: { amount: 3000 } } });
  });

  it('of a collection that there is not is empty', async () => {
    for (const collection of ['none', admin.id]) {
      expect((await app.anyone.get(`/v1/products?collection=${collection}`)).body).toEqual({
        data: [],
        nextCursor: null,
      });
    }
  });

  it('of a collection has drafts and archived products for staff', async () => {
    const tag = newTag();
    const [draft, active] = [await make({ status: 'draft', tags: [tag] }), await make({ tags: [tag] })];
    const collection = await makeCollection(all(tagged(tag)));
    await app.runDue();
    const { body } = await staff.get(`/v1/products?collection=${collection.slug}`);
    expect((body.data as Made[]).map(({ id }) => id)).toEqual(idsOf(active, draft));
    expect(await productsIn(collection)).toEqual([active.id]);
    expect((await read(collection)).productCount).toBe(1);
    await staff.patch(`/v1/products/${draft.id}`, { status: 'active' }, ifMatch(draft.version));
    await follow();
    expect(await productsIn(collection)).toEqual(idsOf(active, draft));
    expect((await read(collection)).productCount).toBe(2);
  });
});

it('is made as the documentation says', async () => {
  const docs = await readFile(join(import.meta.dirname, '../../docs/integrators.md'), 'utf8');
  const request = /POST \/v1\/collections\n([\s\S]*?\n {4}\})/.exec(docs)?.[1] ?? '';
  const [fits] = [
    await make({ attributes: { material: 'copper' } }),
    await make({ attributes: { material: 'steel' } }),
    await make({
      attributes: { material: 'copper' },
      variants: [{ sku: 'DEAR-COPPER', prices: [{ amount: 5001, currency: 'EUR' }] }],
    }),
  ];
  const { body } = await staff.post('/v1/collections', JSON.parse(request));
  await app.runDue();
  const [address] = /\/v1\/products\?collection=[\w-]+/.exec(docs) ?? [''];
  expect(address).toBe(`/v1/products?collection=${body.slug}`);
  expect((await app.anyone.get(address)).body.data).toMatchObject([{ id: fits.id }]);
});
