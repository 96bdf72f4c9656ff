import { beforeAll, describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch, makeProduct, walk } from './catalog-support.js';

const app = galley();
let admin: Person;
let staff: Client;
beforeAll(async () => {
  admin = await app.staff();
  staff = app.as(admin);
});

let made = 0;
const makeList = async (fields: object = {}) => {
  const { body } = await staff.post('/v1/price-lists', { code: `list-${++made}`, name: 'A list', ...fields });
  return body as { id: string; code: string; version: number };
};
const variantOf = async (prices: object[] = [{ amount: 2000, currency: 'EUR' }]): Promise<string> => {
  const { variants } = await makeProduct(app, admin, { variants: [{ sku: `LISTED-${++made}`, prices, stock: 10 }] });
  return variants[0]!.id;
};
const pricesOf = (id: string) => walk((path) => staff.get(path), `/v1/price-lists/${id}/prices?limit=2`);

describe('a price list', () => {
  it('is for everyone, everywhere and always unless it says otherwise', async () => {
    const { status, body, headers } = await staff.post('/v1/price-lists', { code: 'plain', name: 'Plain' });
    expect([status, headers['location'], headers['etag']]).toEqual([201, `/v1/price-lists/${body.id}`, '"1"']);
    expect(body).toMatchObject({
      ...{ code: 'plain', name: 'Plain', customerGroup: null, channel: null, startsAt: null, endsAt: null },
      ...{ priority: 0, active: true, version: 1 },
    });
    expect((await staff.get(`/v1/price-lists/${body.id}`)).body).toEqual(body);
  });

  it('is changed by what a request names, and by nothing when that is so already', async () => {
    const list = await makeList({ channel: 'web', startsAt: '2026-01-01T00:00:00.000Z', priority: 3 });
    const path = `/v1/price-lists/${list.id}`;
    const changes = { channel: null, endsAt: '2027-01-01T01:00:00+01:00' };
    const { body } = await staff.patch(path, changes, ifMatch(1));
    expect(body).toMatchObject({ channel: null, startsAt: '2026-01-01T00:00:00.000Z', priority: 3, version: 2 });
    expect(body.endsAt).toBe('2027-01-01T00:00:00.000Z');
    expect((await staff.patch(path, changes, ifMatch(2))).body.version).toBe(2);
    expect((await staff.patch(path, { priority: 4 }, ifMatch(1))).status).toBe(412);
  });

  it('is applied anew when it begins and when it ends', async () => {
    const hours = (count: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + count * 3_600_000);
    const { id } = await makeList({ startsAt: hours(1).toISOString() });
    const ends = hours(2);
    await staff.patch(`/v1/price-lists/${id}`, { endsAt: ends.toISOString() }, ifMatch(1));
    const due: { at: Date }[] = await app.db.query(
      `SELECT start_after AS at FROM jobs.job WHERE name = 'catalog.apply-price-list' AND data ->> 'listId' = $1
         AND start_after > now() + interval '10 minutes' ORDER BY start_after`,
      [id],
    );
    // The beginning twice: once for each time that the list was saved.
    expect(due.map(({ at }) => Math.round((at.getTime() - ends.getTime()) / 10_000))).toEqual([-360, -360, 0]);
  });

  it('may end when nobody of today will see it', async () => {
    expect(await makeList({ endsAt: '9999-12-31T23:59:59Z' })).toMatchObject({ endsAt: '9999-12-31T23:59:59.000Z' });
  });

  it('ends after it starts, also when only one of them is changed', async () => {
    const window = { startsAt: '2026-05-01T00:00:00Z', endsAt: '2026-05-01T00:00:00Z' };
    const refused = { status: 422, body: { errors: [{ pointer: '/endsAt', code: 'too_early' }] } };
    expect(await staff.post('/v1/price-lists', { code: 'backward', name: 'x', ...window })).toMatchObject(refused);
    const list = await makeList({ startsAt: window.startsAt });
    const path = `/v1/price-lists/${list.id}`;
    expect(await staff.patch(path, { endsAt: '2026-04-01T00:00:00Z' }, ifMatch(1))).toMatchObject(refused);
  });

  it('has a code of its own, which is free again once it is gone', async () => {
    const list = await makeList({ code: 'unique' });
    const taken = await staff.post('/v1/price-lists', { code: 'unique', name: 'Another' });
    expect([taken.status, taken.body.code]).toEqual([409, 'price_list_code_taken']);
    const other = await makeList();
    expect((await staff.patch(`/v1/price-lists/${other.id}`, { code: 'unique' }, ifMatch(1))).status).toBe(409);
    expect((await staff.delete(`/v1/price-lists/${list.id}`, ifMatch(1))).status).toBe(204);
    expect((await staff.get(`/v1/price-lists/${list.id}`)).status).toBe(404);
    await makeList({ code: 'unique' });
    const { body } = await staff.get('/v1/price-lists?code=unique');
    expect(body.data).toHaveLength(1);
  });

  it('is listed with the others, each once, and kept from those who may not see products', async () => {
    const lists = await Promise.all([makeList(), makeList(), makeList()]);
    const walked = (await walk((path) => staff.get(path), '/v1/price-lists?limit=2')).map(({ id }) => id);
    expect(new Set(walked).size).toBe(walked.length);
    expect(walked).toEqual(expect.arrayContaining(lists.map(({ id }) => id)));
    expect((await app.as(await app.shopper()).get('/v1/price-lists')).status).toBe(403);
  });

  it('leaves what was done on record', async () => {
    const list = await makeList({ customerGroup: 'trade' });
    await staff.patch(`/v1/price-lists/${list.id}`, { active: false }, ifMatch(1));
    const { body } = await staff.get(`/v1/audit-log?objectId=${list.id}`);
    expect(body.data).toMatchObject([
      { action: 'price_list.changed', before: { active: true }, after: { active: false } },
      { action: 'price_list.created', actorId: admin.id, after: { customerGroup: 'trade' } },
    ]);
  });
});

describe('the prices of a list', () => {
  it('are set by variant, currency and quantity, and others stay', async () => {
    const list = await makeList();
    const variantId = await variantOf();
    const price = (minQuantity: number, amount: number) => ({ variantId, currency: 'EUR', minQuantity, amount });
    const put = async (...prices: object[]) =>
      (await staff.put(`/v1/price-lists/${list.id}/prices`, { prices })).body.changed as number;
    expect(await put(price(1, 1900), price(10, 1700))).toBe(2);
    expect(await put(price(1, 1900), price(10, 1600), price(50, 1500))).toBe(2);
    expect(await put(price(1, 1900))).toBe(0);
    expect((await pricesOf(list.id)).map((one) => ({ ...one, sku: undefined }))).toEqual([
      price(1, 1900),
      price(10, 1600),
      price(50, 1500),
    ]);
    const path = `/v1/price-lists/${list.id}/prices/${variantId}`;
    expect((await staff.delete(`${path}?minQuantity=10`)).status).toBe(204);
    expect(await pricesOf(list.id)).toHaveLength(2);
    expect((await staff.delete(path)).status).toBe(204);
    expect(await pricesOf(list.id)).toEqual([]);
  });

  it('are all set or none, and the refusal names those that cannot be', async () => {
    const list = await makeList();
    const variantId = await variantOf();
    const put = (...prices: object[]) => staff.put(`/v1/price-lists/${list.id}/prices`, { prices });
    const good = { variantId, currency: 'EUR', amount: 1 };
    expect(await put(good, { ...good, currency: 'USD' }, { ...good, variantId: list.id })).toMatchObject({
      status: 422,
      body: {
        errors: [
          {
            pointer: '/prices/1/variantId',
            code: 'not_sold',
            message: 'must be a variant that has a base price in USD.',
          },
          { pointer: '/prices/2/variantId', code: 'not_sold' },
        ],
      },
    });
    expect(await put(good, { ...good, variantId: variantId.toUpperCase() })).toMatchObject({
      body: { errors: [{ pointer: '/prices/1', code: 'duplicate' }] },
    });
    expect(await put({ ...good, currency: 'EUT' })).toMatchObject({
      body: { errors: [{ pointer: '/prices/0/currency' }] },
    });
    expect(await pricesOf(list.id)).toEqual([]);
  });

  it('need a list that is there', async () => {
    const list = await makeList();
    const variantId = await variantOf();
    await staff.delete(`/v1/price-lists/${list.id}`, ifMatch(1));
    const path = `/v1/price-lists/${list.id}/prices`;
    const prices = [{ variantId, currency: 'EUR', amount: 1 }];
    for (const id of [list.id, variantId]) {
      expect((await staff.put(path.replace(list.id, id), { prices })).status).toBe(404);
      expect((await staff.get(path.replace(list.id, id))).status).toBe(404);
      expect((await staff.delete(`${path.replace(list.id, id)}/${variantId}`)).status).toBe(404);
    }
  });

  it('lose nothing when many are set at once, in any order', async () => {
    const list = await makeList();
    const variants = await Promise.all(Array.from({ length: 6 }, () => variantOf()));
    const prices = variants.map((variantId) => ({ variantId, currency: 'EUR', amount: 100 }));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        staff.put(`/v1/price-lists/${list.id}/prices`, { prices: index % 2 ? prices : prices.toReversed() }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(answers.reduce((sum, { body }) => sum + body.changed, 0)).toBe(6);
  });

  it('go with their list, in batches, and nothing of it is left', async () => {
    const list = await makeList();
    const variantId = await variantOf();
    await staff.put(`/v1/price-lists/${list.id}/prices`, { prices: [{ variantId, currency: 'EUR', amount: 1 }] });
    await staff.delete(`/v1/price-lists/${list.id}`, ifMatch(1));
    await app.runDue();
    const left = `SELECT list_id AS id FROM catalog.price_list_prices WHERE list_id = $1
      UNION ALL SELECT id FROM catalog.price_lists WHERE id = $1`;
    expect(await app.db.query(left, [list.id])).toEqual([]);
  });
});
