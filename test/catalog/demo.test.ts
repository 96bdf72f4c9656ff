import { describe, expect, it } from 'vitest';
import { generateProducts } from '#src/catalog/demo/generate.js';
import { DemoCatalog } from '#src/catalog/index.js';
import { insertProducts } from '#src/catalog/products/insert-products.js';
import { galley } from '../support/app.js';
import { ofRequest, walk } from './catalog-support.js';

const app = galley();

describe('the demo shop', () => {
  it('has about forty products, each priced in EUR and USD, in few statements', async () => {
    const sent = await app.statements(() => app.service(DemoCatalog).seed());
    expect(ofRequest(sent).length).toBeLessThanOrEqual(9);
    const products = await walk((path) => app.anyone.get(path), '/v1/products?limit=50');
    expect(products.length).toBeGreaterThanOrEqual(38);
    expect(await walk((path) => app.anyone.get(path), '/v1/products?currency=USD')).toHaveLength(products.length);
    expect((await walk((path) => app.anyone.get(path), '/v1/products?currency=JPY')).length).toBeGreaterThan(5);
    expect((await walk((path) => app.anyone.get(path), '/v1/products?currency=KWD')).length).toBeGreaterThan(3);
    const { body } = await app.anyone.get('/v1/categories');
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual([
      'Kitchen',
      'Coffee',
      'Tea',
      'Table & Textiles',
      'Stationery',
      'Pantry',
    ]);
  });

  it('is left alone once there is anything', async () => {
    const count = async () =>
      (await app.db.query<{ count: number }>('SELECT count(*) FROM catalog.products'))[0]?.count;
    const before = await count();
    await Promise.all([app.service(DemoCatalog).seed(), app.service(DemoCatalog).seed()]);
    expect(await count()).toBe(before);
  });
});

describe('generated products', () => {
  it('are the same for the same seed, and can be found', async () => {
    const plain = (seed: number) =>
      generateProducts(20, { seed }).map(({ product, offers }) => [
        product.name,
        product.variants.map(({ sku }) => sku),
        offers,
      ]);
    expect(plain(7)).toEqual(plain(7));
    expect(plain(7)).not.toEqual(plain(8));
    await insertProducts((sql, params) => app.db.query(sql, params), generateProducts(250, { seed: 3 }));
    const found = await app.anyone.get('/v1/products?q=GEN-3-250-1');
    expect(found.body.data[0]).toMatchObject({ inStock: true, price: { currency: 'EUR' } });
  });
});
