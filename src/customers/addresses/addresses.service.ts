import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  decodeCursor,
  isId,
  NotFoundProblem,
  newId,
  type PageQuery,
  paginate,
  Transactional,
} from '../../platform/index.js';
import { TooManyAddresses } from '../customers.errors.js';
import { Customers } from '../customers.service.js';
import type { AddAddressRequest, KeptAddress } from './addresses.dto.js';

/** Of one customer. */
const MOST = 50;

const ROW = `
  id, name, line1, line2, city, region, postal_code AS "postalCode", country, phone,
  default_shipping AS "defaultShipping", default_billing AS "defaultBilling",
  created_at AS "createdAt", updated_at AS "updatedAt"`;

// The first address becomes both defaults.
const ADD = `
  WITH known AS (SELECT count(*)::int AS count FROM customers.addresses WHERE user_id = $2)
  INSERT INTO customers.addresses (id, user_id, name, line1, line2, city, region, postal_code, country, phone,
    default_shipping, default_billing)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce($11::boolean, false) OR known.count = 0,
    coalesce($12::boolean, false) OR known.count = 0
  FROM known WHERE known.count < ${MOST}
  RETURNING ${ROW}`;

const REPLACE = `
  UPDATE customers.addresses
  SET name = $3, line1 = $4, line2 = $5, city = $6, region = $7, postal_code = $8, country = $9, phone = $10,
    default_shipping = coalesce($11, default_shipping), default_billing = coalesce($12, default_billing),
    updated_at = now()
  WHERE id = $1 AND user_id = $2
  RETURNING ${ROW}`;

/** One address at most is the default of a kind: becoming it takes it from the other. */
const YIELD = `
  UPDATE customers.addresses
  SET default_shipping = default_shipping AND NOT $3, default_billing = default_billing AND NOT $4, updated_at = now()
  WHERE user_id = $1 AND id <> $2 AND (default_shipping AND $3 OR default_billing AND $4)`;

/** What a customer sends goods to and has bills sent to. Changes of one customer come one after the other. */
@Injectable()
export class AddressesService {
  constructor(
    private readonly database: Database,
    private readonly customers: Customers,
  ) {}

  async list(
    { userId }: Pick<Caller, 'userId'>,
    { limit, cursor }: PageQuery,
  ): Promise<{ data: KeptAddress[]; nextCursor: string | null }> {
    const bind = JSON.stringify(['addresses', userId]);
    const [after = null] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId]);
    const rows = await this.database.query<KeptAddress>(
      `SELECT ${ROW} FROM customers.addresses
       WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
      [userId, after, limit + 1],
    );
    return paginate({ rows, limit, bind, cursorOf: ({ id }) => [id] });
  }

  /** @throws {NotFoundProblem} also for the address of someone else. */
  async read({ userId }: Caller, id: string): Promise<KeptAddress> {
    const [row] = await this.database.query<KeptAddress>(
      `SELECT ${ROW} FROM customers.addresses WHERE id = $1 AND user_id = $2`,
      [id, userId],
    );
    if (!row) throw new NotFoundProblem('Address', id);
    return row;
  }

  /** @throws {TooManyAddresses} */
  @Transactional()
  async add(caller: Caller, wish: AddAddressRequest): Promise<KeptAddress> {
    const id = newId();
    const userId = await this.customers.lock(caller);
    await this.yieldDefaults(userId, id, wish);
    const [row] = await this.database.query<KeptAddress>(ADD, [id, userId, ...columnsOf(wish)]);
    if (!row) throw new TooManyAddresses(MOST);
    return row;
  }

  /** @throws {NotFoundProblem} */
  @Transactional()
  async replace(caller: Caller, id: string, wish: AddAddressRequest): Promise<KeptAddress> {
    const userId = await this.customers.lock(caller);
    await this.yieldDefaults(userId, id, wish);
    const [row] = await this.database.query<KeptAddress>(REPLACE, [id, userId, ...columnsOf(wish)]);
    // Nothing was yielded to an address that is not there: the refusal takes that back.
    if (!row) throw new NotFoundProblem('Address', id);
    return row;
  }

  /** A default that goes is passed on to the address that was added last. @throws {NotFoundProblem} */
  @Transactional()
  async remove(caller: Caller, id: string): Promise<void> {
    const userId = await this.customers.lock(caller);
    const [gone] = await this.database.query<{ shipping: boolean; billing: boolean }>(
      `DELETE FROM customers.addresses WHERE id = $1 AND user_id = $2
       RETURNING default_shipping AS shipping, default_billing AS billing`,
      [id, userId],
    );
    if (!gone) throw new NotFoundProblem('Address', id);
    if (!gone.shipping && !gone.billing) return;
    await this.database.query(
      `UPDATE customers.addresses
       SET default_shipping = default_shipping OR $2, default_billing = default_billing OR $3, updated_at = now()
       WHERE id = (SELECT id FROM customers.addresses WHERE user_id = $1 ORDER BY id DESC LIMIT 1)`,
      [userId, gone.shipping, gone.billing],
    );
  }

  private async yieldDefaults(userId: string, id: string, wish: AddAddressRequest): Promise<void> {
    const { defaultShipping = false, defaultBilling = false } = wish;
    if (defaultShipping || defaultBilling)
      await this.database.query(YIELD, [userId, id, defaultShipping, defaultBilling]);
  }
}

const columnsOf = (wish: AddAddressRequest): unknown[] => [
  ...[wish.name, wish.line1, wish.line2 ?? null, wish.city, wish.region ?? null, wish.postalCode ?? null],
  ...[wish.country, wish.phone ?? null, wish.defaultShipping ?? null, wish.defaultBilling ?? null],
];
