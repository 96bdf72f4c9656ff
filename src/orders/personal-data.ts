import { Injectable } from '@nestjs/common';
import { UsersService } from '../auth/index.js';
import { OrdersOnTheirWay } from '../customers/index.js';
import { Payments, PaymentsPersonalData } from '../payments/index.js';
import { Database, Erases, IdempotencyService, PersonalData } from '../platform/index.js';

/** By a release that kept it as that of staff, whether it was for themselves or for whoever has the address. */
const enteredByStaff = (table: string): string => `(
  NOT ${table}.owner_certain AND ${table}.email IS NOT NULL
  AND EXISTS (SELECT FROM unnest($5::uuid[], $6::timestamptz[]) AS staff (id, since)
    WHERE staff.id = ${table}.user_id AND ${table}.created_at >= staff.since))`;

/**
 * What is somebody's is theirs, with whatever address. What is nobody's belongs to whoever had shown the address to be their
 * own, while it was. Of what staff entered the address tells which of the two it is.
 */
const theirs = (table: string): string => `(
  ${table}.user_id = $1 AND (NOT ${enteredByStaff(table)} OR lower(${table}.email) = ANY ($7::text[]))
  OR (${table}.user_id IS NULL OR ${enteredByStaff(table)}) AND lower(${table}.email) = ANY ($2::text[])
    AND EXISTS (SELECT FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) AS had (email, since, until)
      WHERE had.email = lower(${table}.email) AND (had.since IS NULL OR ${table}.created_at >= had.since)
        AND (had.until IS NULL OR ${table}.created_at < had.until)))`;

const COPY = `
  SELECT json_build_object(
    'orders', (SELECT coalesce(json_agg(to_jsonb(o) - '{user_id,cart_id,version,owner_certain}'::text[] || jsonb_build_object(
        'lines', (SELECT jsonb_agg(to_jsonb(l) - '{order_id,position}'::text[] ORDER BY l.position)
          FROM orders.order_lines l WHERE l.order_id = o.id)) ORDER BY o.id), '[]')
      FROM orders.orders o WHERE ${theirs('o')}),
    'carts', (SELECT coalesce(json_agg(to_jsonb(c) - '{user_id,owner_certain}'::text[] || jsonb_build_object(
        'items', (SELECT jsonb_agg(to_jsonb(i) - 'cart_id') FROM orders.cart_items i WHERE i.cart_id = c.id))
        ORDER BY c.id), '[]')
      FROM orders.carts c WHERE ${theirs('c')})
  ) AS copy`;

/** Until then an order that has not been sent is taken to be on its way. */
const ON_THEIR_WAY = `
  SELECT number FROM orders.orders o
  WHERE ${theirs('o')} AND (status = 'pending' OR status = 'placed' AND fulfillment_status <> 'fulfilled'
    AND payment_status NOT IN ('refunded', 'voided', 'failed') AND placed_at > now() - interval '30 days')
  ORDER BY id`;

// The country stays: tax was worked out by it.
const NOBODY = (column: string): string => `jsonb_build_object('name', '-', 'line1', '-', 'city', '-', 'line2', NULL,
  'region', NULL, 'postalCode', NULL, 'country', ${column} ->> 'country', 'phone', NULL)`;

const LOCK_ORDERS = `
  SELECT FROM orders.orders o WHERE o.user_id = $1 OR ${theirs('o')} ORDER BY id FOR NO KEY UPDATE`;

const ERASE_ORDERS = `
  UPDATE orders.orders o
  SET user_id = nullif(user_id, $1), email = 'erased@example.invalid', cancellation_reason = NULL, version = version + 1,
    shipping_address = ${NOBODY('shipping_address')}, billing_address = ${NOBODY('billing_address')}, updated_at = now()
  WHERE ${theirs('o')} RETURNING id`;

const ERASE_CARTS = `
  UPDATE orders.carts c SET user_id = nullif(user_id, $1), email = NULL, shipping_address = NULL, billing_address = NULL, updated_at = now()
  WHERE ${theirs('c')} RETURNING id`;

// What staff took for others stays, as that of guests.
const LET_GO = [
  'UPDATE orders.orders SET user_id = NULL, version = version + 1, updated_at = now() WHERE user_id = $1',
  'UPDATE orders.carts SET user_id = NULL, updated_at = now() WHERE user_id = $1',
];

const OWNERS = `
  SELECT user_id AS id FROM orders.orders WHERE lower(email) = ANY ($1) AND user_id IS NOT NULL AND NOT owner_certain
  UNION SELECT user_id FROM orders.carts WHERE lower(email) = ANY ($1) AND user_id IS NOT NULL AND NOT owner_certain`;

/** Whom it is about, in the parameters of these statements. */
type Whose = [
  userId: string,
  emails: string[],
  sinces: (string | null)[],
  untils: (string | null)[],
  staff: string[],
  staffSinces: string[],
  known: string[],
];

/** What orders knows of a person. */
@Injectable()
export class OrdersPersonalData {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly payments: Payments,
    private readonly paid: PaymentsPersonalData,
    private readonly idempotency: IdempotencyService,
  ) {}

  @PersonalData('orders')
  async copy(userId: string): Promise<unknown> {
    const [row] = await this.database.query<{ copy: { orders: { id: string }[] } }>(COPY, await this.whose(userId));
    const ids = row?.copy.orders.map(({ id }) => id) ?? [];
    const payments = [...(await this.payments.allFor(ids)).values()].flat();
    const known = payments.map(({ id, reference, provider, status, currency, captured, refunded, createdAt }) => ({
      ...{ id, orderId: reference, provider, status, currency, captured, refunded, createdAt },
    }));
    return { ...row?.copy, payments: known };
  }

  /** Numbers and amounts stay. @throws {OrdersOnTheirWay} */
  @Erases('orders')
  async erase(userId: string): Promise<void> {
    // An order that is being placed is there, and refuses, or finds no account.
    await this.users.holdAlone(userId);
    const whose = await this.whose(userId);
    const open = await this.database.query<{ number: string }>(ON_THEIR_WAY, whose);
    if (open.length > 0) throw new OrdersOnTheirWay(open.map(({ number }) => number));
    await this.database.query(LOCK_ORDERS, whose);
    const orders = idsOf(await this.database.query(ERASE_ORDERS, whose));
    const carts = idsOf(await this.database.query(ERASE_CARTS, whose));
    if (whose[4].includes(userId))
      await this.database.together(LET_GO.map((sql) => () => this.database.query(sql, [userId])));
    const money = await this.paid.erase(orders);
    // Answers that staff or guests got about them.
    await this.idempotency.forgetAbout([...orders, ...carts, ...money]);
  }

  private async whose(userId: string): Promise<Whose> {
    const addresses = await this.users.addressesOf(userId);
    const shown = addresses.filter(({ verified }) => verified);
    const emails = shown.map(({ email }) => email);
    const owners = emails.length > 0 ? await this.database.query<{ id: string }>(OWNERS, [emails]) : [];
    const staff = await this.users.staffAmong([userId, ...owners.map(({ id }) => id)]);
    return [
      userId,
      emails,
      shown.map(({ since }) => since),
      shown.map(({ until }) => until),
      staff.map(({ id }) => id),
      staff.map(({ since }) => since),
      addresses.map(({ email }) => email),
    ];
  }
}

const idsOf = (rows: object[]): string[] => (rows as { id: string }[]).map(({ id }) => id);
