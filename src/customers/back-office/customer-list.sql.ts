import { isId, isWords } from '../../platform/index.js';
import type { ListCustomersQuery } from './customers.dto.js';

const CUSTOMERS = 'customers.customers c';

/** Customers as the back office sees them. */
export const CUSTOMER = customer(null, CUSTOMERS);

function customer(key: string | null, source: string): string {
  return `
  SELECT c.user_id AS id, c.email, c.name, c.groups, c.version, c.registered_at AS "createdAt",
    ${key ?? 'NULL'} AS "sortKey", coalesce(p.orders, 0)::int AS orders, coalesce(p.spend, '[]') AS spend,
    l.placed_at AS "lastOrderAt"
  FROM ${source}
  LEFT JOIN LATERAL (
    SELECT sum(orders) AS orders,
      json_agg(json_build_object('amount', amount, 'currency', currency) ORDER BY currency) AS spend
    FROM customers.spending WHERE user_id = c.user_id
  ) p ON true
  LEFT JOIN LATERAL (
    SELECT placed_at FROM customers.purchases WHERE user_id = c.user_id ORDER BY placed_at DESC LIMIT 1
  ) l ON true`;
}

interface Order {
  source: string;
  /** Beside the id; null where that is all. */
  key: string | null;
  id: string;
  /** What a cursor holds. */
  kinds: ((value: unknown) => boolean)[];
}

/** Accounts are made in the order of their ids. The others are as ix_customers_name and ix_spending_amount have them. */
const ORDERS: Record<'createdAt' | 'name' | 'spend', Order> = {
  createdAt: { source: CUSTOMERS, key: null, id: 'c.user_id', kinds: [isId] },
  name: { source: CUSTOMERS, key: `lower(coalesce(c.name, ''))`, id: 'c.user_id', kinds: [isWords, isId] },
  spend: {
    source: 'customers.spending s JOIN customers.customers c ON c.user_id = s.user_id',
    key: 's.amount',
    id: 's.user_id',
    kinds: [Number.isSafeInteger, isId],
  },
};

export const orderOf = ({ sort }: Pick<ListCustomersQuery, 'sort'>): Order =>
  ORDERS[sort.replace('-', '') as keyof typeof ORDERS];

/**
 * So many customers are looked at in their order first: a part that many have, such as the name of a mail provider, fills a
 * page soon. One that few have is found by trigrams.
 */
const NEAR = 2000;

const BOUGHT = 'EXISTS (SELECT FROM customers.purchases b WHERE b.user_id = c.user_id)';

/** The statement for a page, from `after` on. Its text depends on which filters are set, never on their values. */
export function customersQuery(query: ListCustomersQuery, after?: unknown[]): { sql: string; params: unknown[] } {
  const { q, hasOrders, currency, sort, limit } = query;
  const { source, key, id } = orderOf(query);
  const [compare, direction] = sort.startsWith('-') ? ['<', 'DESC'] : ['>', 'ASC'];
  const params: unknown[] = [];
  const value = (given: unknown) => `$${params.push(given)}`;
  const keys = key ? [key, id] : [id];
  const order = keys.map((one) => `${one} ${direction}`).join(', ');
  // Where to begin, which the index of the order knows; and what is asked of each customer.
  const from = after ? [`(${keys.join(', ')}) ${compare} (${after.map(value).join(', ')})`] : [];
  const wanted = ['c.email IS NOT NULL'];
  if (hasOrders !== undefined) wanted.push(hasOrders ? BOUGHT : `NOT ${BOUGHT}`);
  if (currency !== undefined && id === 's.user_id') from.push(`s.currency = ${value(currency)}`);
  else if (currency !== undefined) wanted.push(spentIn(value(currency)));
  if (q === undefined) {
    return {
      sql: `${customer(key, source)} ${where([...from, ...wanted])} ORDER BY ${order} LIMIT ${limit + 1}`,
      params,
    };
  }
  const words = q.trim();
  const part = value(words);
  // PostgreSQL folds both sides, by one set of rules: JavaScript has another for Σ and İ. Most names are ASCII, and what
  // they are searched by is folded as it is.
  const like = String.raw`LIKE '%' || regexp_replace(platform.folded(${part}), '[\\%_]', '\\\&', 'g') || '%'`;
  const isFoldable = 'octet_length(c.search) > char_length(c.search)';
  const matches = `(c.search ${like} OR ${isFoldable} AND platform.folded(c.search) ${like})`;
  const bought = `c.user_id IN (SELECT user_id FROM customers.purchases WHERE number = ${value(numberIn(words))})`;
  // Arrays, so that they are found first: as a join, all customers would be read along with them in their order.
  const sql = `
    WITH near AS MATERIALIZED (
      SELECT c.user_id FROM (
        SELECT c.user_id, c.email, c.search, ${key ?? 'NULL'} AS key FROM ${source} ${where(from)}
        ORDER BY ${order} LIMIT ${NEAR}
      ) c ${where([...wanted, `(${matches} OR ${bought})`])}
      ORDER BY ${key ? `c.key ${direction}, ` : ''}c.user_id ${direction} LIMIT ${limit + 1}
    )
    ${customer(key, source)}
    ${where([...from, ...wanted])} AND c.user_id = ANY (CASE WHEN (SELECT count(*) FROM near) > ${limit}
      THEN ARRAY(SELECT user_id FROM near)
      ELSE ARRAY(SELECT user_id FROM ${CUSTOMERS} WHERE ${matches} UNION ALL SELECT user_id FROM ${CUSTOMERS} WHERE ${bought})
    END)
    ORDER BY ${order} LIMIT ${limit + 1}`;
  return { sql, params };
}

const where = (conditions: string[]): string => (conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '');

const spentIn = (currency: string): string =>
  `EXISTS (SELECT FROM customers.spending s WHERE s.user_id = c.user_id AND s.currency = ${currency})`;

/** What may be the number of an order. */
const numberIn = (words: string): string => (/^\S{1,20}$/.test(words) ? words.toUpperCase() : '');
