import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, isId, isWords, NotFoundProblem, paginate } from '../../platform/index.js';
import type { KeptAddress } from '../addresses/addresses.dto.js';
import { AddressesService } from '../addresses/addresses.service.js';
import type { PreferencesResponse } from '../preferences/preferences.dto.js';
import { PreferencesService } from '../preferences/preferences.service.js';
import type { CustomerRow, ListCustomersQuery } from './customers.dto.js';

/** As ix_customers_name has it. */
const NAME = `lower(coalesce(c.name, ''))`;

const FOUND = `
  SELECT c.user_id AS id, c.email, c.name, c.groups, c.version, c.registered_at AS "createdAt",
    ${NAME} AS "sortName", coalesce(p.orders, 0)::int AS orders, coalesce(p.spend, '[]') AS spend, p.last AS "lastOrderAt"
  FROM customers.customers c
  LEFT JOIN LATERAL (
    SELECT sum(orders) AS orders, max(last) AS last,
      json_agg(json_build_object('amount', amount, 'currency', currency) ORDER BY currency) AS spend
    FROM (
      SELECT currency, sum(amount) AS amount, count(*) AS orders, max(placed_at) AS last
      FROM customers.purchases WHERE user_id = c.user_id GROUP BY currency
    ) AS by_currency
  ) p ON true`;

const BOUGHT = 'EXISTS (SELECT FROM customers.purchases b WHERE b.user_id = c.user_id)';

/** What the back office sees of customers. */
@Injectable()
export class CustomerSearch {
  constructor(
    private readonly database: Database,
    private readonly addresses: AddressesService,
    private readonly preferences: PreferencesService,
  ) {}

  /** One statement. Accounts are made in the order of their ids. */
  async list(query: ListCustomersQuery): Promise<{ data: CustomerRow[]; nextCursor: string | null }> {
    const { q, hasOrders, sort, limit, cursor } = query;
    const bind = JSON.stringify(['customers', q, hasOrders, sort]);
    const byName = sort.endsWith('name');
    const after = cursor === undefined ? undefined : decodeCursor(cursor, bind, byName ? [isWords, isId] : [isId]);
    const [compare, direction] = sort.startsWith('-') ? (['<', 'DESC'] as const) : (['>', 'ASC'] as const);
    const keys = byName ? [NAME, 'c.user_id'] : ['c.user_id'];
    const params: unknown[] = [];
    const conditions = ['c.email IS NOT NULL'];
    if (after) {
      const places = after.map((value) => `$${params.push(value)}`);
      conditions.push(`(${keys.join(', ')}) ${compare} (${places.join(', ')})`);
    }
    if (hasOrders !== undefined) conditions.push(hasOrders ? BOUGHT : `NOT ${BOUGHT}`);
    if (q !== undefined) conditions.push(this.matching(q, params));
    const rows = await this.database.query<CustomerRow>(
      `${FOUND} WHERE ${conditions.join(' AND ')} ORDER BY ${keys.map((key) => `${key} ${direction}`).join(', ')} LIMIT ${limit + 1}`,
      params,
    );
    return paginate({ rows, limit, bind, cursorOf: ({ id, sortName }) => (byName ? [sortName, id] : [id]) });
  }

  /** @throws {NotFoundProblem} */
  async read(id: string): Promise<{ row: CustomerRow; addresses: KeptAddress[]; preferences: PreferencesResponse }> {
    const [row] = await this.database.query<CustomerRow>(`${FOUND} WHERE c.user_id = $1 AND c.email IS NOT NULL`, [id]);
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
    const found = `c.search LIKE $${params.push(part)}`;
    const number = /^\S{1,20}$/.test(q.trim()) ? q.trim().toUpperCase() : '';
    const bought = `c.user_id IN (SELECT user_id FROM customers.purchases WHERE number = $${params.push(number)})`;
    // An array, so that they are found first: as a join, all customers would be read along with them in their order.
    return `c.user_id = ANY (ARRAY(SELECT user_id FROM customers.customers c WHERE ${found} UNION ALL
      SELECT c.user_id FROM customers.customers c WHERE ${bought}))`;
  }
}
