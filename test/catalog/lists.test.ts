import { beforeAll, describe, expect, it } from 'vitest';
import { ProductLists } from '#src/catalog/products/product-lists.js';
import { ListProductsQuery } from '#src/catalog/products/product-queries.dto.js';
import type { Caller } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { ifMatch, isKept, makeProduct, ofRequest, walk } from './catalog-support.js';

const app = galley();
let staff: Person;
const ids: Record<string, string> = {};

/** Twelve products with prices that repeat, names with accents, in two branches of a tree, some sold out or drafts. */
beforeAll(async () => {
  staff = await app.staff();
  const make = async (path: string, body: object) => (await app.as(staff).post(path, body)).body.id as string;
  const kitchen = await make('/v1/categories', { name: 'Kitchen' });
  const kettles = await make('/v1/categories', { name: 'Kettles', parentId: kitchen });
  const paper = await make('/v1/categories', { name: 'Kitchenware paper', slug: 'kitchen-paper' });
  const names = [
    'Éclair tin',
    'eclair rack',
    'Zinc tray',
    'apple corer',
    'Apple corer',
    'Ölkanne',
    'Oil can',
    'mug',
    'Mug',
    'MUG',
  ];
  for (const [index, name] of names.entries()) {
    const product = await makeProduct(app, staff, {
      name,
      slug: `list-${index}`,
      categoryId: [kitchen, kettles, paper][index % 3],
      variants: [
        {
          sku: `LIST-${index}-A`,
          optionValues: { Color: index % 2 ? 'Black' : 'White' },
          prices: [
            { amount: 1000 + 100 * (index % 4), currency: 'EUR' },
            ...(index < 3 ? [{ amount: 500, currency: 'JPY' }] : []),
          ],
          stock: index % 5 === 0 ? 0 : 5,
        },
        { sku: `LIST-${index}-B`, optionValues: { Color: 'Sand' }, prices: [{ amount: 9000, currency: 'EUR' }] },
      ],
    });
    ids[name] = product.id;
  }
  await makeProduct(app, staff, { name: 'Draft', status: 'draft' });
  await makeProduct(app, staff, { name: 'Unpriced', variants: [{ sku: 'UNPRICED', stock: 1 }] });
});

const names = async (query: string, client = app.anyone) =>
  ((await client.get(`/v1/products${query}`)).body.data as { name: string }[]).map(({ name }) => name);

describe('a card', () => {
  it('shows the lowest price, whether it can be had, and where it stands', async () => {
    const { body } = await app.anyone.get('/v1/products?sort=createdAt&limit=1');
    expect(body.data).toEqual([
      {
        id: ids['Éclair tin'],
        slug: 'list-0',
        name: 'Éclair tin',
        thumbnail: null,
        price: { amount: 1000, currency: 'EUR' },
        compareAtPrice: null,
        lowestPrice30Days: null,
        inStock: false,
        category: { id: expect.any(String), slug: 'kitchen', name: 'Kitchen' },
        ...{ attributes: null, brand: null, labels: null, options: null, tags: null },
      },
    ]);
  });

  it('has no price when it is not sold in the shop’s currency', async () => {
    const { body } = await app.anyone.get('/v1/products?q=Unpriced');
    expect(body.data).toMatchObject([{ name: 'Unpriced', price: null, inStock: true }]);
  });
});

describe('filters', () => {
  it('show only active products to the public, and all of them to staff', async () => {
    expect(await names('?limit=100')).not.toContain('Draft');
    expect(await names('?limit=100', app.as(staff))).toContain('Draft');
    expect(await names('?status=draft', app.as(staff))).toEqual(['Draft']);
    const refused = await app.anyone.get('/v1/products?status=draft');
    expect([refused.status, refused.body.permission]).toEqual([403, 'products:read']);
  });

  it('take a category with those below it, by slug or id, and not one whose slug merely starts alike', async () => {
    const found = await names('?category=kitchen&sort=createdAt');
    expect(found).toEqual(['Éclair tin', 'eclair rack', 'apple corer', 'Apple corer', 'Oil can', 'mug', 'MUG']);
    expect(await names('?category=kettles&sort=createdAt')).toEqual(['eclair rack', 'Apple corer', 'mug']);
    expect(await names('?category=no-such')).toEqual([]);
  });

  it('take prices, stock and currency', async () => {
    expect(await names('?minPrice=1100&maxPrice=1100&sort=createdAt')).toEqual(['eclair rack', 'Ölkanne', 'MUG']);
    expect(await names('?inStock=false&sort=createdAt')).toEqual(['Éclair tin', 'Ölkanne']);
    expect(await names('?inStock=true&limit=100')).toHaveLength(9);
    expect(await names('?currency=JPY&sort=createdAt')).toEqual(['Éclair tin', 'eclair rack', 'Zinc tray']);
    expect(await names('?currency=KWD')).toEqual([]);
  });

  it('take option values of one and the same variant', async () => {
    const found = async (option: Record<string, string>) => {
      const query = Object.assign(new ListProductsQuery(), { option, sort: 'createdAt', limit: 100 });
      const caller = { can: () => false } as unknown as Caller;
      const { bytes } = await app.service(ProductLists).list(query, caller);
      return (JSON.parse(bytes.toString()) as { data: { name: string }[] }).data.map(({ name }) => name);
    };
    expect(await found({ Color: 'Black' })).toEqual(['eclair rack', 'apple corer', 'Ölkanne', 'mug', 'MUG']);
    expect(await found({ Color: 'Sand' })).toHaveLength(10);
    expect(await found({ Color: 'Black', Size: 'L' })).toEqual([]);
  });

  it.each([
    ['?limit=0', 422],
    ['?limit=101', 422],
    ['?limit=1e3', 422],
    ['?minPrice=-1', 422],
    ['?minPrice=99999999999999999999', 422],
    ['?currency=EURO', 422],
    ['?currency=EUR&currency=USD', 422],
    ['?sort=random', 422],
    ['?status=secret', 422],
    ['?inStock=maybe', 422],
    ['?q=%00', 422],
    ['?q=%ED%A0%80', 200],
    [`?q=${'x'.repeat(201)}`, 422],
    ['?catgory=kitchen', 400],
    ['?cursor=nonsense', 400],
    ['?cursor=W10', 400],
  ])('answer %s with %i', async (query, status) => {
    const answer = await app.anyone.get(`/v1/products${query}`);
    expect(answer.status).toBe(status);
    if (query.startsWith('?catgory')) expect(answer.body.detail).toContain('did you mean "category"');
  });
});

describe('orders', () => {
  it('sort by name as people do, whatever the case and the accents', async () => {
    const sorted = await names('?sort=name');
    expect(sorted).toEqual([
      'apple corer',
      'Apple corer',
      'eclair rack',
      'Éclair tin',
      'mug',
      'Mug',
      'MUG',
      'Oil can',
      'Ölkanne',
      'Unpriced',
      'Zinc tray',
    ]);
    expect(await names('?sort=-name')).toEqual(sorted.toReversed());
  });

  it('sort by price, leaving out what has none', async () => {
    const prices = async (sort: string) =>
      ((await app.anyone.get(`/v1/products?sort=${sort}`)).body.data as { price: { amount: number } }[]).map(
        ({ price }) => price.amount,
      );
    const ascending = await prices('price');
    expect(ascending).toEqual([1000, 1000, 1000, 1100, 1100, 1100, 1200, 1200, 1300, 1300]);
    expect(await prices('-price')).toEqual(ascending.toReversed());
  });
});

describe('pages', () => {
  it.each([
    '',
    'sort=createdAt',
    'sort=name',
    'sort=-name',
    'sort=price',
    'sort=-price',
    'q=mug+corer+or+tray',
    'category=kitchen',
    'inStock=true',
  ])('of "%s" give each product once, whatever their size', async (query) => {
    const { body } = await app.anyone.get(`/v1/products?limit=100&${query}`);
    const whole = (body.data as { id: string }[]).map(({ id }) => id);
    expect(whole.length).toBeGreaterThan(0);
    for (const limit of [1, 2, 3, 7]) {
      const walked = await walk((path) => app.anyone.get(path), `/v1/products?limit=${limit}&${query}`);
      expect(walked.map(({ id }) => id)).toEqual(whole);
    }
  });

  it('belong to their filters and their order', async () => {
    const { body } = await app.anyone.get('/v1/products?limit=2&sort=name');
    const cursor = `cursor=${body.nextCursor}`;
    expect((await app.anyone.get(`/v1/products?limit=5&sort=name&${cursor}`)).status).toBe(200);
    for (const other of ['sort=-name', 'sort=name&inStock=true', 'sort=name&q=mug', 'sort=name&currency=EUR']) {
      const refused = await app.anyone.get(`/v1/products?limit=2&${other}&${cursor}`);
      expect([refused.status, refused.body.code]).toEqual([400, 'invalid_cursor']);
    }
  });

  it.each(['bestSelling', 'price'])('by %s refuse a cursor with a number that there is not', async (sort) => {
    const { body } = await app.anyone.get(`/v1/products?limit=1&sort=${sort}`);
    const [tag, , id] = JSON.parse(Buffer.from(body.nextCursor, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify([tag, sort === 'price' ? 1e300 : 2 ** 40, id])).toString('base64url');
    const { status } = await app.anyone.get(`/v1/products?limit=1&sort=${sort}&cursor=${forged}`);
    expect(status).toBe(400);
  });
});

describe('cost', () => {
  it.each<[string, number]>([
    ['', 1],
    ['?sort=price', 1],
    ['?q=mug', 1],
    // As typed, and as it may have been meant.
    ['?q=mugg', 2],
    // First, which categories are below it.
    ['?category=kitchen&inStock=true', 2],
  ])('of "%s" does not grow with the page: statements %i', async (query, statements) => {
    for (const limit of [1, 20, 100]) {
      const path = `/v1/products${query}${query ? '&' : '?'}limit=${limit}`;
      const client = app.as(staff);
      const signedIn = (await app.statements(() => client.get(path))).filter((sql) => sql.includes('catalog.'));
      expect(signedIn).toHaveLength(statements);
      expect(await isKept(app, path)).toBe(true);
    }
  });

  it('of a detail is one statement the first time and none after', async () => {
    const path = '/v1/products/list-3';
    expect(ofRequest(await app.statements(() => app.anyone.get(path)))).toHaveLength(1);
    expect(await isKept(app, path)).toBe(true);
  });

  it('of making a product is the same for 1, 20 and 100 variants', async () => {
    const counts: number[] = [];
    for (const count of [1, 20, 100]) {
      const variants = Array.from({ length: count }, (_, index) => ({
        sku: `COST-${count}-${index}`,
        optionValues: { Size: String(index) },
        prices: [{ amount: 100, currency: 'EUR' }],
        stock: 1,
      }));
      const sent = await app.statements(() => makeProduct(app, staff, { variants }));
      counts.push(ofRequest(sent).length);
    }
    expect(counts).toEqual([6, 6, 6]);
  });

  it('of a change is seven statements', async () => {
    const product = await makeProduct(app, staff);
    const sent = await app.statements(() =>
      app.as(staff).patch(`/v1/products/${product.id}`, { name: 'Cheap' }, ifMatch(1)),
    );
    expect(ofRequest(sent)).toHaveLength(7);
  });
});
