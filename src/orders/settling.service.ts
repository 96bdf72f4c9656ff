import { Injectable } from '@nestjs/common';
import { Stock } from '../catalog/index.js';
import { type Payment, Payments } from '../payments/index.js';
import { Events, Transactional } from '../platform/index.js';
import type { Order, OrderLine } from './order.entity.js';
import { OrderStore } from './order-store.js';
import { OrderCancelled, OrderPlaced } from './orders.events.js';

/** Lets an order follow its money: the answer of the provider, its webhook and the sweep all come through here. */
@Injectable()
export class Settling {
  constructor(
    private readonly store: OrderStore,
    private readonly stock: Stock,
    private readonly payments: Payments,
    private readonly events: Events,
  ) {}

  /** Brings the order up to what has become of its payment: the order is locked first, then the payment is read. */
  @Transactional()
  async catchUp(orderId: string): Promise<void> {
    const order = await this.store.lock(orderId);
    const payment = (await this.payments.latestFor([orderId])).get(orderId);
    if (order && payment) await this.settle(order, payment);
  }

  /**
   * In the caller's transaction, with the order locked since before `payment` was read. Gives the order as it is now: whoever was faster has left nothing to do.
   * `lines` spares a statement to those who have them.
   */
  async settle(order: Order, payment: Payment, lines?: OrderLine[]): Promise<Order> {
    const what = order.settle(payment);
    if (what === 'nothing') return order;
    if (!(await this.store.save(order))) {
      const current = await this.store.lock(order.id);
      return current ? this.settle(current, payment, lines) : order;
    }
    if (what === 'placed') await this.announce(order, lines);
    if (what === 'failed') await this.giveUp(order);
    if (what === 'give_back') await this.payments.voidOrRefund(order.id);
    return order;
  }

  async announce(order: Order, known?: OrderLine[]): Promise<void> {
    const lines = known ?? (await this.store.linesOf([order.id])).get(order.id) ?? [];
    const items = lines.map(({ variantId, quantity }) => ({ variantId, quantity }));
    const total = { amount: order.total, currency: order.currency };
    this.events.publish(new OrderPlaced(order.id, order.number, total, items));
  }

  private async giveUp(order: Order): Promise<void> {
    await this.stock.release(order.id);
    await this.store.reopenCart(order);
    this.events.publish(new OrderCancelled(order.id, order.number));
  }
}
