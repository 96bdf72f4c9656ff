import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { MoneyJson } from '../platform/index.js';
import {
  AmountExceedsCapturable,
  AmountExceedsRefundable,
  CurrencyMismatch,
  PaymentNotReady,
} from './payments.errors.js';
import type { NextAction, OperationKind } from './providers/payment-provider.js';

export const PAYMENT_STATUSES = [
  'processing',
  'requires_action',
  'authorized',
  'partially_captured',
  'captured',
  'partially_refunded',
  'refunded',
  'voided',
  'declined',
  'failed',
] as const;

/** `declined`: the provider said no. `failed`: it never came about. In both nothing was charged. */
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/**
 * The columns of a payment, spelt out: a prepared statement that says `*` breaks in the processes that run when a later
 * release adds a column.
 */
export const PAYMENT = `id, reference, provider, provider_reference, status, currency, amount, capture_at_once,
  authorized, captured, voided, refunded, capture_pending, void_pending, refund_pending, failure_code, failure_message,
  next_action, cancel_requested_at, attempts, due_at, created_at, updated_at`;

/**
 * Money for a reference. What is `…Pending` is reserved for captures, voids and refunds under way, so that however many
 * run at once they never take more than is left.
 */
@Entity({ schema: 'payments', name: 'payments' })
export class Payment {
  @PrimaryColumn('uuid') id: string;
  @Column('text') reference: string;
  @Column('text') provider: string;
  @Column('text', { nullable: true }) providerReference: string | null;
  @Column('text') status: PaymentStatus;
  @Column('text') currency: string;
  @Column('bigint') amount: number;
  @Column('boolean') captureAtOnce: boolean;
  @Column('bigint') authorized: number;
  @Column('bigint') captured: number;
  @Column('bigint') voided: number;
  @Column('bigint') refunded: number;
  @Column('bigint') capturePending: number;
  @Column('bigint') voidPending: number;
  @Column('bigint') refundPending: number;
  @Column('text', { nullable: true }) failureCode: string | null;
  @Column('text', { nullable: true }) failureMessage: string | null;
  @Column('jsonb', { nullable: true }) nextAction: NextAction | null;
  @Column('timestamptz', { nullable: true }) cancelRequestedAt: Date | null;
  @Column('integer') attempts: number;
  @Column('timestamptz', { nullable: true }) dueAt: Date | null;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') updatedAt: Date;

  /** A payment as a hand-written statement returned it, with its columns in snake_case. */
  static fromRow(row: object): Payment {
    const payment = new Payment();
    for (const [column, value] of Object.entries(row)) Reflect.set(payment, propertyOf(column), value);
    return payment;
  }

  get inFlight(): boolean {
    return this.status === 'processing' || this.status === 'requires_action';
  }

  /** There is no money in it, or what there is goes back: whatever it was to pay for is not paid, and never will be by it. */
  get lost(): boolean {
    return this.cancelRequestedAt !== null || ['declined', 'failed', 'voided'].includes(this.status);
  }

  /** Money is set aside or taken, and stays. */
  get secured(): boolean {
    const held = this.authorized - this.captured - this.voided > 0 || this.captured - this.refunded > 0;
    return held && !this.lost;
  }

  /** What can still be captured or voided. */
  get capturable(): number {
    return this.authorized - this.captured - this.capturePending - this.voided - this.voidPending;
  }

  /** What can still be refunded. */
  get refundable(): number {
    return this.captured - this.refunded - this.refundPending;
  }

  /** Nothing is under way, and nothing is left to capture, void or refund. */
  get settledForGood(): boolean {
    return !this.inFlight && this.authorized === this.captured + this.voided && this.captured === this.refunded;
  }

  money(amount: number): MoneyJson {
    return { amount, currency: this.currency };
  }

  /** Sets aside what an operation will take, all that is left when no amount is named. Gives the amount. */
  reserve(kind: OperationKind, wanted?: MoneyJson): number {
    if (wanted && wanted.currency !== this.currency) throw new CurrencyMismatch(this.currency);
    if (kind === 'void' && this.status === 'requires_action') return this.reserveUnauthorized(wanted);
    if (this.inFlight) throw new PaymentNotReady(this.id, this.status);
    const left = kind === 'refund' ? this.refundable : this.capturable;
    const amount = wanted?.amount ?? left;
    if (amount <= 0 || amount > left) {
      const Exceeds = kind === 'refund' ? AmountExceedsRefundable : AmountExceedsCapturable;
      throw new Exceeds(this.money(left));
    }
    this[PENDING[kind]] += amount;
    return amount;
  }

  /** The provider did it. */
  succeed(kind: OperationKind, amount: number): void {
    this.unreserve(kind, amount);
    if (this.authorized > 0) {
      this[DONE[kind]] += amount;
      this.status = this.statusOfAmounts();
    } else if (kind === 'void' && this.inFlight) {
      this.status = 'voided';
      this.nextAction = null;
    }
    if (this.settledForGood) this.dueAt = null;
  }

  /** The provider refused: what was set aside is free again. */
  unreserve(kind: OperationKind, amount: number): void {
    this[PENDING[kind]] = Math.max(0, this[PENDING[kind]] - amount);
  }

  private statusOfAmounts(): PaymentStatus {
    const open = this.authorized - this.captured - this.voided;
    if (this.refunded > 0) return open === 0 && this.refunded === this.captured ? 'refunded' : 'partially_refunded';
    if (this.captured > 0) return open === 0 ? 'captured' : 'partially_captured';
    return open === 0 ? 'voided' : 'authorized';
  }

  /** A payment that waits for its payer has nothing authorised to reserve: it is given up as a whole. */
  private reserveUnauthorized(wanted?: MoneyJson): number {
    if (wanted && wanted.amount !== this.amount) throw new AmountExceedsCapturable(this.money(this.amount));
    return this.amount;
  }
}

const PENDING = { capture: 'capturePending', void: 'voidPending', refund: 'refundPending' } as const;
const DONE = { capture: 'captured', void: 'voided', refund: 'refunded' } as const;

const properties = new Map<string, string>();

/** `provider_reference` → `providerReference`. */
function propertyOf(column: string): string {
  let property = properties.get(column);
  if (property === undefined) {
    property = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    properties.set(column, property);
  }
  return property;
}
