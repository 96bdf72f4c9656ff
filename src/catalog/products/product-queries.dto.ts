import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import {
  ApiCode,
  Flag,
  IsCode,
  IsCurrency,
  IsText,
  MAX_AMOUNT,
  OneOrMore,
  PageQuery,
  WholeNumber,
} from '../../platform/index.js';
import { LOCALE } from '../translations/translations.validators.js';
import { CARD_INCLUDES, type CardInclude } from './card.sql.js';
import { DETAIL_INCLUDES, type DetailInclude } from './detail.sql.js';
import { PRODUCT_SORTS, type ProductSort } from './list-filters.js';
import { type ProductStatus, STATUSES } from './product.entity.js';
import { IsTextMap } from './products.validators.js';
import { MAX_SLUG } from './slug.js';

const CARD_FIELDS = [
  ...['id', 'slug', 'name', 'thumbnail', 'price', 'compareAtPrice', 'lowestPrice30Days', 'inStock', 'category'],
  ...CARD_INCLUDES,
];
const DETAIL_FIELDS = [
  ...['id', 'slug', 'name', 'description', 'status', 'locale', 'category', 'categories', 'externalId', 'type'],
  ...['brand', 'attributes'],
  ...['options', 'labels', 'tags', 'media', 'thumbnail', 'seo', 'relatedIds', 'publishAt', 'unpublishAt', 'variants'],
  ...['version', 'createdAt', 'updatedAt', ...DETAIL_INCLUDES],
];

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

  /** Slug or id of a collection. @example "for-the-stove" */
  @IsOptional()
  @IsText({ max: MAX_SLUG })
  collection?: string;

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

  /** Only products that can be had now (`true`; where options are asked for, in a variant that has them all) or that are sold out altogether (`false`). */
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

  /** Only products with a variant of these option values, such as `option[Color]=Black|White`: alternatives have `|` between. */
  @IsOptional()
  @IsTextMap({ keys: 5, max: 100 })
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { Color: 'Black' },
  })
  option?: Record<string, string>;

  /** Slug of a brand; several with `|` between are alternatives. @example "anchor-and-sons" */
  @IsOptional()
  @IsText({ max: MAX_SLUG })
  brand?: string;

  /** Code of a product type. @example "kettle" */
  @IsOptional()
  @IsText({ max: 50 })
  type?: string;

  /** Only products with this tag; several with `|` between are alternatives. @example "stove" */
  @IsOptional()
  @IsText({ max: 50 })
  tag?: string;

  /** Only products with these attributes, such as `attribute[material]=copper|steel`: alternatives have `|` between. */
  @IsOptional()
  @IsTextMap({ keys: 10, max: 500 })
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { material: 'copper' },
  })
  attribute?: Record<string, string>;

  /** Language to answer in, a BCP 47 tag; by `Accept-Language` when left out. @example "en" */
  @IsOptional()
  @Matches(LOCALE, { message: 'must be a language tag such as de or pt-BR.' })
  locale?: string;

  /** More of each card, with commas between; needless for what `fields` names. @example ["brand"] */
  @IsOptional()
  @OneOrMore(CARD_INCLUDES)
  include?: CardInclude[];

  /** Only these members of each card, with commas between, also such as `include` would add; no others are in it. @example ["id", "name"] */
  @IsOptional()
  @OneOrMore(CARD_FIELDS)
  fields?: string[];

  /** Order. Left out: the best match first with `q`, the newest first without. By price: only products with a price. `bestSelling` counts the last 90 days. */
  @IsOptional()
  @IsIn(PRODUCT_SORTS)
  @ApiPropertyOptional({ enum: PRODUCT_SORTS })
  sort?: ProductSort;
}

/** What a detail shows. */
export class ProductQuery {
  /** Language to answer in, a BCP 47 tag; by `Accept-Language` when left out. @example "en" */
  @IsOptional()
  @Matches(LOCALE, { message: 'must be a language tag such as de or pt-BR.' })
  locale?: string;

  /** More of it, with commas between; needless for what `fields` names. @example ["related"] */
  @IsOptional()
  @OneOrMore(DETAIL_INCLUDES)
  include?: DetailInclude[];

  /** Only these members, with commas between, also such as `include` would add; no others are in it, but `version` for staff. @example ["id", "name", "variants"] */
  @IsOptional()
  @OneOrMore(DETAIL_FIELDS)
  fields?: string[];

  /** Currency of `price`; left out, the shop's. @example "EUR" */
  @IsOptional()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string;

  /** Prices as price lists have them for this channel; left out, or named by no list, as they are where none is named. @example "web" */
  @IsOptional()
  @IsCode()
  @ApiCode({ required: false, example: 'web' })
  channel?: string;
}
