import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsText, Money, PageQuery } from '../platform/index.js';
import { PAYMENT_STATUSES, type Payment, type PaymentStatus } from './payment.entity.js';

/** What the payer must do before the payment can go on. */
export class NextActionResponse {
  /** `redirect`: open `url` in the payer's browser. */
  @ApiProperty({ enum: ['redirect'] })
  type: 'redirect';
  /** Where the payer goes. */
  @ApiProperty({ format: 'uri' })
  url: string;
}

/** Which payments. */
export class ListPaymentsQuery extends PageQuery {
  /** Only payments for this reference, such as an order's id. */
  @IsOptional()
  @IsText({ max: 200 })
  reference?: string;

  /** Only payments in this status. */
  @IsOptional()
  @IsIn(PAYMENT_STATUSES)
  @ApiProperty({ enum: PAYMENT_STATUSES, required: false })
  status?: PaymentStatus;

  /** Only payments through this provider. @example "sandbox" */
  @IsOptional()
  @IsText({ max: 50 })
  provider?: string;

  /** Oldest or newest first. */
  @IsOptional()
  @IsIn(['createdAt', '-createdAt'])
  @ApiProperty({ enum: ['createdAt', '-createdAt'], default: '-createdAt', required: false })
  sort: 'createdAt' | '-createdAt' = '-createdAt';
}

/** Money for a reference. */
export class PaymentResponse {
  /** Names the payment. */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** What the payment is for, such as an order's id. */
  reference: string;
  /** Who moves the money. @example "sandbox" */
  provider: string;
  /** The provider's own name for it; null until the provider has answered. */
  @ApiProperty({ type: 'string', nullable: true })
  providerReference: string | null;
  /**
   * `processing`: the provider has not answered. `requires_action`: the payer must follow `nextAction`.
   * `authorized`: set aside, not taken. `declined`: the provider refused. `failed`: it never came about.
   */
  @ApiProperty({ enum: PAYMENT_STATUSES })
  status: PaymentStatus;
  /** What was to be paid. */
  amount: Money;
  /** What the payer's bank has set aside, what was captured of it included. */
  authorized: Money;
  /** What was taken, what was refunded of it included. */
  captured: Money;
  /** What was set free again without being taken. */
  voided: Money;
  /** What went back to the payer. */
  refunded: Money;
  /** What can still be captured or voided; what is under way is not counted. */
  capturable: Money;
  /** What can still be refunded; what is under way is not counted. */
  refundable: Money;
  /** Why it was declined or failed. @example "card_declined" */
  @ApiProperty({ type: 'string', nullable: true })
  failureCode: string | null;
  /** The same for people. */
  @ApiProperty({ type: 'string', nullable: true })
  failureMessage: string | null;
  /** What the payer must do; null when nothing. */
  @ApiProperty({ type: () => NextActionResponse, nullable: true })
  nextAction: NextActionResponse | null;
  /** When it was asked to be given back as a whole, such as by a cancelled order; null when it was not. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  cancelRequestedAt: string | null;
  /** When it began. */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it last changed. */
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static of(payment: Payment): PaymentResponse {
    return {
      id: payment.id,
      reference: payment.reference,
      provider: payment.provider,
      providerReference: payment.providerReference,
      status: payment.status,
      amount: payment.money(payment.amount),
      authorized: payment.money(payment.authorized),
      captured: payment.money(payment.captured),
      voided: payment.money(payment.voided),
      refunded: payment.money(payment.refunded),
      capturable: payment.money(payment.capturable),
      refundable: payment.money(payment.refundable),
      failureCode: payment.failureCode,
      failureMessage: payment.failureMessage,
      nextAction: payment.nextAction,
      cancelRequestedAt: payment.cancelRequestedAt?.toISOString() ?? null,
      createdAt: payment.createdAt.toISOString(),
      updatedAt: payment.updatedAt.toISOString(),
    };
  }
}

/** A page of payments. */
export class PaymentListResponse {
  /** The payments of this page. */
  data: PaymentResponse[];
  /** Pass it as `cursor` to get the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** A payment as the thing it pays for shows it. */
export class PaymentSummary {
  /** Names the payment. */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Who moves the money. @example "sandbox" */
  provider: string;
  /** As in the payment itself. */
  @ApiProperty({ enum: PAYMENT_STATUSES })
  status: PaymentStatus;
  /** What was to be paid. */
  amount: Money;
  /** What was taken, what was refunded of it included. */
  captured: Money;
  /** What went back to the payer. */
  refunded: Money;
  /** What the payer must do; null when nothing. */
  @ApiProperty({ type: () => NextActionResponse, nullable: true })
  nextAction: NextActionResponse | null;
  /** When it began. */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of(payment: Payment): PaymentSummary {
    return {
      id: payment.id,
      provider: payment.provider,
      status: payment.status,
      amount: payment.money(payment.amount),
      captured: payment.money(payment.captured),
      refunded: payment.money(payment.refunded),
      nextAction: payment.nextAction,
      createdAt: payment.createdAt.toISOString(),
    };
  }
}
