import { branches } from '../categories/category-tree.js';
import { anyOf, hasAttribute } from '../products/list-filters.js';
import type { Rule, RuleCondition, RuleSubject } from './rule.js';

/** Makes a parameter of a statement. */
type Value = (given: unknown) => string;

/** Whether a product `p` is as the rule says: SQL, in which values are parameters. */
export function ruleSql({ match, conditions }: Rule, value: Value): string {
  const each = conditions.map((condition) => SQL[condition.by](condition, value));
  return match === 'any' ? anyOf(each) : `(${each.join(' AND ')})`;
}

const SQL: Record<RuleSubject, (condition: RuleCondition, value: Value) => string> = {
  price: ({ currency, min, max }, value) =>
    shown(currency, value, [
      ...(min === undefined ? [] : [`k.amount >= ${value(min)}::bigint`]),
      ...(max === undefined ? [] : [`k.amount <= ${value(max)}::bigint`]),
    ]),
  sale: ({ currency }, value) => shown(currency, value, ['k.compare_at_amount IS NOT NULL']),
  tag: ({ values }, value) => `p.tags && ${value(values)}::text[]`,
  brand: ({ values }, value) => oneOf('p.brand_id', value(values)),
  type: ({ values }, value) => oneOf('p.type_id', value(values)),
  category: ({ values }, value) => {
    const below = `ARRAY(${branches(`a.id = ANY (${value(values)}::uuid[])`)})`;
    return `(coalesce(p.category_id = ANY (${below}), false) OR p.category_ids && ${below})`;
  },
  attribute: ({ code = '', values, min, max }, value) =>
    values ? hasAttribute(code, values, value) : within(code, { min, max }, value),
  age: ({ days }, value) => `p.created_at > now() - make_interval(days => ${value(days)}::integer)`,
};

/** Never null: what a product has not is none of these. */
const oneOf = (column: string, ids: string): string => `coalesce(${column} = ANY (${ids}::uuid[]), false)`;

const shown = (currency: string | undefined, value: Value, more: string[]): string => `EXISTS (
    SELECT FROM catalog.card_prices k
    WHERE ${['k.product_id = p.id', `k.currency = ${value(currency)}::text`, ...more].join(' AND ')})`;

/** Only a number is within bounds. CASE, because AND may look at its right side first. */
function within(code: string, { min, max }: Pick<RuleCondition, 'min' | 'max'>, value: Value): string {
  const given = `p.attributes -> ${value(code)}::text`;
  const bounds = [
    ...(min === undefined ? [] : [`(${given})::numeric >= ${value(min)}::numeric`]),
    ...(max === undefined ? [] : [`(${given})::numeric <= ${value(max)}::numeric`]),
  ];
  return `CASE jsonb_typeof(${given}) WHEN 'number' THEN ${bounds.join(' AND ')} ELSE false END`;
}
