import { Injectable } from '@nestjs/common';
import type { Address } from '../../customers/index.js';
import { type Caller, Database, NotFoundProblem, newId, ValidationFailed } from '../../platform/index.js';
import { CartNotOpen, TooManyLines } from '../orders.errors.js';
import { Cart, type CartItem, MAX_LINES } from './cart.entity.js';

export const MAX_QUANTITY = 999;

const READ = `
  SELECT c.id, c.user_id AS "userId", c.status, c.merged_into AS "mergedInto", c.currency, c.channel, c.email,
         c.shipping_address AS "shippingAddress", c.billing_address AS "billingAddress",
         c.shipping_method AS "shippingMethod", c.reserved_until IS NOT NULL AS held,
         CASE WHEN c.reserved_until > now() THEN c.reserved_until END AS "reservedUntil",
         c.created_at AS "createdAt", c.updated_at AS "updatedAt",
         coalesce((SELECT json_agg(json_build_object('variantId', i.variant_id, 'quantity', i.quantity)
                                   ORDER BY i.created_at, i.variant_id)
                   FROM orders.cart_items i WHERE i.cart_id = c.id), '[]') AS items
  FROM orders.carts c`;

// Whatever is added, a line never holds more than a till can type; what is too much is cut, not refused.
const ADD = `
  INSERT INTO orders.cart_items AS i (cart_id, variant_id, quantity)
  SELECT $1, n.variant_id, least(n.quantity, ${MAX_QUANTITY})
  FROM unnest($2::uuid[], $3::int[]) WITH ORDINALITY AS n (variant_id, quantity, position) ORDER BY position
  ON CONFLICT (cart_id, variant_id) DO UPDATE
    SET quantity = least(i.quantity + excluded.quantity, ${MAX_QUANTITY}), updated_at = now()`;

const INSERT = `
  WITH cart AS (
    INSERT INTO orders.carts (id, user_id, currency, channel, owner_certain) VALUES ($1, $2, $3, $6, true)
    RETURNING id, created_at, updated_at
  ), lines AS (
    INSERT INTO orders.cart_items (cart_id, variant_id, quantity)
    SELECT cart.id, n.variant_id, n.quantity
    FROM cart, unnest($4::uuid[], $5::int[]) WITH ORDINALITY AS n (variant_id, quantity, position) ORDER BY position
  )
  SELECT created_at AS "createdAt", updated_at AS "updatedAt" FROM cart`;

// A line changes only while the cart is open: the lock on the cart puts it before or after a checkout, never between. In a
// cart that has goods set aside, only by those who change what is set aside along with it, and have locked it before.
const open = (locked: string, room = 'true') =>
  `open AS (
    SELECT id FROM orders.carts
    WHERE id = $1 AND status = 'open' AND (reserved_until IS NULL AND ${room} OR ${locked}::boolean) FOR UPDATE
  )`;
// A statement that waits for the lock does not see the lines that were put in meanwhile. Whoever has not locked the cart
// before adds lines to the first half only: a hundred would have to wait at once to fill the rest.
const ROOM = `(
  EXISTS (SELECT FROM orders.cart_items WHERE cart_id = $1 AND variant_id = $2)
  OR (SELECT count(*) FROM orders.cart_items WHERE cart_id = $1) < ${MAX_LINES / 2})`;
const SET_LINE = `
  WITH ${open('$4', ROOM)}, line AS (
    INSERT INTO orders.cart_items (cart_id, variant_id, quantity) SELECT id, $2, $3 FROM open
    ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity, updated_at = now()
  )
  SELECT id FROM open`;
const REMOVE_LINE = `
  WITH ${open('$3')}, line AS (
    DELETE FROM orders.cart_items i USING open WHERE i.cart_id = open.id AND i.variant_id = $2
  )
  SELECT id FROM open`;

const RESERVE_CART = `
  UPDATE orders.carts SET reserved_until = date_trunc('milliseconds', now()) + make_interval(mins => $2), updated_at = now()
  WHERE id = $1 AND status = 'open' RETURNING reserved_until AS until`;

export type NewCart = Pick<Cart, 'userId' | 'currency' | 'channel' | 'items'>;

export interface CartChanges {
  email?: string | null;
  shippingAddress?: Address | null;
  billingAddress?: Address | null;
  shippingMethod?: string | null;
}

const CHANGEABLE = ['email', 'shippingAddress', 'billingAddress', 'shippingMethod'] as const;
const COLUMN = {
  email: 'email',
  shippingAddress: 'shipping_address',
  billingAddress: 'billing_address',
  shippingMethod: 'shipping_method',
} as const satisfies Record<(typeof CHANGEABLE)[number], string>;

/** Carts as rows: one statement each. */
@Injectable()
export class CartStore {
  constructor(private readonly database: Database) {}

  /** One statement for the cart and what is put in at once. */
  async insert({ userId, currency, channel, items }: NewCart): Promise<Cart> {
    const id = newId();
    const [given] = await this.database.query(INSERT, [
      id,
      userId,
      currency,
      items.map(({ variantId }) => variantId),
      items.map(({ quantity }) => quantity),
      channel,
    ]);
    const nothing = {
      mergedInto: null,
      held: false,
      reservedUntil: null,
      email: null,
      shippingAddress: null,
      billingAddress: null,
      shippingMethod: null,
    };
    return Cart.from({ id, userId, currency, channel, status: 'open', ...nothing, items, ...given });
  }

  /** @throws {NotFoundProblem} also for someone else's. */
  async read(id: string, caller: Caller): Promise<Cart> {
    return this.seen(await this.database.query(`${READ} WHERE c.id = $1`, [id]), id, caller);
  }

  /**
   * The cart, locked until the transaction ends. Its items are read after the lock has been taken: what a request
   * before us put in is there.
   */
  async lock(id: string, caller: Caller): Promise<Cart> {
    const [, cart] = await this.database.together([
      () => this.database.query('SELECT FROM orders.carts WHERE id = $1 FOR UPDATE', [id]),
      () => this.read(id, caller),
    ]);
    return cart;
  }

  /** The open cart that the shopper used last. */
  async currentOf(userId: string): Promise<Cart | undefined> {
    const [row] = await this.database.query(
      `${READ} WHERE c.user_id = $1 AND c.status = 'open' ORDER BY c.id DESC LIMIT 1`,
      [userId],
    );
    return row && Cart.from(row);
  }

  async add(cart: Cart, items: CartItem[]): Promise<void> {
    demandRoom([...cart.items, ...items]);
    if (items.length === 0) return;
    await this.database.query(ADD, [
      cart.id,
      items.map(({ variantId }) => variantId),
      items.map(({ quantity }) => quantity),
    ]);
  }

  /**
   * Sets one line, or removes it when the quantity is 0. False when the cart is closed; and when it was not `locked` before
   * and has goods set aside, or so many lines that a new one may be too much.
   */
  async set({ id }: Cart, { variantId, quantity }: CartItem, { locked = false } = {}): Promise<boolean> {
    const open =
      quantity > 0
        ? await this.database.query(SET_LINE, [id, variantId, quantity, locked])
        : await this.database.query(REMOVE_LINE, [id, variantId, locked]);
    return open.length > 0;
  }

  /** Says that the goods are set aside for so many minutes from now on. Gives until when, by the clock of the database. */
  async reserve(cart: Cart, minutes: number): Promise<Date> {
    const [row] = await this.database.query<{ until: Date }>(RESERVE_CART, [cart.id, minutes]);
    if (!row) throw new CartNotOpen(cart.id, 'ordered');
    Object.assign(cart, { held: true, reservedUntil: row.until });
    return row.until;
  }

  async forgetReservations(carts: Cart[]): Promise<void> {
    await this.database.query(
      'UPDATE orders.carts SET reserved_until = NULL, updated_at = now() WHERE id = ANY ($1::uuid[])',
      [carts.map(({ id }) => id)],
    );
    for (const cart of carts) Object.assign(cart, { held: false, reservedUntil: null });
  }

  /**
   * Writes these changes and nothing else, so that who changes other things at once loses nothing. `letGo`: it is
   * nobody's from now on, as that of a guest is.
   * @throws {CartNotOpen} when it was closed, or became someone's, meanwhile.
   */
  async change(cart: Cart, changes: CartChanges, { letGo = false } = {}): Promise<void> {
    const given = CHANGEABLE.flatMap((name) => (changes[name] === undefined ? [] : [name]));
    const values = given.map((name) => (typeof changes[name] === 'object' ? json(changes[name]) : changes[name]));
    const sets = given.map((name, index) => `${COLUMN[name]} = $${index + 3}`);
    if (letGo) sets.push('user_id = NULL');
    const [saved] = await this.database.query<{ updatedAt: Date }>(
      `UPDATE orders.carts SET ${[...sets, 'updated_at = now()'].join(', ')}
       WHERE id = $1 AND status = 'open' AND (user_id IS NULL OR user_id = $2::uuid)
       RETURNING user_id AS "userId", updated_at AS "updatedAt"`,
      [cart.id, cart.userId, ...values],
    );
    if (!saved) throw new CartNotOpen(cart.id, 'ordered');
    Object.assign(cart, changes, saved);
  }

  /** Makes a guest's cart the shopper's own. */
  async adopt(cart: Cart, userId: string | null): Promise<void> {
    await this.database.query('UPDATE orders.carts SET user_id = $2, updated_at = now() WHERE id = $1', [
      cart.id,
      userId,
    ]);
    cart.userId = userId;
  }

  /** Whoever else merges carts of this shopper waits until the transaction ends. */
  async holdAllOf(userId: string): Promise<void> {
    await this.database.query(`SELECT pg_advisory_xact_lock(hashtextextended('carts of ' || $1, 0))`, [userId]);
  }

  async markMerged({ id }: Cart, into: string): Promise<void> {
    await this.database.query(
      `UPDATE orders.carts SET status = 'merged', merged_into = $2, updated_at = now() WHERE id = $1`,
      [id, into],
    );
  }

  private seen([row]: object[], id: string, caller: Caller): Cart {
    const cart = row && Cart.from(row);
    if (!cart?.belongsTo(caller)) throw new NotFoundProblem('Cart', id);
    return cart;
  }
}

const json = (value: object | null | undefined): string | null => (value ? JSON.stringify(value) : null);

/** @throws {TooManyLines} */
export function demandRoom(items: CartItem[]): void {
  if (new Set(items.map(({ variantId }) => variantId)).size > MAX_LINES) throw new TooManyLines();
}

/** The same variant twice is one line. @throws {ValidationFailed} when that line is longer than a line can be. */
export function mergeItems(items: CartItem[]): CartItem[] {
  const quantities = new Map<string, number>();
  for (const { variantId, quantity } of items) {
    const key = variantId.toLowerCase();
    quantities.set(key, (quantities.get(key) ?? 0) + quantity);
  }
  const merged = [...quantities].map(([variantId, quantity]) => ({ variantId, quantity }));
  const excessive = merged.filter(({ quantity }) => quantity > MAX_QUANTITY);
  if (excessive.length === 0) return merged;
  throw new ValidationFailed(
    excessive.map(({ variantId, quantity }) => ({
      pointer: '/items',
      code: 'max',
      message: `must not have more than ${MAX_QUANTITY} of variant ${variantId} together; these are ${quantity}.`,
    })),
  );
}
