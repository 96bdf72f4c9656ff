import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsUUID } from 'class-validator';
import { IsCurrency, IsText, Money, PageQuery } from '../../platform/index.js';

/** Which ledger entries. */
export class ListEntriesQuery extends PageQuery {
  /** Only entries of this account. @example "receivable:sandbox" */
  @IsOptional()
  @IsText({ max: 100 })
  account?: string;

  /** Only entries in this currency (ISO 4217). @example "EUR" */
  @IsOptional()
  @IsCurrency()
  currency?: string;

  /** Only entries of payments for this reference, such as an order's id. */
  @IsOptional()
  @IsText({ max: 200 })
  reference?: string;

  /** Only entries of this payment. */
  @IsOptional()
  @IsUUID()
  @ApiPropertyOptional({ format: 'uuid' })
  paymentId?: string;
}

/** One side of a booking. The entries of a transaction sum to zero in each currency. */
export class EntryResponse {
  /** The booking this entry is part of. */
  @ApiProperty({ format: 'uuid' })
  transactionId: string;
  /** Which line of the booking. @example 1 */
  @ApiProperty({ type: 'integer' })
  line: number;
  /** What was booked. */
  @ApiProperty({ enum: ['capture', 'refund'] })
  kind: 'capture' | 'refund';
  /** `receivable:<provider>` is what a provider holds for us, `payments_received` what payers have paid. */
  account: string;
  /** Debits are positive, credits negative. */
  amount: Money;
  /** The payment whose money moved. */
  @ApiProperty({ format: 'uuid' })
  paymentId: string;
  /** The capture or refund that moved it; null when it was captured at once with the authorisation. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  operationId: string | null;
  /** What the payment is for, such as an order's id. */
  reference: string;
  /** When it was booked. */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

/** A page of ledger entries. */
export class EntryListResponse {
  /** The entries of this page. */
  data: EntryResponse[];
  /** Pass it as `cursor` to get the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** What an account holds in one currency. */
export class BalanceResponse {
  /** `receivable:<provider>` or `payments_received`. @example "receivable:sandbox" */
  account: string;
  /** The sum of its entries: debits positive, credits negative. */
  balance: Money;
  /** How many entries it has. @example 12 */
  @ApiProperty({ type: 'integer' })
  entries: number;
}

/** What all accounts hold. */
export class BalanceListResponse {
  /** One for each account and currency. */
  data: BalanceResponse[];
  /** Always null: there are few accounts, and all are here. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
