import { Injectable } from '@nestjs/common';
import {
  PaymentAuthorized,
  PaymentCaptured,
  PaymentFailed,
  PaymentRefunded,
  PaymentRequiresAction,
  Payments,
  PaymentVoided,
} from '../payments/index.js';
import { isUuid, OnBatch } from '../platform/index.js';
import { OrderStore } from './order-store.js';
import { Settling } from './settling.service.js';

/**
 * Orders follow their money, whoever moved it: webhook, sweep or staff. Each event only says where to look: what counts
 * is the payment as it is now, so events may come twice and in any order.
 */
@Injectable()
export class OrdersListener {
  constructor(
    private readonly store: OrderStore,
    private readonly payments: Payments,
    private readonly settling: Settling,
  ) {}

  @OnBatch(PaymentAuthorized)
  async authorized(events: PaymentAuthorized[]): Promise<void> {
    await this.follow(events);
  }

  @OnBatch(PaymentCaptured)
  async captured(events: PaymentCaptured[]): Promise<void> {
    await this.follow(events);
  }

  @OnBatch(PaymentRequiresAction)
  async requiresAction(events: PaymentRequiresAction[]): Promise<void> {
    await this.follow(events);
  }

  @OnBatch(PaymentFailed)
  async failed(events: PaymentFailed[]): Promise<void> {
    await this.follow(events);
  }

  @OnBatch(PaymentVoided)
  async voided(events: PaymentVoided[]): Promise<void> {
    await this.follow(events);
  }

  @OnBatch(PaymentRefunded)
  async refunded(events: PaymentRefunded[]): Promise<void> {
    await this.follow(events);
  }

  /**
   * Most orders know already, from the answer at checkout: two statements find out for all. Each of the rest follows in
   * a transaction of its own, so that nobody ever holds the stock of two orders.
   */
  private async follow(events: { reference: string }[]): Promise<void> {
    const ids = [...new Set(events.map(({ reference }) => reference))].filter(isUuid).sort();
    const payments = await this.payments.latestFor(ids);
    const orders = await this.store.findAll(ids);
    for (const order of orders) if (order.lagsBehind(payments.get(order.id))) await this.settling.catchUp(order.id);
  }
}
