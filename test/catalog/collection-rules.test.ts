import { beforeAll, describe, expect, it } from 'vitest';
import { CollectionsJobs } from '#src/catalog/collections/collections.jobs.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch, type ProductWish } from './catalog-support.js';
import { all, any, Collections, idsOf, priced, tagged, unique } from './collections-support.js';

const app = galley();
let admin: Person;
let staff: Client;
let collections: Collections;
beforeAll(async () => {
  admin = await app.staff();
  collections = new Collections(app, admin);
  ({ staff } = collections);
});

const idOf = async (path: string, body: object): Promise<string> => (await staff.post(path, body)).body.id;

describe('a rule', () => {
  /** Of these, all with one tag, the ones that a collection has with this rule beside the tag. */
  async function picked(rule: (tag: string) => object, ...wishes: ProductWish[]): Promise<number[]> {
    const tag = unique('tag');
    const ids: string[] = [];
    for (const wish of wishes) ids.push((await collections.product({ ...wish, tags: [tag] })).id);
    const collection = await collections.make(rule(tag));
    await app.runDue();
    return (await collections.productsIn(collection)).map((id) => ids.indexOf(id)).sort();
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
    const tags = ['first', 'second', 'third'].map((name) => unique(name));
    const products = [];
    for (const tag of tags) products.push(await collections.product({ tags: [tag, 'other'] }));
    const collection = await collections.make(all(tagged(tags[0]!, tags[2]!)));
    await app.runDue();
    expect(await collections.productsIn(collection)).toEqual(idsOf(products[2]!, products[0]!));
  });

  it('asks for brands, types and categories, those below included', async () => {
    const brandId = await idOf('/v1/brands', { name: unique('Brand') });
    const typeId = await idOf('/v1/product-types', {
      code: unique('type').replace('-', '_'),
      name: 'x',
      attributes: [],
    });
    const above = await idOf('/v1/categories', { name: unique('Above') });
    const categoryId = await idOf('/v1/categories', { name: unique('Below'), parentId: above });
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
      { by: 'attribute', code: unique('of'), values: ['copper'] },
    ];
    const tag = unique('tag');
    const both = await collections.product({ ...priced(100_000), attributes: { [copper!.code!]: 'copper' } });
    const one = await collections.product({ attributes: { [copper!.code!]: 'copper' } });
    const neither = await collections.product({ tags: [tag] });
    const collection = await collections.make(any(dear!, copper!, tagged(tag)));
    await app.runDue();
    expect(await collections.productsIn(collection)).toEqual(idsOf(neither, one, both));
  });

  it('looks at the age of products every night', async () => {
    const tag = unique('tag');
    const product = await collections.product({ tags: [tag] });
    const collection = await collections.make(all(tagged(tag), { by: 'age', days: 30 }));
    await app.runDue();
    expect(await collections.productsIn(collection)).toEqual([product.id]);
    await app.db.query(`UPDATE catalog.products SET created_at = now() - interval '31 days' WHERE id = $1`, [
      product.id,
    ]);
    await collections.follow();
    expect(await collections.productsIn(collection)).toEqual([product.id]);
    await app.service(CollectionsJobs).age();
    expect(await collections.productsIn(collection)).toEqual([]);
  });

  it('follows prices that lists reduce, and categories that move', async () => {
    const [from, to] = [
      await idOf('/v1/categories', { name: unique('From') }),
      await idOf('/v1/categories', { name: unique('To') }),
    ];
    const child = await idOf('/v1/categories', { name: unique('Child'), parentId: from });
    const product = await collections.product({ ...priced(5000), categoryId: child });
    const cheap = await collections.make(
      all({ by: 'price', currency: 'EUR', max: 4000 }, { by: 'category', values: [to] }),
    );
    await app.runDue();
    await staff.patch(`/v1/categories/${child}`, { parentId: to }, ifMatch(1));
    await collections.follow();
    expect(await collections.productsIn(cheap)).toEqual([]);
    const list = await idOf('/v1/price-lists', { code: unique('reduced'), name: 'Reduced' });
    const price = { variantId: product.variants[0]!.id, amount: 3999, currency: 'EUR' };
    await staff.put(`/v1/price-lists/${list}/prices`, { prices: [price] });
    await app.runDue();
    await collections.follow();
    expect(await collections.productsIn(cheap)).toEqual([product.id]);
    await staff.patch(`/v1/categories/${child}`, { parentId: from }, ifMatch(2));
    await collections.follow();
    expect(await collections.productsIn(cheap)).toEqual([]);
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
    const { id } = await collections.product({});
    const collection = await collections.make(all(tagged('x')));
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
