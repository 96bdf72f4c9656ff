import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { MAX_AMOUNT, MoneyInput } from '../../platform/index.js';

/** What a variant costs in one currency. */
export class PriceRequest extends MoneyInput {
  /** What it cost before, shown struck through; above `amount`, in the same minor units. @example 2499 */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_AMOUNT)
  @ApiPropertyOptional({ type: 'integer', format: 'int64', nullable: true })
  compareAtAmount?: number | null;
}

/** All prices of a variant: currencies that are left out are not sold in any more. */
export class PutPricesRequest {
  /** At most one for each currency. */
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => PriceRequest)
  prices: PriceRequest[];
}

/** What one of several costs, from a quantity on. */
export class TierResponse {
  /** From how many on. @example 10 */
  @ApiProperty({ type: 'integer' })
  minQuantity: number;
  /** Integer minor units. @example 1799 */
  @ApiProperty({ type: 'integer', format: 'int64' })
  amount: number;
  /** ISO 4217 code. @example "EUR" */
  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  currency: string;
}

/** What a variant costs in one currency. */
export class PriceResponse {
  /** Integer minor units. @example 1999 */
  @ApiProperty({ type: 'integer', format: 'int64' })
  amount: number;
  /** ISO 4217 code. @example "EUR" */
  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  currency: string;
  /** What it cost before, in minor units. @example 2499 */
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  compareAtAmount: number | null;
}
