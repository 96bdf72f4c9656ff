import { Injectable } from '@nestjs/common';
import { AuditLog, withDnsDomain } from '../auth/index.js';
import { Stock } from '../catalog/index.js';
import { type Payment, Payments } from '../payments/index.js';
import {
  type Caller,
  Database,
  decodeCursor,
  Events,
  isId,
  NotFoundProblem,
  PermissionDenied,
  paginate,
  Transactional,
} from '../platform/index.js';
import type { Order, OrderLine } from './order.entity.js';
import { OrderStore } from './order-store.js';
import type { ListOrdersQuery } from './orders.dto.js';
import { OrderCancelled } from './orders.events.js';

/** An order with all that is shown of it. */
export interface WholeOrder {
  order: Order;
  lines: OrderLine[];
  payments: Payment[];
}

/** Looking at orders and calling them off. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly database: Database,
    private readonly store: OrderStore,
    private readonly stock: Stock,
    private readonly payments: Payments,
    private readonly events: Events,
    private readonly audit: AuditLog,
  ) {}

  /** Staff see all, a shopper their own. Three statements, however long the page. */
  async list(query: ListOrdersQuery, caller: Caller): Promise<{ data: WholeOrder[]; nextCursor: string | null }> {
    const { status, paymentStatus, email, number, sort, limit, cursor } = query;
    const userId = caller.can('orders:read') ? null : caller.userId;
    const bind = JSON.stringify(['orders', userId, status, paymentStatus, email, number, sort]);
    const after = cursor === undefined ? null : String(decodeCursor(cursor, bind, [isId])[0]);
    const [compare, direction] = sort === 'createdAt' ? (['>', 'ASC'] as const) : (['<', 'DESC'] as const);
    const select = this.database.manager
      .createQueryBuilder<Order>('Order', 'o')
      .where('TRUE')
      .orderBy('o.id', direction)
      .limit(limit + 1);
    if (userId !== null) select.andWhere('o.userId = :userId', { userId });
    if (status !== undefined) select.andWhere('o.status = :status', { status });
    if (paymentStatus !== undefined) select.andWhere('o.paymentStatus = :paymentStatus', { paymentStatus });
    if (email !== undefined) select.andWhere('lower(o.email) = lower(:email)', { email: withDnsDomain(email) });
    if (number !== undefined) select.andWhere('o.number = :number', { number });
    if (after !== null) select.andWhere(`o.id ${compare} :after`, { after });
    const page = paginate({ rows: await select.getMany(), limit, bind, cursorOf: ({ id }) => [id] });
    return { data: await this.complete(page.data), nextCursor: page.nextCursor };
  }

  /** @throws {NotFoundProblem} */
  async read(id: string, caller: Caller): Promise<WholeOrder> {
    return this.whole(await this.store.read(id, caller));
  }

  /**
   * Calls an order off: its stock is free at once, its money goes back in the background.
   * @throws {OrderNotCancellable} {NotFoundProblem}
   */
  @Transactional()
  async cancel(id: string, caller: Caller, reason: string | null): Promise<WholeOrder> {
    const order = await this.store.lock(id);
    if (!order?.belongsTo(caller, 'orders:cancel')) {
      // Who may see it is told what is lacking.
      throw order && caller.can('orders:read')
        ? new PermissionDenied('orders:cancel')
        : new NotFoundProblem('Order', id);
    }
    if (!order.cancel(reason)) return this.whole(order);
    await this.callOff(order);
    await this.note(order, caller);
    return this.whole(order);
  }

  /** What shoppers do with their own orders is theirs. */
  private async note({ id, userId, number }: Order, caller: Caller): Promise<void> {
    if (userId !== null && userId === caller.userId) return;
    await this.audit.record('order.cancelled', { by: caller, on: { type: 'order', id }, after: { number } });
  }

  private async callOff(order: Order): Promise<void> {
    await this.stock.release(order.id);
    await this.store.save(order);
    // Nothing was bought: the cart may be tried again.
    if (order.placedAt === null) await this.store.reopenCart(order);
    await this.payments.voidOrRefund(order.id);
    this.events.publish(new OrderCancelled(order.id, order.number));
  }

  private async whole(order: Order): Promise<WholeOrder> {
    const [whole] = await this.complete([order]);
    return whole ?? { order, lines: [], payments: [] };
  }

  private async complete(orders: Order[]): Promise<WholeOrder[]> {
    const ids = orders.map(({ id }) => id);
    const lines = await this.store.linesOf(ids);
    const payments = await this.payments.allFor(ids);
    return orders.map((order) => ({
      order,
      lines: lines.get(order.id) ?? [],
      payments: payments.get(order.id) ?? [],
    }));
  }
}
