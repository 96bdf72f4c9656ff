import { ApiProperty, OmitType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { IsText, Money } from '../../platform/index.js';
import { ListProductsQuery } from '../products/product-queries.dto.js';
import { LOCALE } from '../translations/translations.validators.js';

/** The filters of a list of products. */
export class FacetsQuery extends OmitType(ListProductsQuery, [
  'limit',
  'cursor',
  'sort',
  'include',
  'fields',
] as const) {}

/** What can be chosen, and how many products have it. */
export class FacetValue {
  /** What the filter takes. @example "copper" */
  value: string;
  /** What to show, in the language that is asked for where products say it. @example "copper" */
  label: string;
  /** @example 12 */
  @ApiProperty({ type: 'integer' })
  count: number;
}

/** Something that products can be told apart by. */
export class Facet {
  /** The filter: `category`, `brand`, `tag`, `option[name]` or `attribute[name]`. */
  @ApiProperty({ enum: ['category', 'brand', 'attribute', 'option', 'tag'] })
  facet: 'category' | 'brand' | 'attribute' | 'option' | 'tag';
  /** Name of the option, code of the attribute; else the same as `facet`. @example "material" */
  name: string;
  /** What to show; of an option, in the language that is asked for. `category`, `brand` and `tag` are called so in English. @example "Material" */
  label: string;
  /** What its numbers count. */
  @ApiProperty({ type: 'string', nullable: true })
  unit: string | null;
  /** At most 100, the most frequent first. */
  values: FacetValue[];
}

/** What the products that match cost. */
export class PriceRange {
  min: Money;
  max: Money;
}

/** What can be chosen among the products that match. */
export class FacetsResponse {
  data: Facet[];
  /** Always `null`: they come all at once. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
  /** How many products match all filters. @example 57 */
  @ApiProperty({ type: 'integer' })
  total: number;
  /**
   * False when so many match that only the first 4,000 were counted, or the first 2,000 that a search finds, or when other
   * values than those that are filtered by were counted among the first 8,000 only, of a search among what sells best.
   */
  complete: boolean;
  @ApiProperty({ type: () => PriceRange, nullable: true, description: 'What they cost; `null` when none has a price.' })
  price: PriceRange | null;
}

/** What was typed so far. */
export class SuggestQuery {
  /** At least one character; nothing suggests nothing. @example "kett" */
  @IsOptional()
  @IsText({ max: 100 })
  q?: string;

  /** Language to answer in, a BCP 47 tag; by `Accept-Language` when left out. @example "en" */
  @IsOptional()
  @Matches(LOCALE, { message: 'must be a language tag such as de or pt-BR.' })
  locale?: string;
}

/** Something that may be meant. */
export class Suggestion {
  /** `words` to search for, or where to go. */
  @ApiProperty({ enum: ['words', 'category', 'brand', 'product'] })
  kind: 'words' | 'category' | 'brand' | 'product';
  /** What to show; of `words`, what to search for. @example "kettle" */
  text: string;
  /** Of the category, brand or product. */
  @ApiProperty({ type: 'string', nullable: true })
  slug: string | null;
  /** URL of a picture of the product. */
  @ApiProperty({ type: 'string', nullable: true })
  thumbnail: string | null;
}

/** What may be meant: words first, then categories, brands and products. */
export class SuggestionsResponse {
  data: Suggestion[];
  /** Always `null`: they come all at once. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
