import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { PricedLine } from '../catalog/index.js';
import { type Caller, Database, NotFoundProblem, newId } from '../platform/index.js';
import type { LineTotals } from './checkout/totals.js';
import { Order, type OrderLine } from './order.entity.js';

// The cart is closed by the very statement that makes the order of it.
const INSERT = `
  WITH closed AS (
    UPDATE orders.carts SET status = 'ordered', reserved_until = NULL, updated_at = now() WHERE id = $2
  ), placed AS (
    INSERT INTO orders.orders (id, cart_id, user_id, status, payment_status, email, currency, subtotal, discount,
      shipping, tax, tax_rate, tax_included, total, shipping_method, shipping_address, billing_address, placed_at, channel,
      owner_certain)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $20, true)
    RETURNING id, number, created_at, updated_at
  ), lines AS (
    INSERT INTO orders.order_lines (id, order_id, position, variant_id, product_id, sku, name, variant_title, thumbnail,
      quantity, unit_amount, price, subtotal, tax, total)
    SELECT l.id, placed.id, l.position, l."variantId", l."productId", l.sku, l.name, l."variantTitle", l.thumbnail,
      l.quantity, l."unitAmount", l.price, l.subtotal, l.tax, l.total
    FROM placed, jsonb_to_recordset($19::jsonb) AS l (id uuid, position int, "variantId" uuid, "productId" uuid, sku text,
      name text, "variantTitle" text, thumbnail text, quantity int, "unitAmount" bigint, price jsonb, subtotal bigint, tax bigint, total bigint)
  )
  SELECT number, created_at AS "createdAt", updated_at AS "updatedAt" FROM placed`;

// Guarded by the version: of two who settle an order at once (answer and webhook), one finds that the other was faster.
const SAVE = `
  UPDATE orders.orders SET status = $3, payment_status = $4, placed_at = $5, cancelled_at = $6,
    cancellation_reason = $7, version = version + 1, updated_at = now()
  WHERE id = $1 AND version = $2 RETURNING version, updated_at AS "updatedAt"`;

const LINES = `
  SELECT order_id AS "orderId", id, variant_id AS "variantId", product_id AS "productId", sku, name,
    variant_title AS "variantTitle", thumbnail, quantity, unit_amount AS "unitAmount", price, subtotal, tax, total
  FROM orders.order_lines WHERE order_id = ANY ($1) ORDER BY order_id, position`;

/** Orders as rows. */
@Injectable()
export class OrderStore {
  constructor(private readonly database: Database) {}

  /** One statement for order, lines and cart. Completes `order` with what the database gave. */
  async insert(order: Order, lines: OrderLine[]): Promise<void> {
    const [given] = await this.database.query(INSERT, [
      order.id,
      order.cartId,
      order.userId,
      order.status,
      order.paymentStatus,
      order.email,
      order.currency,
      order.subtotal,
      order.discount,
      order.shipping,
      order.tax,
      order.taxRate,
      order.taxIncluded,
      order.total,
      order.shippingMethod,
      JSON.stringify(order.shippingAddress),
      JSON.stringify(order.billingAddress),
      order.placedAt,
      JSON.stringify(lines.map((line, position) => ({ ...line, position }))),
      order.channel,
    ]);
    Object.assign(order, given);
  }

  /** False when someone else has changed the order since it was read: read it again and decide anew. */
  async save(order: Order): Promise<boolean> {
    const [given] = await this.database.query(SAVE, [
      order.id,
      order.version,
      order.status,
      order.paymentStatus,
      order.placedAt,
      order.cancelledAt,
      order.cancellationReason,
    ]);
    Object.assign(order, given);
    return given !== undefined;
  }

  /** Nobody else changes the order until the transaction ends. */
  async hold(id: string): Promise<void> {
    await this.database.query('SELECT FROM orders.orders WHERE id = $1 FOR UPDATE', [id]);
  }

  /** Read and locked until the transaction ends. */
  async lock(id: string): Promise<Order | null> {
    return this.database.manager.findOne(Order, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  async find(id: string): Promise<Order | null> {
    return this.database.manager.findOneBy(Order, { id });
  }

  /** In id order, so that those who lock several do so in the same order. */
  async findAll(ids: string[]): Promise<Order[]> {
    return ids.length === 0 ? [] : this.database.manager.find(Order, { where: { id: In(ids) }, order: { id: 'ASC' } });
  }

  /** @throws {NotFoundProblem} also for someone else's. */
  async read(id: string, caller: Caller): Promise<Order> {
    const order = await this.find(id);
    if (!order?.belongsTo(caller, 'orders:read')) throw new NotFoundProblem('Order', id);
    return order;
  }

  /** The lines of many orders: one statement. */
  async linesOf(orderIds: string[]): Promise<Map<string, OrderLine[]>> {
    const found = new Map<string, OrderLine[]>(orderIds.map((id) => [id, []]));
    if (orderIds.length === 0) return found;
    for (const { orderId, ...line } of await this.database.query<OrderLine & { orderId: string }>(LINES, [orderIds])) {
      found.get(orderId)?.push(line);
    }
    return found;
  }

  async reopenCart({ cartId }: Order): Promise<void> {
    if (cartId === null) return;
    await this.database.query(
      `UPDATE orders.carts SET status = 'open', updated_at = now() WHERE id = $1 AND status = 'ordered'`,
      [cartId],
    );
  }
}

export function orderLine(line: PricedLine, { subtotal, tax, total }: LineTotals): OrderLine {
  const { variantId, productId, sku, name, variantTitle, thumbnail, quantity, unitAmount, price } = line;
  return {
    id: newId(),
    variantId,
    productId,
    sku,
    name,
    variantTitle,
    thumbnail,
    quantity,
    unitAmount,
    price,
    subtotal,
    tax,
    total,
  };
}
