import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import { PriceRequest } from '../prices/prices.dto.js';
import { IsLink, IsTextMap } from './products.validators.js';

const MAX_MEASURE = 1_000_000_000;

/** What a stock keeping unit's code looks like: visible ASCII. */
export const SKU = /^[\x21-\x7e]{1,64}$/;
const SKU_MESSAGE = { message: 'must be 1 to 64 visible ASCII characters.' };

const MAX_SKUS = 100;

/** Which variants are looked up. */
export class FindVariantsQuery {
  /** At most 100, with commas between. A SKU that has a comma is looked up alone. @example ["KETTLE-BLACK", "KETTLE-COPPER"] */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? skusIn(value) : value))
  @IsArray()
  @ArrayMaxSize(MAX_SKUS)
  @ArrayUnique({ message: 'must not name one twice.' })
  @Matches(SKU, { each: true, message: 'must be SKUs of 1 to 64 visible ASCII characters, with commas between.' })
  @ApiProperty({ type: 'array', items: { type: 'string' }, maxItems: MAX_SKUS })
  sku: string[];
}

/** What commas part, and the whole, which may be one with a comma. */
function skusIn(text: string): string[] {
  const parts = text.split(',');
  return parts.length > 1 && SKU.test(text) ? [...new Set([...parts.filter(Boolean), text])] : parts;
}

/** What may be set when a variant is made and when it is changed. */
class VariantFieldsRequest {
  /** Shown beside the product's name; made from the option values when left out. @example "Copper / 1.5 l" */
  @IsGiven()
  @IsText({ max: 200 })
  title?: string;

  /** One value for each option of the product. @example { "Color": "Black" } */
  @IsGiven()
  @IsTextMap({ keys: 5, max: 100 })
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  optionValues?: Record<string, string>;

  /** A picture of just this variant. @example "https://images.example.com/kettle-black.webp" */
  @IsOptional()
  @IsLink()
  @ApiPropertyOptional({ type: 'string', nullable: true })
  image?: string | null;

  /** @example 850 */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MEASURE)
  @ApiPropertyOptional({ type: 'integer', nullable: true })
  weightGrams?: number | null;

  /** Packed, in millimetres. @example 180 */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MEASURE)
  @ApiPropertyOptional({ type: 'integer', nullable: true })
  widthMm?: number | null;

  /** Packed, in millimetres. @example 220 */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MEASURE)
  @ApiPropertyOptional({ type: 'integer', nullable: true })
  heightMm?: number | null;

  /** Packed, in millimetres. @example 200 */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_MEASURE)
  @ApiPropertyOptional({ type: 'integer', nullable: true })
  depthMm?: number | null;

  /** May be sold beyond what is on hand. */
  @IsGiven()
  @IsBoolean()
  backorderable?: boolean;
}

/** A new variant. */
export class AddVariantRequest extends VariantFieldsRequest {
  /** Its own code, unlike any other variant's. @example "KETTLE-COPPER-15" */
  @Matches(SKU, SKU_MESSAGE)
  sku: string;

  /** At most one for each currency. */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => PriceRequest)
  prices?: PriceRequest[];

  /** How many are on hand to begin with. @example 25 */
  @IsGiven()
  @IsInt()
  @Min(0)
  @Max(MAX_MEASURE)
  @ApiPropertyOptional({ type: 'integer' })
  stock?: number;
}

/** What should be different; what is left out stays, `null` clears. */
export class ChangeVariantRequest extends VariantFieldsRequest {
  /** Its own code, unlike any other variant's. @example "KETTLE-COPPER-15" */
  @IsGiven()
  @Matches(SKU, SKU_MESSAGE)
  sku?: string;
}
