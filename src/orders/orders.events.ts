import { DomainEvent, type MoneyJson } from '../platform/index.js';

/** The order is certain: its stock is reserved and its money authorised or taken. */
@DomainEvent('orders.order_placed')
export class OrderPlaced {
  constructor(
    readonly orderId: string,
    readonly number: string,
    readonly total: MoneyJson,
    readonly items: { variantId: string; quantity: number }[],
  ) {}
}

/** The order is off: its stock is free again and its money goes back. Why stands with the order: events are for ever, and words may name people. */
@DomainEvent('orders.order_cancelled')
export class OrderCancelled {
  constructor(
    readonly orderId: string,
    readonly number: string,
  ) {}
}
