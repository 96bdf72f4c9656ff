import { Injectable } from '@nestjs/common';
import { UsersService } from '../auth/index.js';
import { OrdersOnTheirWay } from '../customers/index.js';
import { Payments, PaymentsPersonalData } from '../payments/index.js';
import { Database, Erases, IdempotencyService, PersonalData } from '../platform/index.js';
import { TakenOrders } from './taken-orders.jobs.js';

/**
 * Whoever ordered with a verified address as a guest while it was that of the account is that person, or had staff enter it
 * for them; another shopper is not.
 */
const theirs = (table: string): string => `(
  ${table}.user_id = $1 OR lower(${table}.email) = ANY ($2::text[])
    AND (${table}.user_id IS NULL OR ${table}.user_id = ANY ($4::uuid[]))
    AND EXISTS (SELECT FROM unnest($2::text[], $3::timestamptz[]) AS had (email, until)
      WHERE had.email = lower(${table}.email) AND (had.until IS NULL OR ${table}.created_at < had.until)))`;

const COPY = `
  SELECT json_build_object(
    'orders', (SELECT coalesce(json_agg(to_jsonb(o) - '{user_id,cart_id,version}'::text[] || jsonb_build_object(
        'lines', (SELECT jsonb_agg(to_jsonb(l) - '{order_id,position}'::text[] ORDER BY l.position)
          FROM orders.order_lines l WHERE l.order_id = o.id)) ORDER BY o.id), '[]')
      FROM orders.orders o WHERE ${theirs('o')}),
    'carts', (SELECT coalesce(json_agg(to_jsonb(c) - 'user_id' || jsonb_build_object(
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
  SELECT FROM orders.orders o WHERE ${theirs('o')} ORDER BY id FOR NO KEY UPDATE`;

const ERASE_ORDERS = `
  UPDATE orders.orders o
  SET user_id = nullif(user_id, $1), email = 'erased@example.invalid', cancellation_reason = NULL, version = version + 1,
    shipping_address = ${NOBODY('shipping_address')}, billing_address = ${NOBODY('billing_address')}, updated_at = now()
  WHERE ${theirs('o')} RETURNING id`;

const ERASE_CARTS = `
  UPDATE orders.carts c SET user_id = nullif(user_id, $1), email = NULL, shipping_address = NULL, billing_address = NULL, updated_at = now()
  WHERE ${theirs('c')} RETURNING id`;

/** What orders knows of a person. */
@Injectable()
export class OrdersPersonalData {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly taken: TakenOrders,
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
    await this.taken.letGo(userId);
    const whose = await this.whose(userId);
    const open = await this.database.query<{ number: string }>(ON_THEIR_WAY, whose);
    if (open.length > 0) throw new OrdersOnTheirWay(open.map(({ number }) => number));
    await this.database.query(LOCK_ORDERS, whose);
    const orders = idsOf(await this.database.query(ERASE_ORDERS, whose));
    const carts = idsOf(await this.database.query(ERASE_CARTS, whose));
    const money = await this.paid.erase(orders);
    // Answers that staff or guests got about them.
    await this.idempotency.forgetAbout([...orders, ...carts, ...money]);
  }

  /** The account, the addresses that it has shown to be its own, until when it had each, and the staff who entered them. */
  private async whose(userId: string): Promise<[string, string[], (Date | null)[], string[]]> {
    const addresses = await this.users.addressesOf(userId);
    if (addresses.length === 0) return [userId, [], [], []];
    const emails = addresses.map(({ email }) => email);
    const owners = await this.database.query<{ id: string }>(
      `SELECT user_id AS id FROM orders.orders WHERE lower(email) = ANY ($1) AND user_id IS NOT NULL
       UNION SELECT user_id FROM orders.carts WHERE lower(email) = ANY ($1) AND user_id IS NOT NULL`,
      [emails],
    );
    const untils = addresses.map(({ until }) => until);
    return [userId, emails, untils, await this.users.staffAmong(owners.map(({ id }) => id))];
  }
}

const idsOf = (rows: object[]): string[] => (rows as { id: string }[]).map(({ id }) => id);
