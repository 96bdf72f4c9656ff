import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional } from 'class-validator';
import { Composed, Flag, IsCode, IsCurrency, IsText, Money, PageQuery } from '../../platform/index.js';
import { KeptAddressResponse } from '../addresses/addresses.dto.js';
import { PreferencesResponse } from '../preferences/preferences.dto.js';

export const CUSTOMER_SORTS = ['createdAt', '-createdAt', 'name', '-name', 'spend', '-spend'] as const;

export class ListCustomersQuery extends PageQuery {
  /** A part of the name or the e-mail address, from three characters on; or the number of an order. @example "ada" */
  @IsOptional()
  @Composed()
  @IsText({ min: 3, max: 100 })
  q?: string;

  /** Only customers with orders (`true`), or without (`false`). */
  @IsOptional()
  @Flag()
  @IsBoolean()
  @ApiPropertyOptional({ type: 'boolean' })
  hasOrders?: boolean;

  /** Only customers with orders in this currency. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string;

  /** By when the account was made; by name: those without one come first; or by what was spent in `currency`, which is then needed. */
  @IsOptional()
  @IsIn(CUSTOMER_SORTS)
  @ApiPropertyOptional({ enum: CUSTOMER_SORTS, default: '-createdAt' })
  sort: (typeof CUSTOMER_SORTS)[number] = '-createdAt';
}

export interface CustomerRow {
  id: string;
  email: string;
  name: string | null;
  /** What the list is sorted by, beside the id. */
  sortKey: string | number | null;
  groups: string[];
  version: number;
  orders: number;
  spend: { amount: number; currency: string }[];
  lastOrderAt: Date | null;
  createdAt: Date;
}

/** A customer, as the back office sees them. */
export class CustomerResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "ada@example.com" */
  @ApiProperty({ format: 'email' })
  email: string;
  /** @example "Ada" */
  @ApiProperty({ type: 'string', nullable: true })
  name: string | null;
  /** For whom price lists may be. @example ["trade"] */
  groups: string[];
  /** How many orders were placed. @example 3 */
  @ApiProperty({ type: 'integer' })
  orders: number;
  /** What was paid for them and not given back, in each currency. */
  @ApiProperty({ type: [Money] })
  spend: Money[];
  /** When the last one was placed. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  lastOrderAt: Date | null;
  /** When the account was made. */
  createdAt: Date;

  static of({ id, email, name, groups, orders, spend, lastOrderAt, createdAt }: CustomerRow): CustomerResponse {
    const amounts = spend.map(({ amount, currency }) => ({ amount, currency }));
    return { id, email, name, groups, orders, spend: amounts, lastOrderAt, createdAt };
  }
}

/** A page of customers. */
export class CustomerListResponse {
  data: CustomerResponse[];
  /** Pass it as `cursor` to get the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** A customer with all that they have told. */
export class CustomerDetailResponse extends CustomerResponse {
  /** At most 50, in the order in which they were added. */
  addresses: KeptAddressResponse[];
  preferences: PreferencesResponse;
  /** Moves when staff change something; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
}

export class ChangeCustomerRequest {
  /** All groups that the customer belongs to; price lists may be for one alone. @example ["trade"] */
  @IsArray()
  @ArrayMaxSize(20)
  @ArrayUnique()
  @IsCode({ each: true })
  groups: string[];
}
