import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CollectionsJobs } from '#src/catalog/collections/collections.jobs.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch, type Made, makeProduct, type ProductWish } from './catalog-support.js';

const app = galley();
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
