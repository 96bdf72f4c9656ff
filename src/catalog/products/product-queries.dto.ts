import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { ApiCode, Flag, IsCode, IsCurrency, IsText, MAX_AMOUNT, PageQuery, WholeNumber } from '../../platform/index.js';
import { PRODUCT_SORTS, type ProductSort } from './list-query.js';
import { type ProductStatus, STATUSES } from './product.entity.js';
import { IsTextMap } from './products.validators.js';
import { MAX_SLUG } from './slug.js';

/** Filters and order of a list of products. */
export class ListProductsQuery extends PageQuery {
  /** Words to search for, web style: `"exact phrase"`, `-without`, `or`. Misspelt words find what is close. @example "espresso mach" */
  @IsOptional()
  @IsText({ max: 200 })
  q?: string;

  /** Slug or id of a category; those below it count too. @example "coffee" */
  @IsOptional()
  @IsText({ max: MAX_SLUG })
  category?: string;

  /** Only products of this status. Anything but `active` needs the permission `products:read`. */
  @IsOptional()
  @IsIn(STATUSES)
  @ApiPropertyOptional({ enum: STATUSES })
  status?: ProductStatus;

  /** Lowest price, in minor units of `currency`. @example 500 */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(MAX_AMOUNT)
  @ApiPropertyOptional({ type: 'integer', format: 'int64' })
  minPrice?: number;

  /** Highest price, in minor units of `currency`. @example 5000 */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(MAX_AMOUNT)
  @ApiPropertyOptional({ type: 'integer', format: 'int64' })
  maxPrice?: number;

  /** Only products that can be had now (`true`) or that are sold out (`false`). */
  @IsOptional()
  @Flag()
  @IsBoolean()
  @ApiPropertyOptional({ type: 'boolean' })
  inStock?: boolean;

  /** Only products sold in this currency, priced in it. Left out, prices are in the shop's currency, `null` where there is none. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string;

  /** Only products with a variant of these option values, such as `option[Color]=Black`. */
  @IsOptional()
  @IsTextMap({ keys: 5, max: 100 })
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { Color: 'Black' },
  })
  option?: Record<string, string>;

  /** Order. Left out: the best match first with `q`, the newest first without. By price: only products with a price. */
  @IsOptional()
  @IsIn(PRODUCT_SORTS)
  @ApiPropertyOptional({ enum: PRODUCT_SORTS })
  sort?: ProductSort;
}

/** Which prices a detail shows. */
export class ProductQuery {
  /** Currency of `price`; left out, the shop's. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string | undefined;

  /** Prices as price lists have them for this channel; left out, as they are where none is named. @example "web" */
  @IsOptional()
  @IsCode()
  @ApiCode({ required: false, example: 'web' })
  channel?: string | undefined;
}
