import { Injectable } from '@nestjs/common';
import {
  Database,
  decodeCursor,
  isId,
  isWords,
  NotFoundProblem,
  paginate,
  ValidationFailed,
} from '../../platform/index.js';
import type { KeptAddress } from '../addresses/addresses.dto.js';
import { AddressesService } from '../addresses/addresses.service.js';
import type { PreferencesResponse } from '../preferences/preferences.dto.js';
import { PreferencesService } from '../preferences/preferences.service.js';
import type { CustomerRow, ListCustomersQuery } from './customers.dto.js';

interface Order {
  /** Beside the id; null where that is all. */
  key: string | null;
  isKey: (value: unknown) => boolean;
}

/** Accounts are made in the order of their ids. The others are as ix_customers_name and ix_spending_amount have them. */
const ORDERS: Record<'createdAt' | 'name' | 'spend', Order> = {
  createdAt: { key: null, isKey: () => false },
  name: { key: `lower(coalesce(c.name, ''))`, isKey: isWords },
  spend: { key: 's.amount', isKey: Number.isSafeInteger },
};

const CUSTOMERS = 'customers.customers c';
const SPENDERS = 'customers.spending s JOIN customers.customers c ON c.user_id = s.user_id';

const found = (key: string | null, source = CUSTOMERS): string => `
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

const spentIn = (currency: string): string =>
  `EXISTS (SELECT FROM customers.spending s WHERE s.user_id = c.user_id AND s.currency = ${currency})`;

const CURRENCY_NEEDED = {
  pointer: '?currency',
  code: 'required',
  message: 'is needed to sort by what was spent: say in which currency.',
};

const BOUGHT = 'EXISTS (SELECT FROM customers.purchases b WHERE b.user_id = c.user_id)';

/** What the back office sees of customers. */
@Injectable()
export class CustomerSearch {
  constructor(
    private readonly database: Database,
    private readonly addresses: AddressesService,
    private readonly preferences: PreferencesService,
  ) {}

  /** One statement. @throws {ValidationFailed} when they are to be sorted by what was spent, and no currency says in what. */
  async list(query: ListCustomersQuery): Promise<{ data: CustomerRow[]; nextCursor: string | null }> {
    const { q, hasOrders, currency, sort, limit, cursor } = query;
    const bySpend = sort.endsWith('spend');
    if (bySpend && currency === undefined) throw new ValidationFailed([CURRENCY_NEEDED]);
    const bind = JSON.stringify(['customers', q, hasOrders, currency, sort]);
    const { key, isKey } = ORDERS[sort.replace('-', '') as keyof typeof ORDERS];
    const after = cursor === undefined ? undefined : decodeCursor(cursor, bind, key ? [isKey, isId] : [isId]);
    const [compare, direction] = sort.startsWith('-') ? (['<', 'DESC'] as const) : (['>', 'ASC'] as const);
    const keys = [...(key ? [key] : []), bySpend ? 's.user_id' : 'c.user_id'];
    const params: unknown[] = [];
    const value = (given: unknown) => `$${params.push(given)}`;
    const source = bySpend ? SPENDERS : CUSTOMERS;
    // Where in the order to begin, which its index knows, and what is asked of each customer.
    const from = after ? [`(${keys.join(', ')}) ${compare} (${after.map(value).join(', ')})`] : [];
    const wanted = ['c.email IS NOT NULL'];
    if (hasOrders !== undefined) wanted.push(hasOrders ? BOUGHT : `NOT ${BOUGHT}`);
    if (currency !== undefined) {
      if (bySpend) from.push(`s.currency = ${value(currency)}`);
      else wanted.push(spentIn(value(currency)));
    }
    const ordered = keys.map((one) => `${one} ${direction}`).join(', ');
    let near = '';
    const conditions = [...from, ...wanted];
    if (q !== undefined) {
      const { search, number } = wordsOf(q);
      const matches = `c.search LIKE ${value(search)}`;
      const bought = `c.user_id IN (SELECT user_id FROM customers.purchases WHERE number = ${value(number)})`;
      near = `WITH near AS MATERIALIZED (
        SELECT c.user_id FROM (
          SELECT c.user_id, c.email, c.search, ${key ?? 'NULL'} AS key FROM ${source} ${where(from)} ORDER BY ${ordered} LIMIT ${NEAR}
        ) c ${where([...wanted, `(${matches} OR ${bought})`])}
        ORDER BY ${key ? `c.key ${direction},` : ''} c.user_id ${direction} LIMIT ${limit + 1})`;
      // Arrays, so that they are found first: as a join, all customers would be read along with them in their order.
      conditions.push(`c.user_id = ANY (CASE WHEN (SELECT count(*) FROM near) > ${limit} THEN ARRAY(SELECT user_id FROM near)
        ELSE ARRAY(SELECT user_id FROM ${CUSTOMERS} WHERE ${matches} UNION ALL SELECT c.user_id FROM ${CUSTOMERS} WHERE ${bought}) END)`);
    }
    const rows = await this.database.query<CustomerRow>(
      `${near} ${found(key, source)} ${where(conditions)} ORDER BY ${ordered} LIMIT ${limit + 1}`,
      params,
    );
    return paginate({ rows, limit, bind, cursorOf: ({ id, sortKey }) => (key ? [sortKey, id] : [id]) });
  }

  /** @throws {NotFoundProblem} */
  async read(id: string): Promise<{ row: CustomerRow; addresses: KeptAddress[]; preferences: PreferencesResponse }> {
    const [row] = await this.database.query<CustomerRow>(
      `${found(null)} WHERE c.user_id = $1 AND c.email IS NOT NULL`,
      [id],
    );
    if (!row) throw new NotFoundProblem('Customer', id);
    const [{ data }, preferences] = await Promise.all([
      this.addresses.list({ userId: id }, { limit: 100 }),
      this.preferences.read({ userId: id }),
    ]);
    return { row, addresses: data, preferences };
  }
}

/**
 * So many customers are looked at in their order first: a part that many have, such as the name of a mail provider, fills a
 * page soon. One that few have is found by trigrams.
 */
const NEAR = 2000;

const where = (conditions: string[]): string => (conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '');

/** What to look for in names and addresses, and as the number of an order. */
function wordsOf(q: string): { search: string; number: string } {
  const words = q.trim();
  const search = `%${words.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return { search, number: /^\S{1,20}$/.test(words) ? words.toUpperCase() : '' };
}
