import { beforeAll, describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';
import { ifMatch, makeProduct } from './catalog-support.js';

const app = galley();
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

describe('making a product', () => {
  it('answers the whole product, with its place and its version', async () => {
    const category = await app.as(staff).post('/v1/categories', { name: 'Kettles' });
    const { status, headers, body } = await app.as(staff).post('/v1/products', {
      name: 'Crème Kettle',
      description: 'Whistles.\nTwice.',
      status: 'active',
      categoryId: category.body.id,
      attributes: { material: 'Copper', litres: 1.5, induction: true },
      tags: ['kettle'],
      media: [{ url: 'https://images.example.com/kettle.webp' }],
      variants: [
        {
          sku: 'KETTLE-RED',
          optionValues: { Color: 'Red' },
          prices: [
            { amount: 4999, currency: 'EUR', compareAtAmount: 5999 },
            { amount: 8000, currency: 'JPY' },
          ],
          stock: 3,
        },
        {
          sku: 'KETTLE-BLUE',
          optionValues: { Color: 'Blue' },
          prices: [{ amount: 4500, currency: 'EUR' }],
          weightGrams: 850,
        },
      ],
    });
    expect(status).toBe(201);
    expect(headers['location']).toBe(`/v1/products/${body.id}`);
    expect(headers['etag']).toBe('"1"');
    expect(body).toMatchObject({
      slug: 'creme-kettle',
      category: { id: category.body.id, slug: 'kettles', name: 'Kettles' },
      options: [{ name: 'Color', values: ['Red', 'Blue'] }],
      media: [{ url: 'https://images.example.com/kettle.webp', alt: null }],
      thumbnail: 'https://images.example.com/kettle.webp',
      attributes: { material: 'Copper', litres: 1.5, induction: true },
    });
    expect(body.variants).toMatchObject([
      {
        sku: 'KETTLE-RED',
        title: 'Red',
        price: { amount: 4999, currency: 'EUR' },
        compareAtPrice: { amount: 5999, currency: 'EUR' },
        available: 3,
      },
      { sku: 'KETTLE-BLUE', title: 'Blue', price: { amount: 4500, currency: 'EUR' }, available: 0, weightGrams: 850 },
    ]);
    const shown = await app.anyone.get('/v1/products/creme-kettle?currency=JPY');
    expect(shown.body.variants[0].price).toEqual({ amount: 8000, currency: 'JPY' });
    expect(shown.body.variants[1].price).toBeNull();
  });

  it('is a draft that the public does not see unless it says otherwise', async () => {
    const product = await makeProduct(app, staff, { status: undefined });
    expect((await app.anyone.get(`/v1/products/${product.id}`)).status).toBe(404);
    expect((await app.anyone.get(`/v1/products/${product.slug}`)).status).toBe(404);
    expect((await app.as(staff).get(`/v1/products/${product.id}`)).body.status).toBe('draft');
    const shopper = await app.shopper();
    expect((await app.as(shopper).get(`/v1/products/${product.id}`)).status).toBe(404);
  });

  it('refuses a slug or a SKU that is taken, and keeps nothing of the request', async () => {
    const product = await makeProduct(app, staff, { slug: 'taken-slug' });
    const variants = [{ sku: 'FRESH-SKU' }];
    const slug = await app.as(staff).post('/v1/products', { name: 'Other', slug: 'taken-slug', variants });
    expect([slug.status, slug.body.code]).toEqual([409, 'slug_taken']);
    const sku = await app
      .as(staff)
      .post('/v1/products', { name: 'Another', variants: [{ sku: product.variants[0]?.sku }] });
    expect([sku.status, sku.body.code, sku.body.detail]).toEqual([
      409,
      'sku_taken',
      `The SKU "${product.variants[0]?.sku}" is taken. GET /v1/variants?sku=${product.variants[0]?.sku} shows by what.`,
    ]);
    const twice = await app.as(staff).post('/v1/products', { name: 'Twice', variants: [...variants, ...variants] });
    expect([twice.status, twice.body.code]).toEqual([409, 'sku_taken']);
    expect(await app.db.query(`SELECT 1 FROM catalog.variants WHERE sku = 'FRESH-SKU'`)).toEqual([]);
  });

  it.each([
    ['an unknown category', { categoryId: '0190a0a0-0000-7000-8000-000000000000' }, '/categoryId'],
    ['a name that makes no slug', { name: '茶' }, '/slug'],
    ['a slug with capitals', { slug: 'Not-A-Slug' }, '/slug'],
    ['no variants', { variants: [] }, '/variants'],
    ['2001 variants', { variants: Array.from({ length: 2001 }, (_, n) => ({ sku: `MANY-${n}` })) }, '/variants'],
    [
      'a value that its option does not have',
      { options: [{ name: 'Size', values: ['S'] }], variants: [{ sku: 'X1', optionValues: { Size: 'M' } }] },
      '/variants/0/optionValues',
    ],
    [
      'an option that the product does not have',
      { options: [], variants: [{ sku: 'X2', optionValues: { Size: 'M' } }] },
      '/variants/0/optionValues',
    ],
    [
      'an option without its value',
      { options: [{ name: 'Size', values: ['S'] }], variants: [{ sku: 'X3' }] },
      '/variants/0/optionValues',
    ],
    [
      'the same values twice',
      {
        variants: [
          { sku: 'X4', optionValues: { Size: 'M' } },
          { sku: 'X5', optionValues: { Size: 'M' } },
        ],
      },
      '/variants/1/optionValues',
    ],
    [
      'an unknown currency',
      { variants: [{ sku: 'X6', prices: [{ amount: 1, currency: 'EURO' }] }] },
      '/variants/0/prices/0/currency',
    ],
    [
      'two prices in one currency',
      {
        variants: [
          {
            sku: 'X7',
            prices: [
              { amount: 1, currency: 'EUR' },
              { amount: 2, currency: 'EUR' },
            ],
          },
        ],
      },
      '/variants/0/prices/1/currency',
    ],
    [
      'a negative price',
      { variants: [{ sku: 'X8', prices: [{ amount: -1, currency: 'EUR' }] }] },
      '/variants/0/prices/0/amount',
    ],
    [
      'a price beyond all bounds',
      { variants: [{ sku: 'X9', prices: [{ amount: 1e18, currency: 'EUR' }] }] },
      '/variants/0/prices/0/amount',
    ],
    [
      'a former price that was lower',
      { variants: [{ sku: 'X10', prices: [{ amount: 5, currency: 'EUR', compareAtAmount: 5 }] }] },
      '/variants/0/prices/0/compareAtAmount',
    ],
    ['half a piece in stock', { variants: [{ sku: 'X11', stock: 0.5 }] }, '/variants/0/stock'],
    ['a NUL in the name', { name: 'Ket\u0000tle' }, '/name'],
    ['a lone surrogate in an attribute', { attributes: { material: '\ud800' } }, '/attributes/material'],
    ['a NUL in a tag', { tags: ['a\u0000'] }, '/tags/0'],
    ['a picture that is a script', { media: [{ url: 'javascript:alert(1)' }] }, '/media/0/url'],
    ['a name that is too long', { name: 'x'.repeat(201) }, '/name'],
  ])('refuses %s and says where', async (_, wish, pointer) => {
    const { status, body } = await app
      .as(staff)
      .post('/v1/products', { name: 'Strange', variants: [{ sku: 'STRANGE' }], ...wish });
    expect(status).toBe(422);
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it('needs products:write', async () => {
    const shopper = await app.shopper();
    expect((await app.anyone.post('/v1/products', { name: 'X', variants: [{ sku: 'X' }] })).status).toBe(401);
    const { status, body } = await app.as(shopper).post('/v1/products', { name: 'X', variants: [{ sku: 'X' }] });
    expect([status, body.permission]).toEqual([403, 'products:write']);
  });
});

describe('changing a product', () => {
  it('changes what is named, keeps the rest, and moves the version', async () => {
    const product = await makeProduct(app, staff, { description: 'Old', tags: ['old'] });
    const { status, headers, body } = await app
      .as(staff)
      .patch(`/v1/products/${product.id}`, { description: null, name: 'New name' }, ifMatch(1));
    expect([status, headers['etag']]).toEqual([200, '"2"']);
    expect(body).toMatchObject({ name: 'New name', description: null, tags: ['old'], slug: product.slug, version: 2 });
  });

  it('keeps the version when nothing differs', async () => {
    const product = await makeProduct(app, staff, { attributes: { b: 1, a: 'x' } });
    const { body } = await app
      .as(staff)
      .patch(`/v1/products/${product.id}`, { attributes: { a: 'x', b: 1 } }, ifMatch(1));
    expect(body.version).toBe(1);
  });

  it('lets one of two writers through, and tells the other which version there is', async () => {
    const product = await makeProduct(app, staff);
    const answers = await Promise.all(
      ['One', 'Two'].map((name) => app.as(staff).patch(`/v1/products/${product.id}`, { name }, ifMatch(1))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(answers.find(({ status }) => status === 412)?.body.currentVersion).toBe(2);
  });

  it('asks for If-Match', async () => {
    const product = await makeProduct(app, staff);
    expect((await app.as(staff).patch(`/v1/products/${product.id}`, { name: 'X' })).status).toBe(428);
    expect((await app.as(staff).delete(`/v1/products/${product.id}`)).status).toBe(428);
  });

  it('refuses options that do not fit the variants there are', async () => {
    const product = await makeProduct(app, staff, { variants: [{ sku: 'FIT-S', optionValues: { Size: 'S' } }] });
    const { status, body } = await app
      .as(staff)
      .patch(`/v1/products/${product.id}`, { options: [{ name: 'Size', values: ['M'] }] }, ifMatch(1));
    expect([status, body.errors[0].code]).toEqual([422, 'unknown_option_value']);
  });

  it('shows the change to everyone at once, although answers are kept', async () => {
    const product = await makeProduct(app, staff, { name: 'Before the change' });
    const before = await app.anyone.get(`/v1/products/${product.slug}`);
    const again = { 'if-none-match': before.headers['etag'] ?? '' };
    expect((await fetch(`${app.url}/v1/products/${product.slug}`, { headers: again })).status).toBe(304);
    await app.as(staff).patch(`/v1/products/${product.id}`, { name: 'After the change' }, ifMatch(1));
    const after = await app.anyone.get(`/v1/products/${product.slug}`, again);
    expect([after.status, after.body.name]).toEqual([200, 'After the change']);
  });
});

describe('archiving a product', () => {
  it('takes it out of sight, and a change must bring it back first', async () => {
    const product = await makeProduct(app, staff);
    expect((await app.as(staff).delete(`/v1/products/${product.id}`, ifMatch(1))).status).toBe(204);
    expect((await app.anyone.get(`/v1/products/${product.id}`)).status).toBe(404);
    expect((await app.as(staff).delete(`/v1/products/${product.id}`, ifMatch(2))).status).toBe(204);
    const change = await app.as(staff).patch(`/v1/products/${product.id}`, { name: 'X' }, ifMatch(2));
    expect([change.status, change.body.code]).toEqual([409, 'product_archived']);
    const back = await app
      .as(staff)
      .patch(`/v1/products/${product.id}`, { name: 'Back', status: 'active' }, ifMatch(2));
    expect(back.body).toMatchObject({ name: 'Back', status: 'active', version: 3 });
    expect((await app.anyone.get(`/v1/products/${product.id}`)).status).toBe(200);
  });

  it('answers 404 for a product that is not there', async () => {
    const nowhere = '/v1/products/0190a0a0-0000-7000-8000-000000000000';
    expect((await app.as(staff).delete(nowhere, ifMatch(1))).status).toBe(404);
    expect((await app.anyone.get(nowhere)).status).toBe(404);
    expect((await app.anyone.get('/v1/products/%00')).status).toBeLessThan(500);
  });
});

describe('events', () => {
  it('tell of a product made, changed and archived', async () => {
    const product = await makeProduct(app, staff);
    await app.as(staff).patch(`/v1/products/${product.id}`, { name: 'Changed' }, ifMatch(1));
    await app.as(staff).delete(`/v1/products/${product.id}`, ifMatch(2));
    const events = await app.db.query<{ type: string }>(
      `SELECT type FROM platform.events WHERE payload->>'productId' = $1 ORDER BY id`,
      [product.id],
    );
    expect(events.map(({ type }) => type)).toEqual([
      'catalog.product_created',
      'catalog.product_changed',
      'catalog.product_archived',
    ]);
  });
});
