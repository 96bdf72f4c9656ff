import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  Min,
  NotEquals,
  ValidateNested,
} from 'class-validator';
import { IsText } from '../../platform/index.js';
import { type Booked, refusalOf } from './bookings.js';
import { LOCATION_CODE } from './locations/location.entity.js';
import { MAX_DELTA, NO_CODE } from './stock.dto.js';

const MAX_ITEMS = 500;
const ONCE = { message: 'must name each variant once.' };
const idOf = (item: { variantId: unknown } | null): unknown => String(item?.variantId).toLowerCase();

/** What all of them have in common. */
class ManyStocksRequest {
  /** Why, for the record. @example "Delivery 2291" */
  @IsText({ max: 200 })
  reason: string;

  /** Code of the location; the main one when left out. @example "main" */
  @IsOptional()
  @Matches(LOCATION_CODE, NO_CODE)
  @ApiPropertyOptional({ type: 'string', nullable: true })
  location?: string | null;
}

export class AdjustedItem {
  @IsUUID()
  @ApiProperty({ format: 'uuid' })
  variantId: string;

  /** How many more (or, negative, fewer) are on hand. @example 12 */
  @IsInt()
  @Min(-MAX_DELTA)
  @Max(MAX_DELTA)
  @NotEquals(0, { message: 'must not be 0.' })
  @ApiProperty({ type: 'integer' })
  delta: number;
}

/** Goods of many variants that came or went. */
export class AdjustManyRequest extends ManyStocksRequest {
  /** Each variant once. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ITEMS)
  @ArrayUnique(idOf, ONCE)
  @ValidateNested({ each: true })
  @Type(() => AdjustedItem)
  items: AdjustedItem[];
}

export class CountedItem {
  @IsUUID()
  @ApiProperty({ format: 'uuid' })
  variantId: string;

  /** How many lie there, those that are promised to orders included. @example 25 */
  @IsInt()
  @Min(0)
  @Max(MAX_DELTA)
  @ApiProperty({ type: 'integer' })
  onHand: number;

  /** The version of the stock that was seen before counting. @example 1 */
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  @ApiProperty({ type: 'integer' })
  version: number;
}

/** Many variants that were counted. */
export class CountManyRequest extends ManyStocksRequest {
  /** Each variant once. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ITEMS)
  @ArrayUnique(idOf, ONCE)
  @ValidateNested({ each: true })
  @Type(() => CountedItem)
  items: CountedItem[];
}

/** What came of one item. */
export class StockOutcome {
  @ApiProperty({ format: 'uuid' })
  variantId: string;
  /** Whether it was done. @example true */
  done: boolean;
  @ApiProperty({ type: 'string', nullable: true, description: 'The code of the problem, if it was not.' })
  code: string | null;
  @ApiProperty({ type: 'string', nullable: true, description: 'What was wrong, in words.' })
  detail: string | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'How many are on hand now, everywhere.', example: 25 })
  onHand: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'The version of the stock now.', example: 2 })
  version: number | null;

  static of(item: Booked, location: string): StockOutcome {
    const { variantId, productId, onHand, delta, version } = item;
    const refusal = refusalOf(item, location, '/items');
    return {
      variantId,
      done: !refusal,
      code: refusal?.problem.code ?? null,
      detail: refusal?.message ?? null,
      onHand: productId === null ? null : onHand + (refusal ? 0 : delta),
      version: productId === null ? null : version,
    };
  }
}

/** What came of each item, in the order of the request. */
export class StockOutcomes {
  data: StockOutcome[];
}
