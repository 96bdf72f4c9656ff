import { beforeAll, describe, expect, it } from 'vitest';
import { generateProducts } from '#src/catalog/demo/generate.js';
import { insertProducts } from '#src/catalog/products/insert-products.js';
import { galley } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ifMatch } from './catalog-support.js';
import { all, type Collection, Collections, tagged, unique } from './collections-support.js';

const app = galley();
let collections: Collections;
beforeAll(async () => {
  collections = new Collections(app, await app.staff());
});

/** More than the job takes at a time, oldest first. */
const MANY = 1100;

async function makeMany(tags: string[]): Promise<string[]> {
  const products = generateProducts(MANY, { from: Number(unique('').slice(1)) * MANY });
  for (const { product } of products) product.tags = tags;
  await insertProducts((sql, params) => app.db.query(sql, params), products);
  return products.map(({ product }) => product.id).sort();
}

const retag = (ids: string[], ...tags: string[]) =>
  app.db.query('UPDATE catalog.products SET tags = $2 WHERE id = ANY ($1)', [ids, tags]);

async function members({ id }: Collection): Promise<string[]> {
  const rows = await app.db.query<{ id: string }>(
    'SELECT product_id AS id FROM catalog.collection_products WHERE collection_id = $1 ORDER BY 1',
    [id],
  );
  return rows.map((row) => row.id);
}

const lockOf = ({ id }: Collection, waiting: number) => ({
  sql: 'SELECT FROM catalog.collections WHERE id = $1 FOR UPDATE',
  params: [id],
  waiting,
});

/** While this runs, the database refuses to make that product a member, as when a process dies just then. */
async function dyingAt(productId: string, fn: () => Promise<void>): Promise<void> {
  await app.db.unprepared(
    `ALTER TABLE catalog.collection_products ADD CONSTRAINT dies CHECK (product_id <> '${productId}') NOT VALID`,
  );
  await fn();
  await app.db.unprepared('ALTER TABLE catalog.collection_products DROP CONSTRAINT dies');
}

describe('Filling a collection', () => {
  it('goes on where it ended when it dies, and counts each product once', async () => {
    const tag = unique('tag');
    const ids = await makeMany([tag]);
    await collections.follow();
    const collection = await collections.make(all(tagged(tag)));
    await dyingAt(ids.at(-1) ?? '', async () => {
      await expect(collections.follow()).rejects.toThrow('dies');
      const begun = await members(collection);
      expect([begun.length > 0, begun.length < MANY]).toEqual([true, true]);
      expect(await collections.read(collection)).toMatchObject({ filling: true, productCount: begun.length });
    });
    await collections.follow();
    expect(await members(collection)).toEqual(ids);
    expect(await collections.read(collection)).toMatchObject({ filling: false, productCount: MANY });
  });

  it('begins anew when the rule is changed meanwhile', async () => {
    const [before, after] = [unique('tag'), unique('tag')];
    const ids = await makeMany([before]);
    await retag(ids.slice(0, 100), before, after);
    await collections.follow();
    const collection = await collections.make(all(tagged(before)));
    await dyingAt(ids.at(-1) ?? '', () => expect(collections.follow()).rejects.toThrow('dies'));
    const path = `/v1/collections/${collection.id}`;
    const change = { rule: all(tagged(after)) };
    const [answer] = await inTheWayOf(app, lockOf(collection, 2), () =>
      Promise.all([collections.staff.patch(path, change, ifMatch(1)), collections.follow()]),
    );
    expect(answer.status).toBe(200);
    await app.runDue();
    await collections.follow();
    expect(await members(collection)).toEqual(ids.slice(0, 100));
    expect(await collections.read(collection)).toMatchObject({ filling: false, productCount: 100 });
  });

  it('misses no change that is committed while it looks', async () => {
    const [tag, other] = [unique('tag'), unique('tag')];
    const ids = [];
    for (const tags of [[tag], [other]]) ids.push((await collections.product({ tags })).id);
    const collection = await collections.make(all(tagged(tag)));
    const client = await app.db.pool.connect();
    await client.query('BEGIN');
    await client.query(
      `UPDATE catalog.products SET tags = CASE id WHEN $1 THEN '{}' ELSE tags || $3::text END WHERE id IN ($1, $2)`,
      [...ids, tag],
    );
    await collections.follow();
    expect(await members(collection)).toEqual([ids[0]]);
    await client.query('COMMIT');
    client.release();
    await collections.follow();
    expect(await members(collection)).toEqual([ids[1]]);
  });

  it('is done by two at once as by one', async () => {
    const tag = unique('tag');
    const ids = await makeMany([tag]);
    const made = [await collections.make(all(tagged(tag))), await collections.make(all(tagged(tag, 'x')))];
    await Promise.all([collections.follow(), collections.follow(), collections.follow()]);
    for (const collection of made) {
      expect(await members(collection)).toEqual(ids);
      expect((await collections.read(collection)).productCount).toBe(MANY);
    }
  });
});

describe('Following products', () => {
  it('is done again when it dies', async () => {
    const tag = unique('tag');
    const made = [await collections.make(all(tagged(tag))), await collections.make(all(tagged(tag, 'x')))];
    await app.runDue();
    const { id } = await collections.product({ tags: [tag] });
    await dyingAt(id, () => expect(collections.follow()).rejects.toThrow('dies'));
    await collections.follow();
    for (const collection of made) {
      expect(await members(collection)).toEqual([id]);
      expect((await collections.read(collection)).productCount).toBe(1);
    }
  });

  it('ends with what is true last, whoever of two looks first', async () => {
    const tag = unique('tag');
    const collection = await collections.make(all(tagged(tag)));
    await app.runDue();
    const { id } = await collections.product({});
    await collections.follow();
    await retag([id], tag);
    await inTheWayOf(app, lockOf(collection, 2), async () => {
      const first = collections.follow();
      await retag([id]);
      await Promise.all([first, collections.follow()]);
    });
    expect(await members(collection)).toEqual([]);
    expect((await collections.read(collection)).productCount).toBe(0);
  });

  it('keeps nobody who changes a product waiting', async () => {
    const tag = unique('tag');
    const collection = await collections.make(all(tagged(tag)));
    await app.runDue();
    const product = await collections.product({ tags: [tag] });
    await inTheWayOf(app, lockOf(collection, 1), async () => {
      const followed = collections.follow();
      const path = `/v1/products/${product.id}`;
      expect((await collections.staff.patch(path, { tags: [] }, ifMatch(product.version))).status).toBe(200);
      await followed;
    });
    await collections.follow();
    expect(await members(collection)).toEqual([]);
  });

  it('writes nothing when nothing differs', async () => {
    const tag = unique('tag');
    const collection = await collections.make(all(tagged(tag)));
    const { id } = await collections.product({ tags: [tag, 'x'] });
    await app.runDue();
    await collections.follow();
    const state = () =>
      app.db.query(
        `SELECT c.xmin::text AS collection, m.xmin::text AS member
         FROM catalog.collections c JOIN catalog.collection_products m ON m.collection_id = c.id WHERE c.id = $1`,
        [collection.id],
      );
    const before = await state();
    await retag([id], tag, 'y');
    await collections.follow();
    expect(await state()).toEqual(before);
    expect(await app.db.query('SELECT FROM catalog.collection_rechecks')).toEqual([]);
  });
});
