import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { IsCurrency, MAX_AMOUNT } from './money.js';

/** An amount of money. */
export class Money {
  /** Integer minor units: 1999 is 19.99 in a currency with two decimals. @example 1999 */
  @ApiProperty({ type: 'integer', format: 'int64' })
  amount: number;
  /** ISO 4217 code. @example "EUR" */
  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  currency: string;
}

/** An amount of money, as a request names it. */
export class MoneyInput {
  /** Integer minor units: 1999 is 19.99 in a currency with two decimals. @example 1999 */
  @IsInt()
  @Min(0)
  @Max(MAX_AMOUNT)
  @ApiProperty({ type: 'integer', format: 'int64' })
  amount: number;
  /** ISO 4217 code. @example "EUR" */
  @IsCurrency()
  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  currency: string;
}
