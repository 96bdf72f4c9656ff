import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, NotFoundProblem, paginate, ValidationFailed } from '../../platform/index.js';
import type { KeptAddress } from '../addresses/addresses.dto.js';
import { AddressesService } from '../addresses/addresses.service.js';
import type { PreferencesResponse } from '../preferences/preferences.dto.js';
import { PreferencesService } from '../preferences/preferences.service.js';
import { CUSTOMER, customersQuery, orderOf } from './customer-list.sql.js';
import type { CustomerRow, ListCustomersQuery } from './customers.dto.js';

const CURRENCY_NEEDED = {
  pointer: '?currency',
  code: 'required',
  message: 'is needed to sort by what was spent: say in which currency.',
};

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
    if (sort.endsWith('spend') && currency === undefined) throw new ValidationFailed([CURRENCY_NEEDED]);
    const { key, kinds } = orderOf(query);
    const bind = JSON.stringify(['customers', q, hasOrders, sort, ...(currency ? [currency] : [])]);
    const after = cursor === undefined ? undefined : decodeCursor(cursor, bind, kinds);
    const { sql, params } = customersQuery(query, after);
    const rows = await this.database.query<CustomerRow>(sql, params);
    return paginate({ rows, limit, bind, cursorOf: ({ id, sortKey }) => (key ? [sortKey, id] : [id]) });
  }

  /** @throws {NotFoundProblem} */
  async read(id: string): Promise<{ row: CustomerRow; addresses: KeptAddress[]; preferences: PreferencesResponse }> {
    const [row] = await this.database.query<CustomerRow>(`${CUSTOMER} WHERE c.user_id = $1 AND c.email IS NOT NULL`, [
      id,
    ]);
    if (!row) throw new NotFoundProblem('Customer', id);
    const [{ data }, preferences] = await Promise.all([
      this.addresses.list({ userId: id }, { limit: 100 }),
      this.preferences.read({ userId: id }),
    ]);
    return { row, addresses: data, preferences };
  }
}
