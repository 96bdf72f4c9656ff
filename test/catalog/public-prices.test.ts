import { beforeAll, describe, expect, it } from 'vitest';
import { Jobs } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ifMatch, type Made, makeProduct, walk } from './catalog-support.js';

const app = galley();
let admin: Person;
let staff: Client;
beforeAll(async () => {
  admin = await app.staff();
  staff = app.as(admin);
});

let made = 0;
interface Sold extends Made {
  variantId: string;
}
const sold = async (amount = 2000, currency = 'EUR', fields: object = {}): Promise<Sold> => {
  const variants = [{ sku: `PUBLIC-${++made}`, prices: [{ amount, currency }], stock: 10 }];
  const product = await makeProduct(app, admin, { name: `Public${made}`, variants, ...fields });
  return { ...product, variantId: product.variants[0]!.id };
};
const eur = (amount: number) => ({ amount, currency: 'EUR' });

interface List {
  path: string;
  id: string;
  put(...prices: object[]): Promise<void>;
}
async function listFor({ variantId }: Sold, fields: object, ...prices: object[]): Promise<List> {
  const { body } = await staff.post('/v1/price-lists', { code: `public-${++made}`, name: 'Sale', ...fields });
  const path = `/v1/price-lists/${body.id}`;
  const put = async (...given: object[]) => {
    const all = given.map((price) => ({ variantId, currency: 'EUR', ...price }));
    expect((await staff.put(`${path}/prices`, { prices: all })).status).toBe(200);
  };
  await put(...prices);
  return { path, id: body.id, put };
}

const variantOf = async ({ id }: Sold, query = '') =>
  (await app.anyone.get(`/v1/products/${id}${query}`)).body.variants[0];
const cardOf = async ({ id }: Sold, query = '') => {
  const cards = await walk((path) => app.anyone.get(path), `/v1/products?limit=100${query}`);
  return cards.find((card) => card.id === id) as unknown as Record<string, unknown> | undefined;
};
const setBase = async ({ id, variantId }: Sold, ...prices: object[]) => {
  const { version } = (await staff.get(`/v1/products/${id}`)).body;
  expect((await staff.put(`/v1/variants/${variantId}/prices`, { prices }, ifMatch(version))).status).toBe(200);
};

/** As if the list had been applied two hours ago, and begun or ended an hour ago. */
async function pass({ id }: List, edge: 'starts_at' | 'ends_at'): Promise<void> {
  await app.db.query(
    `UPDATE catalog.price_lists SET ${edge} = now() - interval '1 hour', applied_at = now() - interval '2 hours' WHERE id = $1`,
    [id],
  );
}
const minute = () => app.service(Jobs).run('catalog.follow-price-lists');

describe('a sale', () => {
  it('is what cards, their order and filters, and details show at once, beside the base price', async () => {
    const product = await sold(2000);
    const other = await sold(1900);
    expect((await cardOf(product))!['price']).toEqual(eur(2000));
    await listFor(product, {}, { amount: 1500 });
    for (const shown of [await cardOf(product), await variantOf(product)]) {
      expect(shown).toMatchObject({ price: eur(1500), compareAtPrice: eur(2000), lowestPrice30Days: eur(2000) });
    }
    const cheap = await walk((path) => app.anyone.get(path), '/v1/products?maxPrice=1500&sort=price');
    expect(cheap.map(({ id }) => id)).toEqual([product.id]);
    const sorted = await walk((path) => app.anyone.get(path), '/v1/products?sort=price');
    expect(sorted.map(({ id }) => id)).toEqual([product.id, other.id]);
    expect((await variantOf(product)).prices).toEqual([{ ...eur(2000), compareAtAmount: null }]);
  });

  it('is not shown where it is for a group, a channel or from more than one piece on', async () => {
    const product = await sold(2000);
    await listFor(product, { customerGroup: 'trade' }, { amount: 100 });
    await listFor(product, { channel: 'app' }, { amount: 200 });
    await listFor(product, {}, { amount: 300, minQuantity: 2 });
    await listFor(product, { active: false }, { amount: 400 });
    for (const shown of [await cardOf(product), await variantOf(product)]) {
      expect(shown).toMatchObject({ price: eur(2000), compareAtPrice: null, lowestPrice30Days: null });
    }
  });

  it.each([
    ['JPY', 2000, 1500],
    ['EUR', 2, 1],
    ['KWD', 12_345, 12_344],
  ])('shows amounts in %s as they are', async (currency, base, reduced) => {
    const product = await sold(base, currency);
    await listFor(product, {}, { amount: reduced, currency });
    const money = (amount: number) => ({ amount, currency });
    const expected = { price: money(reduced), compareAtPrice: money(base), lowestPrice30Days: money(base) };
    expect(await cardOf(product, `&currency=${currency}`)).toMatchObject(expected);
    expect(await variantOf(product, `?currency=${currency}`)).toMatchObject(expected);
  });

  it('above the base price has nothing beside it', async () => {
    const product = await sold(2000);
    await listFor(product, {}, { amount: 2500 });
    expect(await variantOf(product)).toMatchObject({ price: eur(2500), compareAtPrice: null, lowestPrice30Days: null });
  });

  it('ends when prices are taken off the list, it is changed, or removed', async () => {
    const product = await sold(2000);
    const list = await listFor(product, {}, { amount: 1500 });
    await staff.delete(`${list.path}/prices/${product.variantId}`);
    expect((await variantOf(product)).price).toEqual(eur(2000));
    await list.put({ amount: 1400 });
    await staff.patch(list.path, { customerGroup: 'trade' }, ifMatch(1));
    await app.runDue();
    expect((await variantOf(product)).price).toEqual(eur(2000));
    await staff.patch(list.path, { customerGroup: null }, ifMatch(2));
    await app.runDue();
    expect([(await variantOf(product)).price, (await cardOf(product))!['price']]).toEqual([eur(1400), eur(1400)]);
    await staff.delete(list.path, ifMatch(3));
    await app.runDue();
    expect([(await variantOf(product)).price, (await cardOf(product))!['price']]).toEqual([eur(2000), eur(2000)]);
  });

  it('is shown also when another one cannot be', async () => {
    const [broken, product] = [await sold(2000), await sold(2000)];
    const lists = [await listFor(broken, {}, { amount: 1500 }), await listFor(product, {}, { amount: 1500 })];
    await app.runDue();
    for (const list of lists) await pass(list, 'ends_at');
    await app.db.pool.query(`
      CREATE FUNCTION catalog.refuse_broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'Broken.'; END $$;
      CREATE TRIGGER tr_broken BEFORE UPDATE ON catalog.public_prices FOR EACH ROW
        WHEN (OLD.variant_id = '${broken.variantId}') EXECUTE FUNCTION catalog.refuse_broken()`);
    await expect(minute()).rejects.toThrow('Broken.');
    expect((await variantOf(product)).price).toEqual(eur(2000));
    await app.db.pool.query('DROP TRIGGER tr_broken ON catalog.public_prices');
    await minute();
    expect((await variantOf(broken)).price).toEqual(eur(2000));
  });

  it('begins and ends by the clock: carts at once, what is shown within a minute', async () => {
    const product = await sold(2000);
    const list = await listFor(
      product,
      { startsAt: '2990-01-01T00:00:00Z', endsAt: '2991-01-01T00:00:00Z' },
      { amount: 900 },
    );
    await app.runDue();
    await minute();
    const items = [{ variantId: product.variantId, quantity: 1 }];
    const inCart = async () => (await app.anyone.post('/v1/carts', { items })).body.items[0].unitPrice;
    const shown = async () => [(await variantOf(product)).price, (await cardOf(product))!['price']];
    expect([await inCart(), ...(await shown())]).toEqual([eur(2000), eur(2000), eur(2000)]);
    await pass(list, 'starts_at');
    expect([await inCart(), ...(await shown())]).toEqual([eur(900), eur(2000), eur(2000)]);
    await minute();
    expect([await inCart(), ...(await shown())]).toEqual([eur(900), eur(900), eur(900)]);
    await pass(list, 'ends_at');
    await minute();
    expect([await inCart(), ...(await shown())]).toEqual([eur(2000), eur(2000), eur(2000)]);
  });

  it('of many products is shown of all of them, and what has been applied is left alone', async () => {
    const product = await makeProduct(app, admin, {
      variants: Array.from({ length: 100 }, (_, index) => ({
        sku: `LARGE-${index}`,
        optionValues: { Size: String(index) },
        prices: [eur(2000)],
      })),
    });
    const [first] = product.variants;
    const list = await listFor({ ...product, variantId: first!.id }, { active: false }, { amount: 1500 });
    await list.put(...product.variants.slice(1).map(({ id }) => ({ variantId: id, amount: 1500 })));
    await app.db.unprepared(`
      INSERT INTO catalog.variants (id, product_id, sku, title, position, option_values)
        SELECT gen_random_uuid(), '${product.id}', 'LARGER-' || n, 'x', 1000 + n, jsonb_build_object('Size', 'L' || n)
        FROM generate_series(1, 1100) n;
      INSERT INTO catalog.prices (variant_id, currency, amount)
        SELECT id, 'EUR', 2000 FROM catalog.variants WHERE sku LIKE 'LARGER-%';
      INSERT INTO catalog.price_list_prices (variant_id, currency, list_id, min_quantity, amount)
        SELECT id, 'EUR', '${list.id}', 1, 1500 FROM catalog.variants WHERE sku LIKE 'LARGER-%'`);
    await staff.patch(list.path, { active: true }, ifMatch(1));
    await app.runDue();
    const left = `SELECT count(*)::int AS count FROM catalog.public_prices p JOIN catalog.variants v ON v.id = p.variant_id
      WHERE v.product_id = $1 AND p.amount = $2`;
    expect(await app.db.query(left, [product.id, 1500])).toEqual([{ count: 1200 }]);
    expect(await app.db.query(left, [product.id, 2000])).toEqual([{ count: 0 }]);
    expect((await app.statements(minute)).filter((sql) => sql.includes('refresh_card_prices'))).toEqual([]);
    await staff.delete(list.path, ifMatch(2));
    await app.runDue();
    expect(await app.db.query(left, [product.id, 2000])).toEqual([{ count: 1200 }]);
    const rest = 'SELECT FROM catalog.price_list_prices WHERE list_id = $1';
    expect(await app.db.query(rest, [list.id])).toEqual([]);
  });

  it('that is changed again while it is being applied is applied again', async () => {
    const product = await sold(2000);
    const list = await listFor(product, {}, { amount: 1500 });
    await app.runDue();
    await staff.patch(list.path, { priority: 1 }, ifMatch(1));
    const sql = `WITH p AS (SELECT FROM catalog.products WHERE id = '${product.id}' FOR UPDATE)
      UPDATE catalog.price_lists SET version = 3, active = false, applied_at = NULL FROM (SELECT count(*) FROM p) c
      WHERE id = '${list.id}'`;
    await inTheWayOf(app, { sql, waiting: 1 }, minute);
    const [row] = await app.db.query('SELECT applied_at FROM catalog.price_lists WHERE id = $1', [list.id]);
    expect(row).toEqual({ applied_at: null });
    await minute();
    expect((await variantOf(product)).price).toEqual(eur(2000));
  });

  it('put on by several at once, while the base price changes, ends in what is true', async () => {
    const products = await Promise.all(Array.from({ length: 4 }, () => sold(2000)));
    const list = await listFor(products[0]!, {}, { amount: 1500 });
    const all = (amount: number) => products.map(({ variantId }) => ({ variantId, amount }));
    await Promise.all([
      list.put(...all(1400)),
      list.put(...all(1300).toReversed()),
      ...products.map((product) => setBase(product, eur(1800))),
      list.put(...all(1200)),
    ]);
    const wrong = await app.db.query(
      `SELECT o.variant_id FROM catalog.public_prices o
       JOIN catalog.price_list_prices a ON a.variant_id = o.variant_id AND a.list_id = $1
       JOIN LATERAL (SELECT amount FROM catalog.price_history h WHERE h.variant_id = o.variant_id
         ORDER BY since DESC LIMIT 1) h ON true
       WHERE o.amount <> a.amount OR o.compare_at_amount <> 1800 OR h.amount <> a.amount`,
      [list.id],
    );
    expect(wrong).toEqual([]);
  });
});

describe('a list for a group', () => {
  it('that becomes one for everyone, and back, is shown and not shown', async () => {
    const product = await sold(2000);
    const list = await listFor(product, { customerGroup: 'trade' }, { amount: 1500 });
    const puts = await app.statements(() => list.put({ amount: 1400 }));
    expect(puts.filter((sql) => sql.includes('refresh_card_prices'))).toEqual([]);
    await staff.patch(list.path, { customerGroup: null }, ifMatch(1));
    await app.runDue();
    expect((await variantOf(product)).price).toEqual(eur(1400));
    await staff.patch(list.path, { customerGroup: 'trade' }, ifMatch(2));
    await app.runDue();
    expect((await variantOf(product)).price).toEqual(eur(2000));
  });

  it('tells partners of each change, and of nothing when nothing changes', async () => {
    const product = await sold(2000);
    const list = await listFor(product, { customerGroup: 'trade' }, { amount: 1500 });
    const told = async () => {
      const events = `SELECT count(*)::int AS count FROM platform.events
        WHERE type = 'catalog.price_list_changed' AND payload ->> 'priceListId' = $1`;
      return (await app.db.query<{ count: number }>(events, [list.id]))[0]?.count;
    };
    expect(await told()).toBe(2);
    await list.put({ amount: 1500 });
    await staff.delete(`${list.path}/prices/${product.id}`);
    expect(await told()).toBe(2);
    await staff.delete(`${list.path}/prices/${product.variantId}`);
    expect(await told()).toBe(3);
    await staff.delete(list.path, ifMatch(1));
    await app.runDue();
    expect(await told()).toBe(5);
  });
});

describe('a channel', () => {
  it('has its own prices in details, kept apart from those of others', async () => {
    const product = await sold(2000);
    await listFor(product, {}, { amount: 1900 });
    const list = await listFor(product, { channel: 'app' }, { amount: 1500 });
    const expected = { price: eur(1500), compareAtPrice: eur(2000), lowestPrice30Days: null };
    expect(await variantOf(product, '?channel=app')).toMatchObject(expected);
    expect((await variantOf(product)).price).toEqual(eur(1900));
    expect(await variantOf(product, '?channel=web')).toMatchObject({ price: eur(1900), lowestPrice30Days: eur(2000) });
    await list.put({ amount: 1400 });
    expect((await variantOf(product, '?channel=app')).price).toEqual(eur(1400));
    expect((await staff.get(`/v1/products/${product.id}?channel=app`)).body.variants[0].price).toEqual(eur(1400));
    expect((await app.anyone.get(`/v1/products/${product.id}?channel=a_b`)).status).toBe(422);
  });
});

describe('tiers', () => {
  it('say what one of several costs, wherever that changes', async () => {
    const product = await sold(2000);
    expect((await variantOf(product)).tiers).toEqual([]);
    const tiers = [
      { minQuantity: 5, amount: 2000 },
      { minQuantity: 10, amount: 1800 },
      { minQuantity: 50, amount: 1600 },
    ];
    await listFor(product, {}, ...tiers);
    await listFor(product, { channel: 'app' }, { minQuantity: 20, amount: 1700 });
    await listFor(product, { customerGroup: 'trade' }, { minQuantity: 2, amount: 1 });
    const money = ({ minQuantity, amount }: { minQuantity: number; amount: number }) => ({
      minQuantity,
      ...eur(amount),
    });
    expect((await variantOf(product)).tiers).toEqual(tiers.slice(1).map(money));
    const [, ten, fifty] = tiers;
    const inApp = [ten!, { minQuantity: 20, amount: 1700 }, fifty!];
    expect((await variantOf(product, '?channel=app')).tiers).toEqual(inApp.map(money));
    expect((await variantOf(product, '?currency=USD')).tiers).toEqual([]);
  });
});

describe('the lowest price of the last 30 days', () => {
  /** As if the variant had been shown with these prices so many days ago. */
  const earlier = ({ variantId }: Sold, ...prices: [days: number, amount: number | null][]) =>
    app.db.query(
      `INSERT INTO catalog.price_history (variant_id, currency, since, amount)
       SELECT $1, 'EUR', now() - make_interval(days => days), amount
       FROM jsonb_to_recordset($2::jsonb) AS p (days integer, amount bigint)`,
      [variantId, JSON.stringify(prices.map(([days, amount]) => ({ days, amount })))],
    );
  const lowest = async (product: Sold) => (await variantOf(product)).lowestPrice30Days?.amount ?? null;

  it('is the lowest that was shown then, what was shown when they began included', async () => {
    const product = await sold(2000);
    await earlier(product, [50, 1000], [35, 1600], [20, 1700], [10, 1800]);
    await listFor(product, {}, { amount: 1500 });
    expect(await lowest(product)).toBe(1600);
    expect(((await cardOf(product))!['lowestPrice30Days'] as { amount: number }).amount).toBe(1600);
  });

  it('leaves out what was shown only before them, or not at all', async () => {
    const product = await sold(2000);
    await earlier(product, [50, 1000], [40, null], [20, 1900], [15, 100], [10, null]);
    await setBase(product, { ...eur(1500), compareAtAmount: 2000 });
    expect(await lowest(product)).toBe(100);
    const gap = await sold(2000);
    await earlier(gap, [50, 1000], [40, null]);
    await setBase(gap, { ...eur(1500), compareAtAmount: 2000 });
    expect(await lowest(gap)).toBe(2000);
  });

  it('stays while the reduction only grows, and begins anew when the price rises', async () => {
    const product = await sold(2000);
    const list = await listFor(product, {}, { amount: 1500 });
    await list.put({ amount: 1400 });
    await list.put({ amount: 1200 });
    expect(await lowest(product)).toBe(2000);
    await list.put({ amount: 1300 });
    expect(await lowest(product)).toBe(1200);
    await staff.delete(`${list.path}/prices/${product.variantId}`);
    expect(await lowest(product)).toBe(null);
    await setBase(product, { ...eur(1900), compareAtAmount: 2000 });
    expect(await lowest(product)).toBe(1200);
  });

  it('is nothing for what was never shown without the reduction', async () => {
    const prices = [{ ...eur(1500), compareAtAmount: 2000 }];
    const variants = [{ sku: 'ALWAYS-REDUCED', prices, stock: 1 }];
    const product = await makeProduct(app, admin, { variants });
    expect(await lowest({ ...product, variantId: product.variants[0]!.id })).toBe(null);
  });

  it('does not count what a draft cost', async () => {
    const product = await sold(500, 'EUR', { status: 'draft' });
    await setBase(product, { ...eur(1500), compareAtAmount: 2000 });
    await staff.patch(`/v1/products/${product.id}`, { status: 'active' }, ifMatch(2));
    expect(await lowest(product)).toBe(null);
  });
});

describe('the history of a price', () => {
  const historyOf = async ({ variantId }: Sold, query = '') =>
    (await walk((path) => staff.get(path), `/v1/variants/${variantId}/prices/history?limit=2${query}`)) as unknown as {
      price: { amount: number } | null;
      compareAtPrice: { amount: number } | null;
      since: string;
    }[];

  it('has each price that was shown, the newest first, and nothing twice', async () => {
    const product = await sold(2000);
    const list = await listFor(product, {}, { amount: 1500 });
    await list.put({ amount: 1500 });
    await staff.patch(`/v1/products/${product.id}`, { name: 'Other' }, ifMatch(1));
    await listFor(product, { channel: 'app' }, { amount: 1 });
    await staff.delete(`/v1/products/${product.id}`, ifMatch(2));
    await setBaseOfArchived(product);
    const rows = await historyOf(product);
    const amounts = rows.map(({ price, compareAtPrice }) => [price?.amount, compareAtPrice?.amount]);
    expect(amounts).toEqual([
      [undefined, undefined],
      [1500, 2000],
      [2000, undefined],
    ]);
    expect(
      rows
        .map(({ since }) => since)
        .toSorted()
        .toReversed(),
    ).toEqual(rows.map(({ since }) => since));
  });

  const setBaseOfArchived = async ({ id, variantId }: Sold) => {
    await staff.patch(`/v1/products/${id}`, { status: 'draft' }, ifMatch(3));
    await staff.put(`/v1/variants/${variantId}/prices`, { prices: [eur(1)] }, ifMatch(4));
  };

  it('is kept by currency, and cannot be changed', async () => {
    const product = await sold(2000);
    await setBase(product, { amount: 300, currency: 'JPY' });
    expect((await historyOf(product, '&currency=JPY')).map(({ price }) => price)).toEqual([
      { amount: 300, currency: 'JPY' },
    ]);
    expect((await historyOf(product)).map(({ price }) => price)).toEqual([null, eur(2000)]);
    await expect(app.db.query('UPDATE catalog.price_history SET amount = 1')).rejects.toThrow();
    await expect(app.db.query('DELETE FROM catalog.price_history')).rejects.toThrow();
    expect((await staff.get(`/v1/variants/${product.id}/prices/history`)).status).toBe(404);
    expect((await app.anyone.get(`/v1/variants/${product.variantId}/prices/history`)).status).toBe(401);
  });
});

describe('why a price', () => {
  it('is what it is: staff see every list and what speaks against it', async () => {
    const product = await sold(2000);
    const named = (name: string, fields: object, ...prices: object[]) =>
      listFor(product, { name, code: `${name}-${++made}`, ...fields }, ...prices);
    await named('plain', {}, { amount: 1900 }, { amount: 1700, minQuantity: 10 }, { amount: 1000, minQuantity: 20 });
    await named('dearer', {}, { amount: 1950 });
    await named('trade', { customerGroup: 'trade', priority: 5 }, { amount: 1500 });
    await named('app', { channel: 'app', priority: 4 }, { amount: 1600 });
    await named('off', { active: false, priority: 3 }, { amount: 1 });
    await named('early', { startsAt: '2990-01-01T00:00:00Z', priority: 2 }, { amount: 1 });
    await named('late', { endsAt: '2020-01-01T00:00:00Z', priority: 1 }, { amount: 1 });
    const path = `/v1/variants/${product.variantId}/price`;
    const { body } = await staff.get(`${path}?quantity=12`);
    expect(body).toMatchObject({ price: eur(1700), source: 'list', basePrice: eur(2000) });
    const why = (answer: { candidates: { listName: string; minQuantity: number; reason: string }[] }) =>
      answer.candidates.map(({ listName, minQuantity, reason }) => `${listName} ${minQuantity} ${reason}`);
    expect(why(body)).toEqual([
      'plain 20 quantity',
      'plain 10 applies',
      'plain 1 larger_quantity',
      'dearer 1 outdone',
      'trade 1 other_group',
      'app 1 other_channel',
      'off 1 inactive',
      'early 1 not_yet',
      'late 1 over',
    ]);
    const explanations = body.candidates.map(({ explanation }: { explanation: string }) => explanation);
    expect(explanations.slice(0, 2)).toEqual(['It needs 20 pieces.', 'It applies, from 10 pieces on.']);
    const trade = (await staff.get(`${path}?quantity=12&group=trade&channel=app`)).body;
    expect([trade.price, why(trade)[0]]).toEqual([eur(1500), 'trade 1 applies']);
    const { body: open } = await app.anyone.get(`${path}?channel=app`);
    expect(open.price).toEqual(eur(1600));
    expect(why(open)).toEqual([
      'app 1 applies',
      'plain 20 quantity',
      'plain 10 quantity',
      'plain 1 outdone',
      'dearer 1 outdone',
    ]);
  });

  it('of a group is nothing for the public, nor is what is not for sale', async () => {
    const product = await sold(2000, 'EUR', { status: 'draft' });
    const path = `/v1/variants/${product.variantId}/price`;
    const refused = await app.anyone.get(`${path}?group=trade`);
    expect([refused.status, refused.body.permission]).toEqual([403, 'products:read']);
    expect((await app.anyone.get(path)).status).toBe(404);
    expect((await staff.get(path)).body).toMatchObject({ source: 'base', price: eur(2000), candidates: [] });
    expect((await staff.get(`${path}?currency=USD`)).status).toBe(404);
  });
});
