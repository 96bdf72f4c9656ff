import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { LinePrice } from '../catalog/index.js';
import type { Address } from '../customers/index.js';
import type { Payment } from '../payments/index.js';
import type { Caller } from '../platform/index.js';
import { OrderNotCancellable } from './orders.errors.js';

export type OrderStatus = 'pending' | 'placed' | 'completed' | 'cancelled';
export type PaymentStatusOfOrder =
  | 'pending'
  | 'requires_action'
  | 'authorized'
  | 'paid'
  | 'partially_refunded'
  | 'refunded'
  | 'voided'
  | 'failed';
export type FulfillmentStatus = 'unfulfilled' | 'partially_fulfilled' | 'fulfilled' | 'returned';

const PAYMENT_STATUS: Record<Payment['status'], PaymentStatusOfOrder> = {
  processing: 'pending',
  requires_action: 'requires_action',
  authorized: 'authorized',
  partially_captured: 'authorized',
  captured: 'paid',
  partially_refunded: 'partially_refunded',
  refunded: 'refunded',
  voided: 'voided',
  declined: 'failed',
  failed: 'failed',
};

/** What follows from what became of the money. */
export type Settlement = 'placed' | 'failed' | 'give_back' | 'changed' | 'nothing';

export interface OrderLine {
  id: string;
  variantId: string;
  productId: string;
  sku: string;
  name: string;
  variantTitle: string;
  thumbnail: string | null;
  quantity: number;
  unitAmount: number;
  /** Why it cost that; null in orders from before there were price lists. */
  price: LinePrice | null;
  subtotal: number;
  tax: number;
  total: number;
}

/** What was bought: `pending` until the money is certain, then `placed`. */
@Entity({ schema: 'orders', name: 'orders' })
export class Order {
  @PrimaryColumn('uuid') id: string;
  @Column('text') number: string;
  @Column('uuid', { nullable: true }) cartId: string | null;
  @Column('uuid', { nullable: true }) userId: string | null;
  @Column('text') status: OrderStatus;
  @Column('text') paymentStatus: PaymentStatusOfOrder;
  @Column('text') fulfillmentStatus: FulfillmentStatus;
  @Column('text') email: string;
  @Column('text') currency: string;
  @Column('text', { nullable: true }) channel: string | null;
  @Column('bigint') subtotal: number;
  @Column('bigint') discount: number;
  @Column('bigint') shipping: number;
  @Column('bigint') tax: number;
  @Column('text') taxRate: string;
  @Column('boolean') taxIncluded: boolean;
  @Column('bigint') total: number;
  @Column('text') shippingMethod: string;
  @Column('jsonb') shippingAddress: Address;
  @Column('jsonb') billingAddress: Address;
  @Column('timestamptz', { nullable: true }) placedAt: Date | null;
  @Column('timestamptz', { nullable: true }) cancelledAt: Date | null;
  @Column('text', { nullable: true }) cancellationReason: string | null;
  @Column('integer') version: number;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt: Date;

  belongsTo({ userId, can }: Caller, permission: string): boolean {
    return (userId !== null && this.userId === userId) || can(permission);
  }

  /** True when the call changed the order, so that a repeated request is harmless. @throws {OrderNotCancellable} */
  cancel(reason: string | null): boolean {
    if (this.fulfillmentStatus !== 'unfulfilled') throw new OrderNotCancellable(this.id, this.fulfillmentStatus);
    if (this.status === 'cancelled') return false;
    this.status = 'cancelled';
    this.cancelledAt = new Date();
    this.cancellationReason = reason;
    return true;
  }

  /** Whether there is something about the payment that the order has not taken in. */
  lagsBehind(payment: Payment | undefined): boolean {
    return payment !== undefined && Object.assign(new Order(), this).settle(payment) !== 'nothing';
  }

  /** Takes in what became of the payment, and says what follows from it. Safe to repeat. */
  settle(payment: Payment): Settlement {
    const before = this.paymentStatus;
    this.paymentStatus = PAYMENT_STATUS[payment.status];
    if (this.status === 'pending' && payment.secured) {
      this.status = 'placed';
      this.placedAt = new Date();
      return 'placed';
    }
    if (this.status === 'pending' && (payment.lost || payment.status === 'refunded')) {
      this.cancel(payment.failureMessage ?? 'The payment was not made.');
      return 'failed';
    }
    // The money came after the order had been called off: it goes back.
    if (this.status === 'cancelled' && payment.secured) return 'give_back';
    return before === this.paymentStatus ? 'nothing' : 'changed';
  }
}
