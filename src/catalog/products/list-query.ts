import { BadCursor, isUuid, isWords } from '../../platform/index.js';
import { thumbnailOf } from '../media/shown-media.sql.js';
import { foremost, lookFor, rankBy, type Spelling } from '../search/search.sql.js';
import { card, columnsFor } from './card.sql.js';
import {
  askedOfVariant,
  facetsOf,
  hasVariant,
  type ListFilter,
  type ProductSort,
  scopeOf,
  stocked,
} from './list-filters.js';

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
const isInteger = (value: unknown) => Number.isSafeInteger(value);
const isSmallInteger = (value: unknown) => isInteger(value) && Math.abs(Number(value)) < 2 ** 31;

/** Depends on what is searched for. */
const RELEVANCE = 'relevance';

const ORDERS: Record<ProductSort, Order> = {
  createdAt: { key: 'p.created_at', descending: false, type: 'timestamptz', accepts: isTime },
  '-createdAt': { key: 'p.created_at', descending: true, type: 'timestamptz', accepts: isTime },
  name: { key: 'p.name COLLATE "und-x-icu"', descending: false, type: 'text', accepts: isWords },
  '-name': { key: 'p.name COLLATE "und-x-icu"', descending: true, type: 'text', accepts: isWords },
  price: { key: 'k.amount', descending: false, type: 'bigint', accepts: isInteger },
  '-price': { key: 'k.amount', descending: true, type: 'bigint', accepts: isInteger },
  bestSelling: { key: 's.sold', descending: true, type: 'integer', accepts: isSmallInteger },
  relevance: { key: RELEVANCE, descending: true, type: 'integer', accepts: isSmallInteger },
};

export interface Page {
  limit: number;
  /** The cursor's value, as it came. */
  after?: unknown[] | undefined;
  spelling: Spelling;
}

/** Words that so many of the first tier have are come across soon in any order. */
const FREQUENT = 200;

/** Page sizes that have a prepared statement of their own: a literal limit lets the planner see how little is asked. */
const FETCHES = [2, 6, 11, 21, 51, 101];

/**
 * The statement for a page: the page's rows are found first, by one index that already has their order, and only they
 * get prices, stock and category. Its text depends on which filters are set, never on their values.
 */
export function listQuery(filter: ListFilter, { limit, after, spelling }: Page): { sql: string; params: unknown[] } {
  const params: unknown[] = [];
  const value = (given: unknown) => `$${params.push(given)}`;
  const currency = value(filter.currency);
  const order = orderOf(filter);
  const looked = lookFor(filter, spelling, value);
  const ranked = order.key === RELEVANCE;
  const from = sourceOf(ranked && looked ? rankBy(looked.rank) : order.key, filter, currency, value);
  const scope = scopeOf(filter, { query: looked?.query, ...from, currency, value });
  const facets = facetsOf(filter, value);
  const asked = askedOfVariant(facets);
  const together = asked.length > 1 ? [hasVariant(asked)] : [];
  const where = [...scope, ...facets.map(({ condition }) => condition), ...together];
  const source = `${from.tables} ${stocked(filter, asked)} ${looked?.source ?? ''}`;
  const columns = `p.id, p.slug, p.name, ${thumbnailOf('p', filter.pictures)} AS thumbnail, p.category_id${further(filter)}`;
  const direction = order.descending ? 'DESC' : 'ASC';
  const rows = (more: string[], rest: string) => `SELECT ${columns}, ${from.key} AS key FROM ${source}
      ${[...where, ...more].length > 0 ? `WHERE ${[...where, ...more].join(' AND ')}` : ''} ${rest}`;
  const count = FETCHES.find((size) => size > limit) ?? limit + 1;
  const next = (key: string, tie: string): string[] => {
    if (!after) return [];
    const [at, id] = checked(order, after);
    return [`(${key}, ${tie}) ${order.descending ? '<' : '>'} (${value(at)}::${order.type}, ${value(id)}::uuid)`];
  };
  const page = (key: string, tie: string) => `ORDER BY ${key} ${direction}, ${tie} ${direction} LIMIT ${count}`;
  // No index has the order of relevance: so many matches are ranked, and the page is cut out of them. Nor is an order gone
  // through for words that few have: all that have them are looked up.
  const matches = ranked ? foremost((tier) => rows([tier], '')) : rows([], 'OFFSET 0');
  const within =
    ranked || (filter.words && filter.words.prominent < FREQUENT)
      ? `SELECT r.* FROM (${matches}) r ${next('r.key', 'r.id').map((more) => `WHERE ${more}`)} ${page('r.key', 'r.id')}`
      : rows(next(from.key, from.tie), page(from.key, from.tie));
  const key =
    order.type === 'timestamptz' ? `to_char(p.key AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : 'p.key';
  const sql = `${looked?.meant ? `WITH ${looked.meant}` : ''}
    SELECT ${card(filter.locales, filter.include, 'p.thumbnail')} AS card, ${key} AS key, p.id
    FROM (${within}) p
    LEFT JOIN catalog.card_prices k ON k.product_id = p.id AND k.currency = ${currency}
    LEFT JOIN catalog.categories c ON c.id = p.category_id
    ${filter.include.includes('brand') ? 'LEFT JOIN catalog.brands b ON b.id = p.brand_id' : ''}
    ORDER BY p.key ${direction}, p.id ${direction}`;
  return { sql, params };
}

interface Source {
  tables: string;
  /** The columns with the status, the order, and what breaks ties in it. */
  status: string;
  key: string;
  tie: string;
  /** What is asked of prices, and of the products of a collection, where they are the table. */
  priced?: string;
  collected?: string;
}

/** Where rows come from: the table whose index has their order, its status and its product. */
function sourceOf(key: string, filter: ListFilter, currency: string, value: (given: unknown) => string): Source {
  const { priced, collection } = filter;
  const prices = priced ? `JOIN catalog.card_prices k ON k.product_id = p.id AND k.currency = ${currency}` : '';
  if (key === 'k.amount') {
    const tables = 'catalog.card_prices k JOIN catalog.products p ON p.id = k.product_id';
    return { tables, status: 'k.status', key, tie: 'k.product_id', priced: `k.currency = ${currency}` };
  }
  if (key === 's.sold') {
    const tables = `catalog.product_sales s JOIN catalog.products p ON p.id = s.product_id ${prices}`;
    return { tables, status: 's.status', key, tie: 's.product_id' };
  }
  if (key === 'p.created_at' && collection !== undefined) {
    const tables = `catalog.collection_products i JOIN catalog.products p ON p.id = i.product_id ${prices}`;
    // Its own status is a job behind, but lets the index skip what is archived.
    const skipped = filter.status ? ` AND i.status = '${filter.status}'` : '';
    const collected = `i.collection_id = ${value(collection)}::uuid${skipped}`;
    return { tables, status: 'p.status', key: 'i.created_at', tie: 'i.product_id', collected };
  }
  return { tables: `catalog.products p ${prices}`, status: 'p.status', key, tie: 'p.id' };
}

/** Columns that the cards asked for need beyond the ordinary ones. */
const further = ({ include, locales }: ListFilter): string =>
  columnsFor(include, locales)
    .map((column) => `, p.${column}`)
    .join('');

function orderOf({ sort, q }: ListFilter): Order {
  return ORDERS[sort ?? (q === undefined ? '-createdAt' : 'relevance')];
}
function checked(order: Order, [key, id, ...rest]: unknown[]): [unknown, string] {
  if (rest.length > 0 || typeof id !== 'string' || !isUuid(id) || !order.accepts(key)) throw new BadCursor();
  return [key, id];
}
