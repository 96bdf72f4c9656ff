import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { PriceBook } from '#src/catalog/index.js';
import { galley, type Person } from '../support/app.js';
import { ifMatch, makeProduct, ofRequest } from './catalog-support.js';

const app = galley();
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

const colored = () =>
  makeProduct(app, staff, {
    variants: [
      { sku: randomUUID(), optionValues: { Color: 'Red' }, prices: [{ amount: 500, currency: 'EUR' }], stock: 1 },
      { sku: randomUUID(), optionValues: { Color: 'Blue' }, prices: [{ amount: 700, currency: 'EUR' }], stock: 1 },
    ],
  });
const cardPrice = async (id: string) =>
  (await app.db.query('SELECT currency, amount FROM catalog.card_prices WHERE product_id = $1 ORDER BY currency', [
    id,
  ])) as object[];

describe('a variant', () => {
  it('is read anew after a sale, which does not move the version', async () => {
    const { variants } = await makeProduct(app, staff);
    const path = `/v1/variants/${variants[0]?.id}`;
    const { headers, body } = await app.as(staff).get(path);
    await app.as(staff).post(`${path}/stock/adjustments`, { delta: -3, reason: 'Broken' });
    const again = await app.as(staff).get(path, { 'if-none-match': String(headers['etag']) });
    expect([body.available, again.status, again.body?.available]).toEqual([10, 200, 7]);
  });

  it('is added with its price and stock, and moves its product’s version', async () => {
    const product = await makeProduct(app, staff);
    await app.anyone.get(`/v1/products/${product.slug}`);
    const sku = randomUUID();
    const { status, headers, body } = await app.as(staff).post(`/v1/products/${product.id}/variants`, {
      sku,
      title: 'Second',
      prices: [{ amount: 100, currency: 'EUR' }],
      stock: 7,
    });
    expect([status, headers['location'], headers['etag']]).toEqual([201, `/v1/variants/${body.id}`, '"2"']);
    expect(body).toMatchObject({ productId: product.id, sku, title: 'Second', available: 7, version: 2 });
    expect((await app.as(staff).get(`/v1/variants/${body.id}`)).body).toEqual(body);
    expect((await app.anyone.get(`/v1/products/${product.slug}`)).body.variants).toHaveLength(2);
    expect(await cardPrice(product.id)).toEqual([{ currency: 'EUR', amount: 100 }]);
  });

  it('must fit the options of its product, and differ from its siblings', async () => {
    const product = await colored();
    const add = (optionValues?: object) =>
      app
        .as(staff)
        .post(`/v1/products/${product.id}/variants`, { sku: randomUUID(), ...(optionValues ? { optionValues } : {}) });
    for (const [values, code] of [
      [undefined, 'option_missing'],
      [{ Color: 'Green' }, 'unknown_option_value'],
      [{ Color: 'Red', Size: 'L' }, 'unknown_option'],
      [{ Color: 'Red' }, 'duplicate'],
    ] as const) {
      const { status, body } = await add(values);
      expect([status, body.errors[0].code, body.errors[0].pointer]).toEqual([422, code, '/optionValues']);
    }
  });

  it('is changed under the version of its product', async () => {
    const product = await colored();
    const [red] = product.variants;
    const path = `/v1/variants/${red?.id}`;
    expect((await app.as(staff).patch(path, { weightGrams: 120 })).status).toBe(428);
    expect((await app.as(staff).patch(path, { weightGrams: 120 }, ifMatch(9))).status).toBe(412);
    const { body } = await app.as(staff).patch(path, { weightGrams: 120, sku: `NEW-${red?.sku}` }, ifMatch(1));
    expect(body).toMatchObject({ weightGrams: 120, sku: `NEW-${red?.sku}`, title: 'Red', version: 2 });
    const taken = await app.as(staff).patch(path, { sku: product.variants[1]?.sku }, ifMatch(2));
    expect([taken.status, taken.body.code]).toEqual([409, 'sku_taken']);
  });

  it('is removed, and then neither shown nor priced, and its SKU is free', async () => {
    const product = await colored();
    const [red, blue] = product.variants;
    expect((await app.as(staff).delete(`/v1/variants/${red?.id}`, ifMatch(1))).status).toBe(204);
    expect((await app.as(staff).get(`/v1/variants/${red?.id}`)).status).toBe(404);
    expect((await app.as(staff).get(`/v1/variants/${red?.id}/stock`)).status).toBe(404);
    expect(await cardPrice(product.id)).toEqual([{ currency: 'EUR', amount: 700 }]);
    expect(
      await app.service(PriceBook).priceLines([{ variantId: red?.id ?? '', quantity: 1 }], { currency: 'EUR' }),
    ).toEqual([]);
    const last = await app.as(staff).delete(`/v1/variants/${blue?.id}`, ifMatch(2));
    expect([last.status, last.body.code]).toEqual([409, 'last_variant']);
    await makeProduct(app, staff, { variants: [{ sku: red?.sku }] });
  });

  it('does not move while its product is archived', async () => {
    const product = await colored();
    await app.as(staff).delete(`/v1/products/${product.id}`, ifMatch(1));
    const { status, body } = await app
      .as(staff)
      .patch(`/v1/variants/${product.variants[0]?.id}`, { title: 'X' }, ifMatch(2));
    expect([status, body.code]).toEqual([409, 'product_archived']);
  });

  it('is looked up by its SKU, to the letter, whatever the status of its product', async () => {
    const skus = ['LOOK-A', 'look-a', 'LOOK,B', 'LOOK|C', 'L,L', ','];
    const [gone, ...others] = await Promise.all(
      skus.map((sku) => makeProduct(app, staff, { variants: [{ sku, stock: 3 }] })),
    );
    await app.as(staff).delete(`/v1/products/${gone?.id}`, ifMatch(1));
    const found = async (sku: string) => {
      const { body } = await app.as(staff).get(`/v1/variants?sku=${encodeURIComponent(sku)}`);
      return body.data.map((one: { sku: string; product: { status: string } }) => [one.sku, one.product.status]);
    };
    expect(await found('LOOK-A')).toEqual([['LOOK-A', 'archived']]);
    expect(await found('LOOK-A,look-a,NONE,LOOK|C')).toHaveLength(3);
    for (const sku of ['LOOK,B', 'L,L', ',']) expect(await found(sku)).toEqual([[sku, 'active']]);
    expect(await found('LOOK-A,LOOK-A')).toHaveLength(1);
    const { body } = await app.as(staff).get('/v1/variants?sku=look-a');
    expect(body.data[0]).toMatchObject({ productId: others[0]?.id, available: 3, product: { slug: others[0]?.slug } });
    const many = Array.from({ length: 101 }, (_, n) => `LOOK-${n}`).join();
    for (const query of ['', '?sku=', '?sku=a%20b', `?sku=${many}`])
      expect((await app.as(staff).get(`/v1/variants${query}`)).status).toBe(422);
    expect((await app.anyone.get('/v1/variants?sku=LOOK-A')).status).toBe(401);
  });

  it('is one of at most 2,000', async () => {
    const variants = Array.from({ length: 2000 }, () => ({ sku: randomUUID() }));
    const product = await makeProduct(app, staff, { variants });
    const { status, body } = await app.as(staff).post(`/v1/products/${product.id}/variants`, { sku: randomUUID() });
    expect([status, body.errors[0].code]).toEqual([422, 'too_many']);
  });
});

describe('prices', () => {
  it('are all replaced at once, and cards follow', async () => {
    const product = await colored();
    const [red] = product.variants;
    const { status, body } = await app.as(staff).put(
      `/v1/variants/${red?.id}/prices`,
      {
        prices: [
          { amount: 900, currency: 'EUR', compareAtAmount: 1000 },
          { amount: 1500, currency: 'KWD' },
        ],
      },
      ifMatch(1),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      version: 2,
      price: { amount: 900, currency: 'EUR' },
      prices: [
        { amount: 900, currency: 'EUR', compareAtAmount: 1000 },
        { amount: 1500, currency: 'KWD', compareAtAmount: null },
      ],
    });
    expect(await cardPrice(product.id)).toEqual([
      { currency: 'EUR', amount: 700 },
      { currency: 'KWD', amount: 1500 },
    ]);
    const none = await app.as(staff).put(`/v1/variants/${red?.id}/prices`, { prices: [] }, ifMatch(2));
    expect(none.body).toMatchObject({ version: 3, price: null, prices: [] });
    expect(await cardPrice(product.id)).toEqual([{ currency: 'EUR', amount: 700 }]);
  });

  it('that are what they were keep the version', async () => {
    const product = await colored();
    const { body } = await app
      .as(staff)
      .put(
        `/v1/variants/${product.variants[0]?.id}/prices`,
        { prices: [{ amount: 500, currency: 'EUR' }] },
        ifMatch(1),
      );
    expect(body.version).toBe(1);
  });
});

describe('pricing lines', () => {
  it('is one statement for 1, 20 and 100 lines, in their order', async () => {
    const product = await makeProduct(app, staff, {
      variants: Array.from({ length: 100 }, (_, index) => ({
        sku: randomUUID(),
        prices: [{ amount: 100 + index, currency: 'EUR' }],
        stock: index,
      })),
    });
    const lines = product.variants.map(({ id }, index) => ({ variantId: id, quantity: index + 1 })).toReversed();
    for (const count of [1, 20, 100]) {
      let priced: unknown[] = [];
      const sent = await app.statements(async () => {
        priced = await app.service(PriceBook).priceLines(lines.slice(0, count), { currency: 'EUR' });
      });
      expect(ofRequest(sent)).toHaveLength(1);
      expect(priced.map((line) => (line as { variantId: string }).variantId)).toEqual(
        lines.slice(0, count).map(({ variantId }) => variantId),
      );
    }
    const [line] = await app.service(PriceBook).priceLines(lines.slice(0, 1), { currency: 'EUR' });
    expect(line).toMatchObject({
      productId: product.id,
      slug: product.slug,
      quantity: 100,
      unitAmount: 199,
      currency: 'EUR',
      available: 99,
    });
  });

  it('leaves out what is unknown, not sold, or has no price in the currency', async () => {
    const draft = await makeProduct(app, staff, { status: 'draft' });
    const active = await makeProduct(app, staff);
    const lines = [randomUUID(), draft.variants[0]?.id ?? '', active.variants[0]?.id ?? ''].map((variantId) => ({
      variantId,
      quantity: 1,
    }));
    expect(
      (await app.service(PriceBook).priceLines(lines, { currency: 'EUR' })).map(({ productId }) => productId),
    ).toEqual([active.id]);
    expect(await app.service(PriceBook).priceLines(lines, { currency: 'USD' })).toEqual([]);
  });
});
