import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  IsUUID,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsCurrency, IsGiven, MoneyInput, PageQuery, WholeNumber } from '../../platform/index.js';

/** A line of a cart holds no more. */
const MAX_QUANTITY = 999;

/** What one of a variant costs on a list, from a quantity on. */
export class ListPriceRequest extends MoneyInput {
  /** A variant that has a base price in this currency. */
  @IsUUID()
  variantId: string;

  /** From how many on; from one on when left out. @example 1 */
  @IsGiven()
  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  @ApiProperty({ type: 'integer', required: false })
  minQuantity?: number;
}

export class PutListPricesRequest {
  /** At most 1,000 at once; each variant, currency and quantity once. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => ListPriceRequest)
  prices: ListPriceRequest[];
}

export class PutListPricesResponse {
  /** How many prices are other than before. @example 1 */
  @ApiProperty({ type: 'integer' })
  changed: number;
}

export class ListListPricesQuery extends PageQuery {
  /** Only prices of this variant. */
  @IsOptional()
  @IsUUID()
  @ApiPropertyOptional({ format: 'uuid' })
  variantId?: string;

  /** Only prices in this currency. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string;
}

/** Which prices of a variant are removed; left out, all. */
export class RemoveListPricesQuery {
  /** Only the prices in this currency. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string;

  /** Only the price from this quantity on. @example 10 */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  @ApiPropertyOptional({ type: 'integer' })
  minQuantity?: number;
}

/** What one of a variant costs on a list, from a quantity on. */
export class ListPriceResponse {
  @ApiProperty({ format: 'uuid' })
  variantId: string;
  /** @example "KETTLE-COPPER-15" */
  sku: string;
  /** Integer minor units. @example 1799 */
  @ApiProperty({ type: 'integer', format: 'int64' })
  amount: number;
  /** ISO 4217 code. @example "EUR" */
  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  currency: string;
  /** From how many on. @example 10 */
  @ApiProperty({ type: 'integer' })
  minQuantity: number;
}

export class ListPricePageResponse {
  data: ListPriceResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
