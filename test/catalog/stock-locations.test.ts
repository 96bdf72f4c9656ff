import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { buy, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch, walk } from './catalog-support.js';

const app = galley();
let admin: Person;
let staff: Client;
beforeAll(async () => {
  admin = await app.staff();
  staff = app.as(admin);
  for (const code of ['north', 'south']) await staff.post('/v1/stock/locations', { code, name: `The ${code}` });
});

const LOCATIONS = '/v1/stock/locations';
const stockOf = async (id: string) => (await staff.get(`/v1/variants/${id}/stock`)).body;
const adjust = (id: string, delta: number, location?: string) =>
  staff.post(`/v1/variants/${id}/stock/adjustments`, { delta, reason: 'Test', ...(location ? { location } : {}) });
const count = (id: string, version: number, onHand: number, location?: string) =>
  staff.post(
    `/v1/variants/${id}/stock/counts`,
    { onHand, reason: 'Test', ...(location ? { location } : {}) },
    ifMatch(version),
  );
/** A variant of which so many lie at main. */
const variant = async (stock: number) => (await makeArticle(app, { stock })).variantId;
const places = (stock: { locations: { code: string; onHand: number }[] }) =>
  Object.fromEntries(stock.locations.map(({ code, onHand }) => [code, onHand]));

describe('locations', () => {
  it('are made, found, changed under their version, and deleted', async () => {
    const made = await staff.post(LOCATIONS, { code: 'attic', name: 'Attic' });
    expect(made).toMatchObject({ status: 201, body: { code: 'attic', name: 'Attic', active: true, version: 1 } });
    expect(made.headers['location']).toBe(`${LOCATIONS}/attic`);
    expect(await staff.post(LOCATIONS, { code: 'attic', name: 'Loft' })).toMatchObject({
      status: 409,
      body: { code: 'location_exists' },
    });
    const changed = await staff.patch(`${LOCATIONS}/attic`, { name: 'Loft' }, ifMatch(1));
    expect(changed.body).toMatchObject({ name: 'Loft', version: 2 });
    expect((await staff.patch(`${LOCATIONS}/attic`, { name: 'Late' }, ifMatch(1))).status).toBe(412);
    expect((await staff.delete(`${LOCATIONS}/attic`, ifMatch(1))).status).toBe(412);
    expect((await staff.delete(`${LOCATIONS}/attic`, ifMatch(2))).status).toBe(204);
    expect((await staff.get(`${LOCATIONS}/attic`)).status).toBe(404);
  });

  it('are listed as they were made, page by page', async () => {
    const all = (await walk((path) => staff.get(path), `${LOCATIONS}?limit=1`)) as unknown as { code: string }[];
    const codes = all.map(({ code }) => code);
    expect(codes.slice(0, 3)).toEqual(['main', 'north', 'south']);
    expect(codes).toHaveLength(new Set(codes).size);
  });

  it('always have a main one, which takes what is said to be nowhere else', async () => {
    const { version } = (await staff.get(`${LOCATIONS}/main`)).body;
    expect((await staff.delete(`${LOCATIONS}/main`, ifMatch(version))).body.code).toBe('location_is_main');
    const idle = await staff.patch(`${LOCATIONS}/main`, { active: false }, ifMatch(version));
    expect(idle.body.code).toBe('location_is_main');
    expect(places(await stockOf(await variant(7)))).toEqual({ main: 7 });
  });

  it('are kept while goods lie there, and not made full again once they are inactive', async () => {
    const { body } = await staff.post(LOCATIONS, { code: 'cellar', name: 'Cellar' });
    const id = await variant(0);
    await adjust(id, 3, 'cellar');
    expect((await staff.delete(`${LOCATIONS}/cellar`, ifMatch(body.version))).body.code).toBe('location_in_use');
    await staff.patch(`${LOCATIONS}/cellar`, { active: false }, ifMatch(1));
    expect(await adjust(id, 1, 'cellar')).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'inactive_location' }] },
    });
    expect((await stockOf(id)).onHand).toBe(3);
    expect((await adjust(id, -3, 'cellar')).status).toBe(200);
    expect((await staff.delete(`${LOCATIONS}/cellar`, ifMatch(2))).status).toBe(204);
  });

  it.each([{ code: 'North' }, { code: '-x' }, { code: '' }, { code: 'a'.repeat(41) }, { code: 'a b' }])(
    'have no code like %j',
    async (wish) => {
      expect((await staff.post(LOCATIONS, { name: 'X', ...wish })).status).toBe(422);
    },
  );
});

describe('goods at several locations', () => {
  it('add up, and the record says where they came and went', async () => {
    const id = await variant(10);
    await adjust(id, 5, 'north');
    const { body } = await adjust(id, -2, 'north');
    expect([body.onHand, body.available, places(body)]).toEqual([13, 13, { main: 10, north: 3 }]);
    await adjust(id, -10);
    expect(places(await stockOf(id))).toEqual({ main: 0, north: 3 });
    const { data } = (await staff.get(`/v1/variants/${id}/stock/movements`)).body;
    expect(
      data.map((row: Record<string, unknown>) => [row['kind'], row['deltaOnHand'], row['location'], row['createdBy']]),
    ).toEqual([
      ['adjustment', -10, 'main', admin.id],
      ['adjustment', -2, 'north', admin.id],
      ['adjustment', 5, 'north', admin.id],
      ['opening', 10, null, null],
    ]);
  });

  it('are taken only from where they lie', async () => {
    const id = await variant(1);
    await adjust(id, 5, 'north');
    expect((await adjust(id, -2)).body).toMatchObject({ code: 'stock_not_at_location', location: 'main', onHand: 1 });
    expect((await adjust(id, -1, 'south')).body).toMatchObject({ code: 'stock_not_at_location', onHand: 0 });
    expect((await adjust(id, 1, 'nowhere')).body.errors).toMatchObject([
      { pointer: '/location', code: 'unknown_location' },
    ]);
    expect((await adjust(id, -6, 'north')).status).toBe(409);
    expect(places(await stockOf(id))).toEqual({ main: 1, north: 5 });
  });

  it('are sold as one, wherever they lie', async () => {
    const article = await makeArticle(app, { stock: 1 });
    await adjust(article.variantId, 2, 'south');
    expect((await buy(app.anyone, article, { quantity: 3 })).status).toBe(201);
    expect((await adjust(article.variantId, -1, 'south')).body.code).toBe('stock_below_reserved');
  });

  it('lose none of 40 changes at once at two locations', async () => {
    const id = await variant(0);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => adjust(id, 1, index % 2 ? 'north' : 'south')),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(places(await stockOf(id))).toEqual({ main: 0, north: 20, south: 20 });
  });

  it('are held together by the database', async () => {
    const id = await variant(5);
    await adjust(id, 3, 'north');
    const write = (sql: string) => app.db.query(sql, [id]);
    await expect(write('UPDATE catalog.stock SET elsewhere = 2 WHERE variant_id = $1')).rejects.toThrow(
      'do not add up',
    );
    await expect(write('UPDATE catalog.stock_levels SET on_hand = 4 WHERE variant_id = $1')).rejects.toThrow(
      'do not add up',
    );
    await expect(write('DELETE FROM catalog.stock_levels WHERE variant_id = $1')).rejects.toThrow('do not add up');
    await expect(write('UPDATE catalog.stock SET on_hand = 2 WHERE variant_id = $1')).rejects.toThrow(
      'ck_stock_elsewhere',
    );
    await expect(write('UPDATE catalog.stock_levels SET on_hand = -1 WHERE variant_id = $1')).rejects.toThrow(
      'ck_stock_levels_on_hand',
    );
  });
});

describe('counting', () => {
  it('sets what lies at a place, and keeps what is promised', async () => {
    const article = await makeArticle(app, { stock: 10 });
    const id = article.variantId;
    const { version } = await stockOf(id);
    await buy(app.anyone, article, { quantity: 4 });
    const counted = await count(id, version, 9);
    expect(counted.status).toBe(200);
    expect([counted.body.onHand, counted.body.reserved, counted.body.available]).toEqual([9, 4, 5]);
    expect(counted.headers['etag']).toBe(`"${counted.body.version}"`);
    expect((await count(id, counted.body.version, 6, 'north')).body.onHand).toBe(15);
    const { data } = (await staff.get(`/v1/variants/${id}/stock/movements?limit=2`)).body;
    expect(data).toMatchObject([
      { kind: 'count', deltaOnHand: 6, location: 'north', createdBy: admin.id },
      { kind: 'count', deltaOnHand: -1, location: 'main', createdBy: admin.id },
    ]);
  });

  it('overwrites nothing that came or went since the version that was seen', async () => {
    const id = await variant(10);
    const { version } = await stockOf(id);
    await adjust(id, 5, 'north');
    expect(await count(id, version, 10)).toMatchObject({ status: 412, body: { code: 'version_mismatch' } });
    expect((await staff.post(`/v1/variants/${id}/stock/counts`, { onHand: 1, reason: 'Test' })).status).toBe(428);
    expect((await stockOf(id)).onHand).toBe(15);
  });

  it('is not overtaken: of many counts and adjustments at once, each is either kept or refused', async () => {
    const id = await variant(100);
    const { version } = await stockOf(id);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? count(id, version, 50) : adjust(id, 1))),
    );
    const counts = answers.filter((_, index) => index % 2 === 1).filter(({ status }) => status === 200).length;
    expect(counts).toBeLessThanOrEqual(1);
    // A count can only have come before all adjustments: any of them makes it stale.
    expect((await stockOf(id)).onHand).toBe(counts === 1 ? 60 : 110);
  });

  it('is refused where there would be more than can be counted', async () => {
    const id = await variant(0);
    const { version } = await stockOf(id);
    await staff.patch(`/v1/variants/${id}/stock`, { backorderable: true }, ifMatch(version));
    const most = 1_000_000_000;
    for (const delta of [-most, -most]) await adjust(id, delta);
    expect((await count(id, (await stockOf(id)).version, most)).body.errors).toMatchObject([
      { pointer: '/onHand', code: 'max' },
    ]);
    for (const place of ['north', 'south']) expect((await adjust(id, most, place)).status).toBe(200);
    expect((await adjust(id, most, 'south')).body.errors).toMatchObject([{ pointer: '/delta', code: 'max' }]);
    expect(places(await stockOf(id))).toEqual({ main: -2 * most, north: most, south: most });
  });

  it('finds no fewer than are promised, and changes nothing where it finds what was known', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const id = article.variantId;
    await buy(app.anyone, article, { quantity: 3 });
    const { version } = await stockOf(id);
    expect((await count(id, version, 2)).body).toMatchObject({ code: 'stock_below_reserved', onHand: 5, reserved: 3 });
    expect((await count(id, version, 5)).body.version).toBe(version);
    expect((await staff.get(`/v1/variants/${id}/stock/movements?limit=1`)).body.data[0].kind).toBe('reservation');
    expect((await count(id, version, 1_000_000_001)).status).toBe(422);
    expect((await count(randomUUID(), 1, 1)).status).toBe(404);
  });
});
