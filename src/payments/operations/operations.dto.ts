import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min, ValidateNested } from 'class-validator';
import { IsGiven, IsText, MAX_AMOUNT, Money, MoneyInput } from '../../platform/index.js';
import type { Payment } from '../payment.entity.js';
import { PaymentResponse } from '../payments.dto.js';
import type { Operation, OperationStatus } from './operation.entity.js';

/** An amount of money above zero, in the currency of the payment. */
export class AmountInput extends MoneyInput {
  /** Integer minor units, at least 1: 1999 is 19.99 in a currency with two decimals. @example 1999 */
  // Said in full: rules of the same property are not inherited.
  @IsInt()
  @Min(1)
  @Max(MAX_AMOUNT)
  @ApiProperty({ type: 'integer', format: 'int64', minimum: 1 })
  declare amount: number;
}

/** How much to capture, refund or void, and why. */
export class OperationRequestBody {
  /** How much. All that is left, when it is missing. */
  @IsGiven()
  @ValidateNested()
  @Type(() => AmountInput)
  amount?: AmountInput;

  /** Why, for the record. @example "One mug arrived broken" */
  @IsGiven()
  @IsText({ max: 500 })
  reason?: string;
}

/** A capture, refund or void. */
export class OperationResponse {
  /** Names the capture, refund or void. */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The payment it belongs to. */
  @ApiProperty({ format: 'uuid' })
  paymentId: string;
  /** What is done with the money. */
  @ApiProperty({ enum: ['capture', 'refund', 'void'] })
  kind: 'capture' | 'refund' | 'void';
  /** How much it moves or sets free. */
  amount: Money;
  /** `processing` while the provider has not answered: it will be asked again until it does. */
  @ApiProperty({ enum: ['processing', 'succeeded', 'failed'] })
  status: OperationStatus;
  /** Why, as it was given. */
  @ApiProperty({ type: 'string', nullable: true })
  reason: string | null;
  /** Why the provider refused, when it did. */
  @ApiProperty({ type: 'string', nullable: true })
  failureCode: string | null;
  /** When it was asked for. */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it last changed. */
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static of(operation: Operation, currency: string): OperationResponse {
    return {
      id: operation.id,
      paymentId: operation.paymentId,
      kind: operation.kind,
      amount: { amount: operation.amount, currency },
      status: operation.status,
      reason: operation.reason,
      failureCode: operation.failureCode,
      createdAt: operation.createdAt.toISOString(),
      updatedAt: operation.updatedAt.toISOString(),
    };
  }
}

/** A capture, refund or void, with the payment as it is now. */
export class OperationWithPaymentResponse extends OperationResponse {
  /** The payment as it is now. */
  payment: PaymentResponse;

  static withPayment(operation: Operation, payment: Payment): OperationWithPaymentResponse {
    return { ...OperationResponse.of(operation, payment.currency), payment: PaymentResponse.of(payment) };
  }
}
