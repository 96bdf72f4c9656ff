import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ifMatch, isKept, type Made, walk } from './catalog-support.js';
import { all, Collections, idsOf, priced, tagged, unique } from './collections-support.js';

const app = galley({ GALLEY_LOCALES: 'en,de' });
let admin: Person;
let staff: Client;
let collections: Collections;
beforeAll(async () => {
  admin = await app.staff();
  collections = new Collections(app, admin);
  ({ staff } = collections);
});

describe('a collection', () => {
  it('is filled by a job with the products that there are', async () => {
    const tag = unique('tag');
    const [first, , second] = [
      await collections.product({ tags: [tag] }),
      await collections.product({}),
      await collections.product({ tags: ['x', tag] }),
    ];
    const collection = await collections.make(all(tagged(tag)));
    expect(collection).toMatchObject({ productCount: 0, filling: true, version: 1 });
    await app.runDue();
    expect(await collections.productsIn(collection)).toEqual(idsOf(second, first));
    expect(await collections.read(collection)).toMatchObject({ productCount: 2, filling: false, version: 1 });
  });

  it('follows its products: they come, go, and are no longer sold', async () => {
    const tag = unique('tag');
    const collection = await collections.make(all(tagged(tag)));
    await app.runDue();
    const product = await collections.product({ tags: [tag] });
    const other = await collections.product({});
    await collections.follow();
    expect(await collections.productsIn(collection)).toEqual([product.id]);
    await staff.patch(`/v1/products/${other.id}`, { tags: [tag] }, ifMatch(other.version));
    await staff.patch(`/v1/products/${product.id}`, { tags: [] }, ifMatch(product.version));
    await collections.follow();
    expect(await collections.productsIn(collection)).toEqual([other.id]);
    expect((await collections.read(collection)).productCount).toBe(1);
    await staff.delete(`/v1/products/${other.id}`, ifMatch(other.version + 1));
    expect(await collections.productsIn(collection)).toEqual([]);
    await collections.follow();
    expect((await collections.read(collection)).productCount).toBe(0);
  });
});

describe('collections', () => {
  interface Listed {
    id: string;
    name: string;
    productCount: number;
  }
  const listed = async (client: Client, ids: string[], query = ''): Promise<Listed[]> => {
    const { body } = await client.get(`/v1/collections${query}`);
    return (body.data as Listed[]).filter(({ id }) => ids.includes(id));
  };

  it('are listed in their order, with how many of their products are for sale', async () => {
    const tag = unique('tag');
    const last = await collections.make(all(tagged(tag)), { name: 'B', position: 8 });
    const first = await collections.make(all(tagged(tag)), { name: 'Z', position: 7 });
    const second = await collections.make(all(tagged(tag)), { name: 'A', position: 8 });
    const ids = [first.id, second.id, last.id];
    expect((await listed(app.anyone, ids)).map(({ id }) => id)).toEqual(ids);
    await app.runDue();
    expect(await isKept(app, '/v1/collections')).toBe(true);
    await collections.product({ tags: [tag] });
    await collections.follow();
    expect((await listed(app.anyone, ids)).map(({ productCount }) => productCount)).toEqual([1, 1, 1]);
  });

  it('are named in the language of the reader', async () => {
    const { id } = await collections.make(all(tagged('x')), { name: 'For the stove', description: 'Hot.' });
    const path = `/v1/collections/${id}/translations`;
    const put = await staff.put(`${path}/de`, { name: 'Für den Herd' }, ifMatch(1));
    expect(put).toMatchObject({
      status: 200,
      body: { locale: 'de', name: 'Für den Herd', description: null, version: 2 },
    });
    const back = await staff.put(`${path}/de`, { name: 'Für den Herd', description: null }, ifMatch(2));
    expect([back.status, back.body]).toEqual([200, put.body]);
    const german = async () => (await listed(app.anyone, [id], '?locale=de'))[0];
    expect(await german()).toMatchObject({ name: 'Für den Herd', description: 'Hot.' });
    const named = await app.anyone.get(`/v1/collections/${id}?locale=de`);
    expect(named.body).toMatchObject({ name: 'Für den Herd', description: 'Hot.', version: 2 });
    const accepted = await app.anyone.get(`/v1/collections/${id}`, { 'accept-language': 'de-AT' });
    expect(accepted.body).toEqual(named.body);
    expect((await app.anyone.get(`/v1/collections/${id}`)).body.name).toBe('For the stove');
    expect(await listed(app.anyone, [id], '?locale=en')).toMatchObject([{ name: 'For the stove' }]);
    expect((await staff.get(path)).body.data).toHaveLength(1);
    expect((await staff.delete(`${path}/de`, ifMatch(2))).status).toBe(204);
    expect(await german()).toMatchObject({ name: 'For the stove' });
    expect((await staff.delete(`${path}/de`, ifMatch(3))).status).toBe(404);
    expect((await staff.put(`${path}/fr`, { name: 'x' }, ifMatch(3))).status).toBe(422);
  });

  it('are for staff only until they are published', async () => {
    const tag = unique('tag');
    const product = await collections.product({ tags: [tag] });
    const hidden = await collections.make(all(tagged(tag)), { published: false });
    await app.runDue();
    for (const path of [hidden.id, hidden.slug]) {
      expect((await app.anyone.get(`/v1/collections/${path}`)).status).toBe(404);
      expect((await app.anyone.get(`/v1/products?collection=${path}`)).body.data).toEqual([]);
      expect((await staff.get(`/v1/collections/${path}`)).body).toMatchObject({ published: false, productCount: 1 });
      expect((await staff.get(`/v1/products?collection=${path}`)).body.data).toMatchObject([{ id: product.id }]);
    }
    expect(await listed(app.anyone, [hidden.id])).toEqual([]);
    expect(await listed(staff, [hidden.id])).toHaveLength(1);
    await staff.patch(`/v1/collections/${hidden.id}`, { published: true }, ifMatch(1));
    expect(await listed(app.anyone, [hidden.id])).toHaveLength(1);
    expect(await collections.productsIn(hidden)).toEqual([product.id]);
  });

  it('have slugs of their own', async () => {
    const one = await collections.make(all(tagged('x')), { name: 'Über  alles' });
    expect(one.slug).toBe('uber-alles');
    const rule = all(tagged('x'));
    const taken = await staff.post('/v1/collections', { name: 'Uber alles', rule });
    expect([taken.status, taken.body.code]).toEqual([409, 'slug_taken']);
    const nameless = await staff.post('/v1/collections', { name: '鍋', rule });
    expect([nameless.status, nameless.body.errors[0].pointer]).toEqual([422, '/slug']);
  });

  it('are changed by what a request names, by one at a time, and by nothing when that is so already', async () => {
    const tag = unique('tag');
    const { id } = await collections.make(all(tagged(tag)));
    await app.runDue();
    const path = `/v1/collections/${id}`;
    const changes = { name: 'New', position: 3, rule: all(tagged(tag)) };
    const { body } = await staff.patch(path, changes, ifMatch(1));
    expect(body).toMatchObject({ name: 'New', position: 3, version: 2, filling: false });
    expect((await staff.patch(path, changes, ifMatch(2))).body.version).toBe(2);
    expect((await staff.patch(path, { position: 4 }, ifMatch(1))).status).toBe(412);
  });

  it('are not more than every change of a product can be held against', async () => {
    await app.db.query(
      `INSERT INTO catalog.collections (id, slug, name, rule)
       SELECT gen_random_uuid(), 'one-of-many-' || n, 'x', '{"match": "all", "conditions": []}'
       FROM generate_series(1, 199 - (SELECT count(*) FROM catalog.collections)) AS n`,
    );
    const add = (name: string) => staff.post('/v1/collections', { name, rule: all(tagged('x')) });
    const sql = 'LOCK TABLE catalog.collections IN SHARE UPDATE EXCLUSIVE MODE';
    const answers = await inTheWayOf(app, { sql, waiting: 2 }, () => Promise.all([add('Last'), add('One more')]));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('too_many_collections');
    await app.db.query(`DELETE FROM catalog.collections WHERE slug LIKE 'one-of-many-%'`);
  });

  it('that are not published are listed for staff, whatever they filter by', async () => {
    const tag = unique('tag');
    const product = await collections.product({ tags: [tag] });
    const { slug } = await collections.make(all(tagged(tag)), { published: false });
    await app.runDue();
    for (const query of ['', '&status=active']) {
      const { body } = await staff.get(`/v1/products?collection=${slug}${query}`);
      expect(body.data.map(({ id }: { id: string }) => id)).toEqual([product.id]);
    }
    expect((await app.anyone.get(`/v1/products?collection=${slug}`)).body.data).toEqual([]);
  });

  it('go, and their products stay', async () => {
    const tag = unique('tag');
    const product = await collections.product({ tags: [tag] });
    const collection = await collections.make(all(tagged(tag)));
    await app.runDue();
    expect(await collections.productsIn(collection)).toEqual([product.id]);
    expect((await staff.delete(`/v1/collections/${collection.id}`, ifMatch(1))).status).toBe(204);
    expect(await collections.productsIn(collection)).toEqual([]);
    expect((await app.anyone.get(`/v1/products/${product.id}`)).status).toBe(200);
    expect((await staff.get(`/v1/collections/${collection.id}`)).status).toBe(404);
  });
});

describe('a list of products', () => {
  it('of a collection takes other filters, each order, words and pages', async () => {
    const tag = unique('tag');
    const word = unique('wort').replace('-', '');
    const [a, b, c] = [
      await collections.product({ ...priced(3000), name: 'A', tags: [tag] }),
      await collections.product({ ...priced(1000), name: `C ${word}`, tags: [tag, 'further'] }),
      await collections.product({ ...priced(2000), name: 'B', tags: [tag], attributes: { metal: 'copper' } }),
    ];
    await collections.product({ ...priced(1000), name: `Other ${word}`, tags: ['further'] });
    const collection = await collections.make(all(tagged(tag)));
    await app.runDue();
    const found = (more: string) => collections.productsIn(collection, more);
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
    const tag = unique('tag');
    const [draft, active] = [
      await collections.product({ status: 'draft', tags: [tag] }),
      await collections.product({ tags: [tag] }),
    ];
    const collection = await collections.make(all(tagged(tag)));
    await app.runDue();
    const { body } = await staff.get(`/v1/products?collection=${collection.slug}`);
    expect((body.data as Made[]).map(({ id }) => id)).toEqual(idsOf(active, draft));
    expect(await collections.productsIn(collection)).toEqual([active.id]);
    expect((await collections.read(collection)).productCount).toBe(1);
    await staff.patch(`/v1/products/${draft.id}`, { status: 'active' }, ifMatch(draft.version));
    await collections.follow();
    expect(await collections.productsIn(collection)).toEqual(idsOf(active, draft));
    expect((await collections.read(collection)).productCount).toBe(2);
  });
});

it('is made as the documentation says', async () => {
  const docs = await readFile(join(import.meta.dirname, '../../docs/integrators.md'), 'utf8');
  const request = /POST \/v1\/collections\n([\s\S]*?\n {4}\})/.exec(docs)?.[1] ?? '';
  const [fits] = [
    await collections.product({ attributes: { material: 'copper' } }),
    await collections.product({ attributes: { material: 'steel' } }),
    await collections.product({
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
