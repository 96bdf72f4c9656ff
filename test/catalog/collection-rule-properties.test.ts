import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { type Rule, type RuleCondition, ruleErrors } from '#src/catalog/collections/rule.js';
import { ruleSql } from '#src/catalog/collections/rule.sql.js';
import { galley } from '../support/app.js';
import { makeProduct } from './catalog-support.js';
import { unique } from './collections-support.js';

const app = galley();

interface Known {
  id: string;
  prices: Record<string, { amount: number; reduced: boolean }>;
  tags: string[];
  attribute: string | number | boolean | undefined;
  /** Ids of its brand, its type, and its category with those above it. */
  named: Record<'brand' | 'type' | 'category', (string | undefined)[]>;
  /** Days. */
  age: number;
}
const products: Known[] = [];
let ids: Record<'brand' | 'type' | 'category', string[]>;

const ATTRIBUTES = [undefined, 'copper', '12', 12, 12.5, true, false];
const TAGS = [[], ['a'], ['b'], ['a', 'b']];
const AMOUNTS = [100, 200, 300];
const AGES = [1, 10, 100];
const of = <T>(list: T[], index: number): T => list[index % list.length] as T;

/** As unlike each other as they can be: the lists have lengths without a common factor, or are walked at another pace. */
beforeAll(async () => {
  const admin = await app.staff();
  const make = async (path: string, body: object): Promise<string> => (await app.as(admin).post(path, body)).body.id;
  const above = await make('/v1/categories', { name: 'Above' });
  const below = await make('/v1/categories', { name: 'Below', parentId: above });
  const brand = await make('/v1/brands', { name: 'Brand' });
  const type = await make('/v1/product-types', {
    code: 'x',
    name: 'x',
    attributes: [{ code: 'x', name: 'x', kind: 'text' }],
  });
  ids = { brand: [brand, above], type: [type, above], category: [above, below] };
  for (let n = 0; n < 28; n++) {
    const [attribute, tags, amount, age] = [of(ATTRIBUTES, n), of(TAGS, n), of(AMOUNTS, n), of(AGES, n >> 2)];
    const categoryId = of([undefined, above, below], n >> 1);
    const brandId = of([undefined, brand], n >> 2);
    const typeId = attribute === 'copper' ? type : undefined;
    const currency = of(['EUR', 'EUR', 'USD'], n);
    const reduced = n % 5 === 0;
    const { id } = await makeProduct(app, admin, {
      ...{ tags, categoryId, brandId, typeId, attributes: attribute === undefined ? {} : { x: attribute } },
      variants: [{ sku: unique('RULED'), prices: [{ amount, currency, ...(reduced && { compareAtAmount: 400 }) }] }],
    });
    await app.db.query('UPDATE catalog.products SET created_at = now() - make_interval(days => $2) WHERE id = $1', [
      id,
      age,
    ]);
    const categories = [categoryId, categoryId === below ? above : undefined];
    const named = { brand: [brandId], type: [typeId], category: categories };
    const prices = { [currency]: { amount, reduced } };
    products.push({ id, prices, tags, attribute, age, named });
  }
});

const within = (value: number, { min = -Infinity, max = Infinity }: RuleCondition) => value >= min && value <= max;

function meets({ prices, tags, attribute, named, age }: Known, condition: RuleCondition): boolean {
  const { by, currency = '', values = [], code, days = 0 } = condition;
  const price = prices[currency];
  switch (by) {
    case 'price':
      return price !== undefined && within(price.amount, condition);
    case 'sale':
      return price?.reduced ?? false;
    case 'tag':
      return tags.some((tag) => values.includes(tag));
    case 'age':
      return age < days;
    case 'attribute':
      if (code !== 'x' || attribute === undefined) return false;
      if (condition.values) return values.includes(String(attribute));
      return typeof attribute === 'number' && within(attribute, condition);
    default:
      return named[by].some((id) => id !== undefined && values.includes(id));
  }
}

const fits = (product: Known, { match, conditions }: Rule): boolean =>
  match === 'all'
    ? conditions.every((condition) => meets(product, condition))
    : conditions.some((condition) => meets(product, condition));

const some = (values: string[]) => fc.subarray(values, { minLength: 1 });
const bounds = (numbers: number[]) =>
  fc
    .tuple(fc.constantFrom(...numbers), fc.constantFrom(...numbers), fc.constantFrom('min', 'max', 'both'))
    .map(([a, b, kind]) => ({
      ...(kind === 'max' ? {} : { min: Math.min(a, b) }),
      ...(kind === 'min' ? {} : { max: Math.max(a, b) }),
    }));
const currency = fc.constantFrom('EUR', 'USD', 'GBP');
const code = fc.constantFrom('x', 'y');
const condition = (): fc.Arbitrary<RuleCondition> =>
  fc.oneof(
    fc
      .tuple(currency, bounds([99, 100, 200, 201, 300]))
      .map(([one, given]) => ({ by: 'price', currency: one, ...given })),
    currency.map((one) => ({ by: 'sale', currency: one })),
    some(['a', 'b', 'c']).map((values) => ({ by: 'tag', values })),
    ...(['brand', 'type', 'category'] as const).map((by) => some(ids[by]).map((values) => ({ by, values }))),
    fc
      .tuple(code, some(['copper', '12', '12.5', 'true']))
      .map(([one, values]) => ({ by: 'attribute', code: one, values })),
    fc.tuple(code, bounds([-1, 12, 12.25, 12.5])).map(([one, given]) => ({ by: 'attribute', code: one, ...given })),
    fc.constantFrom(5, 50, 500).map((days) => ({ by: 'age', days })),
  ) as fc.Arbitrary<RuleCondition>;

it('Whatever a rule asks, the database picks the products that it means, and is sure of each', async () => {
  const rules = fc.record({
    match: fc.constantFrom('all' as const, 'any' as const),
    conditions: fc.array(condition(), { minLength: 1, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(rules, async (rule) => {
      expect(ruleErrors(rule)).toEqual([]);
      const params: unknown[] = [];
      const sql = ruleSql(rule, (value) => `$${params.push(value)}`);
      const rows = await app.db.unprepared<{ id: string; fits: boolean | null }>(
        `SELECT p.id, ${sql} AS fits FROM catalog.products p ORDER BY p.id`,
        params,
      );
      expect(rows).toEqual(products.map((product) => ({ id: product.id, fits: fits(product, rule) })));
    }),
    { numRuns: 300 },
  );
});
