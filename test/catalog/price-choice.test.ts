import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PriceBook } from '#src/catalog/index.js';
import { galley, type Person } from '../support/app.js';
import { makeProduct } from './catalog-support.js';

const app = galley();
let admin: Person;
const MOMENT = Date.parse('2026-06-01T12:00:00.000Z');
const CURRENCIES = ['JPY', 'EUR', 'KWD'];
let variants: string[];

beforeAll(async () => {
  admin = await app.staff();
  const prices = CURRENCIES.map((currency) => ({ amount: 10, currency }));
  const made = await Promise.all(
    ['A', 'B'].map((sku) => makeProduct(app, admin, { variants: [{ sku, prices, stock: 1 }] })),
  );
  variants = made.map((product) => product.variants[0]!.id);
});

interface List {
  id: string;
  customerGroup: string | null;
  channel: string | null;
  /** Milliseconds from the moment. */
  startsAt: number | null;
  endsAt: number | null;
  priority: number;
  active: boolean;
  prices: { variant: number; currency: string; minQuantity: number; amount: number }[];
}

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 });
const aList: fc.Arbitrary<List> = fc
  .record({
    id: fc.uuid({ version: 7 }),
    customerGroup: orNull(fc.constantFrom('trade', 'vip')),
    channel: orNull(fc.constantFrom('web', 'app')),
    startsAt: orNull(fc.integer({ min: -1, max: 1 })),
    endsAt: orNull(fc.integer({ min: -1, max: 1 })),
    priority: fc.integer({ min: -1, max: 1 }),
    active: fc.integer({ min: 0, max: 4 }).map((one) => one > 0),
    prices: fc.uniqueArray(
      fc.record({
        variant: fc.nat(1),
        currency: fc.constantFrom(...CURRENCIES),
        minQuantity: fc.integer({ min: 1, max: 3 }),
        amount: fc.integer({ min: 0, max: 12 }),
      }),
      {
        minLength: 3,
        maxLength: 12,
        selector: ({ variant, currency, minQuantity }) => `${variant} ${currency} ${minQuantity}`,
      },
    ),
  })
  .filter(({ startsAt, endsAt }) => startsAt === null || endsAt === null || startsAt < endsAt);

const asked = fc.record({
  currency: fc.constantFrom(...CURRENCIES),
  channel: orNull(fc.constantFrom('web', 'app', 'till')),
  groups: fc.subarray(['trade', 'vip', 'staff']),
  quantities: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

/** The rule, as people would say it. */
function choice(lists: List[], variant: number, quantity: number, { currency, channel, groups }: Asked) {
  const offers = lists
    .filter((list) => list.active)
    .filter(({ startsAt, endsAt }) => (startsAt ?? 0) <= 0 && (endsAt ?? 1) > 0)
    .filter((list) => list.channel === null || list.channel === channel)
    .filter(({ customerGroup }) => customerGroup === null || groups.includes(customerGroup))
    .flatMap(({ id, priority, prices }) => {
      const reached = prices.filter((price) => price.variant === variant && price.currency === currency);
      const tiers = reached.filter(({ minQuantity }) => minQuantity <= quantity);
      const best = tiers.toSorted((a, b) => b.minQuantity - a.minQuantity)[0];
      return best ? [{ id, priority, amount: best.amount, minQuantity: best.minQuantity }] : [];
    });
  const [first] = offers.toSorted((a, b) => b.priority - a.priority || a.amount - b.amount || (a.id < b.id ? -1 : 1));
  return first
    ? { unitAmount: first.amount, code: first.id, minQuantity: first.minQuantity }
    : { unitAmount: 10, code: null, minQuantity: 1 };
}

const at = (offset: number | null) => (offset === null ? null : new Date(MOMENT + offset));

async function store(lists: List[]): Promise<void> {
  await app.db.unprepared('DELETE FROM catalog.price_list_prices; DELETE FROM catalog.price_lists');
  const rows = lists.map(({ startsAt, endsAt, ...list }) => ({ ...list, startsAt: at(startsAt), endsAt: at(endsAt) }));
  await app.db.query(
    `INSERT INTO catalog.price_lists (id, code, name, customer_group, channel, starts_at, ends_at, priority, active)
     SELECT id, id, 'x', "customerGroup", channel, "startsAt", "endsAt", priority, active
     FROM jsonb_to_recordset($1::jsonb) AS l (id uuid, "customerGroup" text, channel text, "startsAt" timestamptz,
       "endsAt" timestamptz, priority integer, active boolean)`,
    [JSON.stringify(rows)],
  );
  const prices = lists.flatMap(({ id, prices: ps }) => ps.map((p) => ({ ...p, id, variantId: variants[p.variant] })));
  await app.db.query(
    `INSERT INTO catalog.price_list_prices (variant_id, currency, list_id, min_quantity, amount)
     SELECT "variantId", currency, id, "minQuantity", amount
     FROM jsonb_to_recordset($1::jsonb) AS p ("variantId" uuid, currency text, id uuid, "minQuantity" integer, amount bigint)`,
    [JSON.stringify(prices)],
  );
}

/** What reads a whole table, or is called for each line instead of being merged into the statement. */
const SLOW = /Seq Scan|Function Scan on (list_price|price_lists_for)/;

async function planOf(sql: string, values: string): Promise<string> {
  const client = await app.db.pool.connect();
  try {
    await client.query(`PREPARE explained AS ${sql}`);
    const plan = await client.query(`EXPLAIN EXECUTE explained ${values}`);
    return plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await client.query('DEALLOCATE ALL');
    client.release(true);
  }
}

describe('the price of a line', () => {
  it('is what the rule says, for any lists, whoever asks, wherever and for how many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aList, { maxLength: 6 }),
        fc.array(asked, { minLength: 5, maxLength: 5 }),
        async (lists, all) => {
          await store(lists);
          for (const one of all) {
            const { quantities, ...terms } = one;
            const lines = variants.map((variantId, index) => ({ variantId, quantity: quantities[index]! }));
            const priced = await app.service(PriceBook).priceLines(lines, { ...terms, at: new Date(MOMENT) });
            expect(
              priced.map(({ unitAmount, price }) => ({
                unitAmount,
                code: price.listCode,
                minQuantity: price.minQuantity,
              })),
            ).toEqual(quantities.map((quantity, variant) => choice(lists, variant, quantity, one)));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is looked up, not searched for, and costs one statement for a whole cart', async () => {
    await store([]);
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        makeProduct(app, admin, {
          variants: Array.from({ length: 100 }, (__, at_) => ({
            sku: `MANY-${index}-${at_}`,
            optionValues: { Size: String(at_) },
            prices: [{ amount: 100, currency: 'EUR' }],
            stock: 1,
          })),
        }),
      ),
    );
    await app.db.unprepared(`
      INSERT INTO catalog.price_lists (id, code, name, customer_group)
        SELECT gen_random_uuid(), 'l' || n, 'x', 'g' || n FROM generate_series(1, 300) n;
      INSERT INTO catalog.price_list_prices (variant_id, currency, list_id, min_quantity, amount)
        SELECT v.id, 'EUR', l.id, 1, 50 FROM catalog.variants v, (SELECT id FROM catalog.price_lists LIMIT 20) l;
      ANALYZE catalog.price_lists, catalog.price_list_prices, catalog.variants, catalog.products, catalog.prices, catalog.stock`);
    const lines = made.flatMap((product) =>
      product.variants.slice(0, 10).map(({ id }) => ({ variantId: id, quantity: 1 })),
    );
    const terms = { currency: 'EUR', groups: ['g1'] };
    const sent = await app.statements(() => app.service(PriceBook).priceLines(lines, terms));
    expect(sent).toHaveLength(1);
    expect(await planOf(sent[0]!, `('{}', '{}', 'EUR', NULL, '{g1}', NULL, '')`)).not.toMatch(SLOW);
    const read = await app.statements(() => app.anyone.get(`/v1/products/${made[0]!.id}?channel=web`));
    const detail = read.filter((sql) => sql.includes('catalog.price_lists_for'));
    expect(detail).toHaveLength(1);
    expect(await planOf(detail[0]!, `('${made[0]!.id}', 'EUR', 'web')`)).not.toMatch(SLOW);
  });
});
