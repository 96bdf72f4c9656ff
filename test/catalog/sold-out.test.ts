import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { NoteSoldOut1767231400000 } from '#src/catalog/migrations/1767231400000-note-sold-out.js';
import { galley, type Person } from '../support/app.js';
import { makeProduct } from './catalog-support.js';

const app = galley();
let staff: Person;
let category: string;

beforeAll(async () => {
  staff = await app.staff();
  category = (await app.as(staff).post('/v1/categories', { name: 'Here' })).body.slug;
});

const soldOut = async (more = ''): Promise<string[]> => {
  const { body } = await app.anyone.get(`/v1/products?inStock=false&sort=name&category=${category}${more}`);
  return body.data.map(({ name }: { name: string }) => name);
};

/** A product in the category, with variants that have so many. */
async function product(name: string, stocks: number[], more: object = {}) {
  const { body } = await app.as(staff).get(`/v1/categories/${category}`);
  return makeProduct(app, staff, {
    name,
    categoryId: body.id,
    variants: stocks.map((stock) => ({ sku: randomUUID(), stock, ...more })),
  });
}

const adjust = (variantId: string, delta: number) =>
  app.as(staff).post(`/v1/variants/${variantId}/stock/adjustments`, { delta, reason: 'counted' });

describe('The list of what is sold out', () => {
  it('has a product when its last variant goes, and no more when one of them comes back', async () => {
    const { variants } = await product('Two sizes', [1, 2]);
    const [small, large] = variants.map(({ id }) => id) as [string, string];
    const seen = [await soldOut()];
    for (const [id, delta] of [
      [small, -1],
      [large, -2],
      [small, 5],
      [small, -5],
    ] as const) {
      expect((await adjust(id, delta)).status).toBeLessThan(300);
      seen.push(await soldOut());
    }
    expect(seen).toEqual([[], [], ['Two sizes'], [], ['Two sizes']]);
    const { body } = await app.anyone.get(`/v1/search/facets?inStock=false&category=${category}`);
    expect(body.total).toBe(1);
  });

  it('has a product of which no more may be ordered beyond what there is', async () => {
    const { variants } = await product('Backorders', [0], { backorderable: true });
    const path = `/v1/variants/${variants[0]!.id}/stock`;
    const limit = async (backorderLimit: number | null) => {
      const { body } = await app.as(staff).get(path);
      await app.as(staff).patch(path, { backorderLimit }, { 'if-match': `"${body.version}"` });
      return soldOut();
    };
    expect(await soldOut()).not.toContain('Backorders');
    expect(await limit(0)).toContain('Backorders');
    expect(await limit(3)).not.toContain('Backorders');
  });

  it('has a product whose only variant with goods is archived', async () => {
    const { variants, version } = await product('Odd', [0, 4]);
    const withGoods = variants[1]!.id;
    expect(await soldOut()).not.toContain('Odd');
    const gone = await app.as(staff).delete(`/v1/variants/${withGoods}`, { 'if-match': `"${version}"` });
    expect(gone.status).toBe(204);
    expect(await soldOut()).toContain('Odd');
  });

  it('has what comes with nothing in a file, until a file brings some', async () => {
    const send = async (stock: number) => {
      const file = `sku,name,price,currency,inventory_count,category1,status\nSOLD-1,From a file,5,EUR,${stock},Here,active\n`;
      const { body } = await app.as(staff).send('POST', '/v1/imports', file, { 'content-type': 'text/csv' });
      await app.runDue();
      expect((await app.as(staff).get(`/v1/imports/${body.id}`)).body).toMatchObject({
        status: 'completed',
        refused: 0,
      });
    };
    await send(0);
    expect(await soldOut()).toContain('From a file');
    await send(3);
    expect(await soldOut()).not.toContain('From a file');
  });

  it('has what was sold out before it was noted', async () => {
    const before = await soldOut();
    expect(before).not.toEqual([]);
    const noted = () => app.db.query('SELECT * FROM catalog.sold_out ORDER BY variant_id');
    const rows = await noted();
    const runner = app.db.manager.connection.createQueryRunner();
    const migration = new NoteSoldOut1767231400000();
    await migration.down(runner);
    await migration.up(runner);
    await runner.release();
    expect(await noted()).toEqual(rows);
    expect(await soldOut()).toEqual(before);
  });
});
