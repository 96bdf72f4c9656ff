import { BadCursor, isUuid } from '../../platform/index.js';
import { MEANT, RANK } from '../search/search.sql.js';
import { type CardInclude, card, IN_STOCK } from './card.sql.js';
import type { ProductStatus } from './product.entity.js';

export const PRODUCT_SORTS = ['createdAt', '-createdAt', 'name', '-name', 'price', '-price'] as const;
export type ProductSort = (typeof PRODUCT_SORTS)[number];

/** What a list shows: checked, defaults filled in. */
export interface ListFilter {
  q?: string;
  category?: string;
  /** Undefined shows all. */
  status?: ProductStatus;
  minPrice?: number;
  maxPrice?: number;
  inStock?: boolean;
  currency: string;
  /** Only products with a price in `currency`: asked for by name, or implied by a filter or sort on prices. */
  priced: boolean;
  option: Record<string, string>;
  /** Slug of a brand, code of a type, a tag, and attributes that products have. */
  brand?: string;
  type?: string;
  tag?: string;
  attribute: Record<string, string>;
  include: CardInclude[];
  /** Locales to answer in, the first that has a text; none for the base. */
  locales: string[];
  /** Undefined sorts by relevance with `q`, newest first without. */
  sort?: ProductSort;
}

/** A card as JSON text, with what its cursor needs. */
export interface CardRow {
  card: string;
  key: string | number | null;
  id: string;
}

interface Order {
  key: string;
  descending: boolean;
  /** Type of the key, as the cursor's value is compared. */
  type: 'timestamptz' | 'text' | 'bigint' | 'integer';
  accepts: (value: unknown) => boolean;
}

const isTime = (value: unknown) =>
  typeof value === 'string' && /^\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
const isName = (value: unknown) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
const isInteger = (value: unknown) => Number.isSafeInteger(value);

const ORDERS: Record<ProductSort | 'relevance', Order> = {
  createdAt: { key: 'p.created_at', descending: false, type: 'timestamptz', accepts: isTime },
  '-createdAt': { key: 'p.created_at', descending: true, type: 'timestamptz', accepts: isTime },
  name: { key: 'p.name COLLATE "und-x-icu"', descending: false, type: 'text', accepts: isName },
  '-name': { key: 'p.name COLLATE "und-x-icu"', descending: true, type: 'text', accepts: isName },
  price: { key: 'k.amount', descending: false, type: 'bigint', accepts: isInteger },
  '-price': { key: 'k.amount', descending: true, type: 'bigint', accepts: isInteger },
  relevance: {
    key: RANK,
    descending: true,
    type: 'integer',
    accepts: (value) => isInteger(value) && Math.abs(Number(value)) < 2 ** 31,
  },
};

/** Page sizes that have a prepared statement of their own: a literal limit lets the planner see how little is asked. */
const FETCHES = [2, 6, 11, 21, 51, 101];

/**
 * The statement for a page: the page's rows are found first, by one index that already has their order, and only they
 * get prices, stock and category. Its text depends on which filters are set, never on their values.
 */
export function listQuery(filter: ListFilter, limit: number, after?: unknown[]): { sql: string; params: unknown[] } {
  const params: unknown[] = [];
  const value = (given: unknown) => `$${params.push(given)}`;
  const currency = value(filter.currency);
  const order = orderOf(filter);
  const byPrice = order.key === 'k.amount';
  const from = byPrice
    ? 'catalog.card_prices k JOIN catalog.products p ON p.id = k.product_id'
    : `catalog.products p${filter.priced ? ` JOIN catalog.card_prices k ON k.product_id = p.id AND k.currency = ${currency}` : ''}`;
  const where = conditions(filter, byPrice, currency, value);
  const search = filter.q === undefined ? '' : `WITH ${MEANT(value(filter.q), filter.status)}`;
  const meant = filter.q === undefined ? '' : 'CROSS JOIN meant m';
  const tie = byPrice ? 'k.product_id' : 'p.id';
  if (after) {
    const [key, id] = checked(order, after);
    where.push(
      `(${order.key}, ${tie}) ${order.descending ? '<' : '>'} (${value(key)}::${order.type}, ${value(id)}::uuid)`,
    );
  }
  const direction = order.descending ? 'DESC' : 'ASC';
  const key =
    order.type === 'timestamptz' ? `to_char(p.key AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : 'p.key';
  const sql = `${search}
    SELECT ${card(filter.locales, filter.include)} AS card, ${key} AS key, p.id
    FROM (
      SELECT p.id, p.slug, p.name, p.thumbnail, p.category_id${further(filter)}, ${order.key} AS key
      FROM ${from} ${meant}
      ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
      ORDER BY ${order.key} ${direction}, ${tie} ${direction}
      LIMIT ${FETCHES.find((size) => size > limit) ?? limit + 1}
    ) p
    LEFT JOIN catalog.card_prices k ON k.product_id = p.id AND k.currency = ${currency}
    LEFT JOIN catalog.categories c ON c.id = p.category_id
    ${filter.include.includes('brand') ? 'LEFT JOIN catalog.brands b ON b.id = p.brand_id' : ''}
    ORDER BY p.key ${direction}, p.id ${direction}`;
  return { sql, params };
}

/** Columns that the cards asked for need beyond the ordinary ones. */
const further = ({ include, locales }: ListFilter): string =>
  [...include.map((name) => (name === 'brand' ? 'brand_id' : name)), ...(locales.length > 0 ? ['translations'] : [])]
    .map((column) => `, p.${column}`)
    .join('');

function orderOf({ sort, q }: ListFilter): Order {
  return ORDERS[sort ?? (q === undefined ? '-createdAt' : 'relevance')];
}

function conditions(
  filter: ListFilter,
  byPrice: boolean,
  currency: string,
  value: (given: unknown) => string,
): string[] {
  const where: string[] = [];
  if (filter.q !== undefined) where.push('p.search @@ m.query');
  if (byPrice) where.push(`k.currency = ${currency}`);
  // The statuses are a closed list; as literals they let the planner choose well.
  if (filter.status) where.push(`${byPrice ? 'k' : 'p'}.status = '${filter.status}'`);
  if (filter.minPrice !== undefined) where.push(`k.amount >= ${value(filter.minPrice)}`);
  if (filter.maxPrice !== undefined) where.push(`k.amount <= ${value(filter.maxPrice)}`);
  if (filter.inStock !== undefined) where.push(`${IN_STOCK} = ${filter.inStock}`);
  if (filter.category !== undefined) where.push(inCategory(filter.category, value));
  if (filter.brand !== undefined) {
    where.push(`p.brand_id = (SELECT id FROM catalog.brands WHERE slug = ${value(filter.brand)})`);
  }
  if (filter.type !== undefined) {
    where.push(`p.type_id = (SELECT id FROM catalog.product_types WHERE code = ${value(filter.type)})`);
  }
  if (filter.tag !== undefined) where.push(`p.tags @> ARRAY[${value(filter.tag)}]`);
  for (const [code, text] of Object.entries(filter.attribute)) {
    const meant = meanings(text).map((one) => `p.attributes @> ${value(JSON.stringify({ [code]: one }))}::jsonb`);
    where.push(`(${meant.join(' OR ')})`);
  }
  if (Object.keys(filter.option).length > 0) {
    where.push(`EXISTS (SELECT FROM catalog.variants v WHERE v.product_id = p.id AND v.archived_at IS NULL
      AND v.option_values @> ${value(JSON.stringify(filter.option))}::jsonb)`);
  }
  return where;
}

/** What a value in a query may be in JSON: a text, a number, a boolean. */
function meanings(text: string): (string | number | boolean)[] {
  const number = /^-?\d{1,15}(\.\d{1,10})?$/.test(text) ? [Number(text)] : [];
  return [text, ...number, ...(text === 'true' || text === 'false' ? [text === 'true'] : [])];
}

/** In the category or one below it: paths start with their parent's, and "0" is what follows "/" in the C collation. */
function inCategory(category: string, value: (given: unknown) => string): string {
  const column = isUuid(category) ? 'id' : 'slug';
  return `p.category_id = ANY (ARRAY(
    SELECT d.id FROM catalog.categories a
    JOIN catalog.categories d ON d.id = a.id OR (d.path > a.path || '/' AND d.path < a.path || '0')
    WHERE a.${column} = ${value(category)}))`;
}

function checked(order: Order, [key, id, ...rest]: unknown[]): [unknown, string] {
  if (rest.length > 0 || typeof id !== 'string' || !isUuid(id) || !order.accepts(key)) throw new BadCursor();
  return [key, id];
}
