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

const found = (key: string | null, source = 'customers.customers c'): string => `
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

const SPENDERS = 'customers.spending s JOIN customers.customers c ON c.user_id = s.user_id';

const spentIn = (currency: string, ofSource: boolean): string =>
  ofSource
    ? `s.currency = ${currency}`
    : `EXISTS (SELECT FROM customers.spending s WHERE s.user_id = c.user_id AND s.currency = ${currency})`;

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
    const conditions = ['c.email IS NOT NULL'];
    if (after) {
      const places = after.map((value) => `$${params.push(value)}`);
      conditions.push(`(${keys.join(', ')}) ${compare} (${places.join(', ')})`);
    }
    if (hasOrders !== undefined) conditions.push(hasOrders ? BOUGHT : `NOT ${BOUGHT}`);
    if (currency !== undefined) conditions.push(spentIn(`$${params.push(currency)}`, bySpend));
    if (q !== undefined) conditions.push(this.matching(q, params));
    const rows = await this.database.query<CustomerRow>(
      `${found(key, bySpend ? SPENDERS : undefined)} WHERE ${conditions.join(' AND ')}
       ORDER BY ${keys.map((one) => `${one} ${direction}`).join(', ')} LIMIT ${limit + 1}`,
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

  /** Trigrams find the parts of names and addresses; an order's number is looked up. */
  private matching(q: string, params: unknown[]): string {
    const part = `%${q
      .trim()
      .toLowerCase()
      .replace(/[\\%_]/g, '\\$&')}%`;
    const matches = `c.search LIKE $${params.push(part)}`;
    const number = /^\S{1,20}$/.test(q.trim()) ? q.trim().toUpperCase() : '';
    const bought = `c.user_id IN (SELECT user_id FROM customers.purchases WHERE number = $${params.push(number)})`;
    // An array, so that they are found first: as a join, all customers would be read along with them in their order.
    return `c.user_id = ANY (ARRAY(SELECT user_id FROM customers.customers c WHERE ${matches} UNION ALL
      SELECT c.user_id FROM customers.customers c WHERE ${bought}))`;
  }
}
