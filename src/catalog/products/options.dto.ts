import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsInt,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import { PriceRequest } from '../prices/prices.dto.js';
import { OptionRequest } from './products.dto.js';
import { IsTextMap } from './products.validators.js';

/** An option as it should be, and what it was. */
export class ReshapedOptionRequest extends OptionRequest {
  /** The name it had, when it gets another one; no two can have been the same. Left out, an option of a new name is new. @example "Color" */
  @IsGiven()
  @IsText({ max: 50 })
  @ApiPropertyOptional()
  was?: string;

  /** New names of values, which are among `values`, by the old ones, each of which it has. @example {} */
  @IsGiven()
  @IsTextMap({ keys: 100, max: 100 })
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  renamed?: Record<string, string>;

  /** For a new option: the one of its values that the variants that there are get; its first when left out. @example "Black" */
  @IsGiven()
  @IsText({ max: 100 })
  @ApiPropertyOptional()
  fill?: string;
}

/** What a shopper chooses between, all of it. */
export class PutOptionsRequest {
  /** In the order they are shown; none for a product with nothing to choose. */
  @IsArray()
  @ArrayMaxSize(5)
  @ArrayUnique((option: ReshapedOptionRequest | null) => option?.name, {
    message: 'must not have two options of one name.',
  })
  @ValidateNested({ each: true })
  @Type(() => ReshapedOptionRequest)
  options: ReshapedOptionRequest[];

  /** Whether to make a variant of every combination that has none; not when left out. @example false */
  @IsGiven()
  @IsBoolean()
  generate?: boolean;

  /** Variants without a place among the new options are taken off the shelves; 409 when left out. @example true */
  @IsGiven()
  @IsBoolean()
  archive?: boolean;

  /** What the SKUs of new variants begin with, their values follow; the slug when left out. @example "KETTLE" */
  @IsGiven()
  @Matches(/^[\x21-\x7e]{1,30}$/, { message: 'must be 1 to 30 visible ASCII characters.' })
  sku?: string;

  /** What each new variant costs: at most one price for each currency. */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => PriceRequest)
  prices?: PriceRequest[];

  /** How many of each new variant are on hand. @example 0 */
  @IsGiven()
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  @ApiPropertyOptional({ type: 'integer' })
  stock?: number;
}
