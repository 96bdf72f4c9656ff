import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsCurrency, IsGiven, IsText, MAX_AMOUNT } from '../../platform/index.js';
import { IsTextList } from '../products/products.validators.js';
import { MAX_SLUG, SLUG } from '../products/slug.js';
import { textsIn } from '../translations/texts-in.js';
import { LOCALE } from '../translations/translations.validators.js';
import type { Collection } from './collection.entity.js';
import { RULE_SUBJECTS, type Rule, type RuleCondition, type RuleSubject } from './rule.js';

/** Something that is asked of a product. Which of the other members it takes follows from `by`. */
export class CollectionCondition implements RuleCondition {
  /**
   * `price`: takes `currency` with `min`, `max` or both, in minor units. `sale`: a higher price beside it, takes `currency`.
   * `tag`, `brand`, `category` (those below it count too), `type`: one of `values`. `attribute`: takes `code` with
   * `values`, or with `min`, `max` or both for numbers. `age`: made in the last `days`. @example "tag"
   */
  @IsIn(RULE_SUBJECTS)
  @ApiProperty({ enum: RULE_SUBJECTS })
  by: RuleSubject;

  /** Of `price` and `sale`: prices as cards show them in this currency. @example "EUR" */
  @IsGiven()
  @IsCurrency()
  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  currency?: string;

  /** Name of the attribute. @example "material" */
  @IsGiven()
  @IsText({ max: 50 })
  @ApiProperty({ required: false })
  code?: string;

  /** Alternatives: tags; ids of brands, categories or product types; what the attribute says. @example ["stove"] */
  @IsGiven()
  @IsTextList({ min: 1, count: 50, max: 100 })
  @ApiPropertyOptional({ type: [String] })
  values?: string[];

  /** Lowest price or number. */
  @IsGiven()
  @IsNumber({}, { message: 'must be a number.' })
  @Min(-MAX_AMOUNT)
  @Max(MAX_AMOUNT)
  @ApiProperty({ required: false })
  min?: number;

  /** Highest price or number. */
  @IsGiven()
  @IsNumber({}, { message: 'must be a number.' })
  @Min(-MAX_AMOUNT)
  @Max(MAX_AMOUNT)
  @ApiProperty({ required: false })
  max?: number;

  /** How old a product may be. */
  @IsGiven()
  @IsInt()
  @Min(1)
  @Max(3650)
  @ApiPropertyOptional({ type: 'integer' })
  days?: number;
}

/** Which products are in a collection. */
export class CollectionRule implements Rule {
  /** `all`: a product has to meet every condition; `any`: one is enough. @example "all" */
  @IsIn(['all', 'any'])
  @ApiProperty({ enum: ['all', 'any'] })
  match: 'all' | 'any';

  /** @example [{ "by": "tag", "values": ["stove"] }, { "by": "price", "currency": "EUR", "max": 5000 }] */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => CollectionCondition)
  conditions: CollectionCondition[];

  /** As plain data, members that were left out left out. */
  static of({ match, conditions }: Rule): Rule {
    return { match, conditions: conditions.map((condition) => ({ ...condition })) };
  }
}

class CollectionFieldsRequest {
  /** Its part in URLs, unlike any other collection's; made from the name when left out. @example "for-the-stove" */
  @IsGiven()
  @Matches(SLUG, { message: 'must be lower-case letters and digits, in words joined by single hyphens.' })
  @MaxLength(MAX_SLUG)
  slug?: string;

  /** @example "All that stands on a flame." */
  @IsOptional()
  @IsText({ max: 5000, multiline: true })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  description?: string | null;

  /** Order among collections, lowest first; then by name. @example 10 */
  @IsGiven()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  @ApiPropertyOptional({ type: 'integer' })
  position?: number;

  /** Whether shoppers see it; `true` when left out. @example true */
  @IsGiven()
  @IsBoolean()
  @ApiPropertyOptional({ type: 'boolean' })
  published?: boolean;
}

/** A new collection. */
export class CreateCollectionRequest extends CollectionFieldsRequest {
  /** @example "For the stove" */
  @IsText({ max: 100 })
  name: string;

  @ValidateNested()
  @Type(() => CollectionRule)
  rule: CollectionRule;
}

/** What should be different; what is left out stays, `null` clears. A rule is replaced as a whole. */
export class ChangeCollectionRequest extends CollectionFieldsRequest {
  /** @example "For the stove" */
  @IsGiven()
  @IsText({ max: 100 })
  @ApiProperty({ required: false })
  name?: string;

  @IsGiven()
  @ValidateNested()
  @Type(() => CollectionRule)
  rule?: CollectionRule;
}

/** In which language to show collections. */
export class CollectionsQuery {
  /** A BCP 47 tag; by `Accept-Language` when left out. @example "en" */
  @IsOptional()
  @Matches(LOCALE, { message: 'must be a language tag such as de or pt-BR.' })
  locale?: string;
}

/** Products that a rule picks. */
export class CollectionResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "for-the-stove" */
  slug: string;
  /** @example "For the stove" */
  name: string;
  @ApiProperty({ type: 'string', nullable: true, description: 'Plain text.' })
  description: string | null;
  /** Order among collections. @example 10 */
  @ApiProperty({ type: 'integer' })
  position: number;
  /** Whether shoppers see it. */
  published: boolean;
  rule: CollectionRule;
  /** How many active products are in it, a few moments ago. @example 57 */
  @ApiProperty({ type: 'integer' })
  productCount: number;
  /** True while products are still held against a rule that is new. @example false */
  filling: boolean;
  /** Moves with each change of the collection, not with its products; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;

  /** In the first of these locales that has a text; as it is written when there are none. */
  static of(collection: Collection, locales: string[] = []): CollectionResponse {
    const { id, slug, position, published, rule, productCount, walkedTo, version } = collection;
    const filling = walkedTo !== null;
    const texts = textsIn(collection, locales);
    return { id, slug, ...texts, position, published, rule, productCount, filling, version };
  }
}

/** A collection among others. */
export class CollectionItem extends OmitType(CollectionResponse, ['rule'] as const) {}

/** All collections, in one page. */
export class CollectionList {
  data: CollectionItem[];
  /** Always `null`: they come all at once. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
