import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsUUID,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { IsGiven, IsText, IsTime } from '../../platform/index.js';
import { MAX_FURTHER } from './further-categories.js';
import { type Attributes, MAX_VARIANTS, type ProductStatus, STATUSES } from './product.entity.js';
import { IsAttributes, IsLink, IsTextList } from './products.validators.js';
import { MAX_SLUG, SLUG } from './slug.js';
import { AddVariantRequest } from './variants.dto.js';

/** Something a shopper chooses between. */
export class OptionRequest {
  /** @example "Color" */
  @IsText({ max: 50 })
  name: string;

  /** In the order they are shown. @example ["Black", "White"] */
  @IsTextList({ min: 1, count: 100, max: 100 })
  values: string[];
}

/** A picture or film of a product. */
export class MediumRequest {
  /** Where it is: http(s), or a path on this server. @example "https://images.example.com/kettle.webp" */
  @IsLink()
  url: string;

  /** What it shows, for those who cannot see it. @example "Copper kettle, seen from the side" */
  @IsOptional()
  @IsText({ max: 500 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  alt?: string | null;
}

/** What search engines show. */
export class SeoRequest {
  /** Instead of the name. @example "Copper kettle, 1.5 l | Anchor & Sons" */
  @IsOptional()
  @IsText({ max: 200 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  title?: string | null;

  /** Instead of the description. @example "Whistling kettle of solid copper for every stove." */
  @IsOptional()
  @IsText({ max: 500 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  description?: string | null;
}

/** What may be set when a product is made and when it is changed. */
export class ProductFieldsRequest {
  /** Its part in URLs; made from the name when left out. @example "copper-kettle" */
  @IsGiven()
  @Matches(SLUG, { message: 'must be lower-case letters and digits, in words joined by single hyphens.' })
  @MaxLength(MAX_SLUG)
  slug?: string;

  /** @example "A whistling kettle of copper, 1.5 l." */
  @IsOptional()
  @IsText({ max: 20_000, multiline: true })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  description?: string | null;

  /** Only `active` products are shown and sold. */
  @IsGiven()
  @IsIn(STATUSES)
  @ApiPropertyOptional({ enum: STATUSES })
  status?: ProductStatus;

  /** The category it stands in: its main one. */
  @IsOptional()
  @IsUUID()
  @ApiPropertyOptional({ type: 'string', format: 'uuid', nullable: true })
  categoryId?: string | null;

  /** Further categories that it stands in too, up to 20. Making one of them the main one takes it out. @example [] */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(MAX_FURTHER)
  @ArrayUnique((id: unknown) => String(id).toLowerCase(), { message: 'must not name a category twice.' })
  @IsUUID(undefined, { each: true })
  @ApiPropertyOptional({ type: 'array', items: { type: 'string', format: 'uuid' } })
  categoryIds?: string[];

  /** What another system calls it, unlike any other product's. @example "ERP-4711" */
  @IsOptional()
  @IsText({ max: 200 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  externalId?: string | null;

  /** Its type, which says what attributes it has; `null` leaves them free. */
  @IsOptional()
  @IsUUID()
  @ApiPropertyOptional({ type: 'string', format: 'uuid', nullable: true })
  typeId?: string | null;

  /** Who makes it. */
  @IsOptional()
  @IsUUID()
  @ApiPropertyOptional({ type: 'string', format: 'uuid', nullable: true })
  brandId?: string | null;

  /** Facts for comparing, up to 50: those that its type asks for, if it has one. @example { "material": "copper", "capacity": "1.5 l" } */
  @IsGiven()
  @IsAttributes({ keys: 50, max: 500 })
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
  })
  attributes?: Attributes;

  /** What a shopper chooses between; made from the variants' `optionValues` when left out. */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(5)
  @ArrayUnique((option: OptionRequest | null) => option?.name, { message: 'must not have two options of one name.' })
  @ValidateNested({ each: true })
  @Type(() => OptionRequest)
  options?: OptionRequest[];

  /** Words that search should find it by. @example ["kettle", "stove"] */
  @IsGiven()
  @IsTextList({ count: 50, max: 50 })
  tags?: string[];

  /**
   * Those that are elsewhere, in the order they are shown: after those that were uploaded, which stay. Leave these out (their
   * `id` is not `null`) when you send back what you read: their addresses are refused.
   */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => MediumRequest)
  media?: MediumRequest[];

  /**
   * Picture for lists. When none is set, or `null`, it is the first of the product's pictures as they are then.
   * @example "https://images.example.com/kettle.webp"
   */
  @IsOptional()
  @IsLink()
  @ApiPropertyOptional({ type: 'string', nullable: true })
  thumbnail?: string | null;

  /** What search engines show. A change keeps what is left out of it; `null` clears all of it. */
  @IsOptional()
  @ValidateNested()
  @Type(() => SeoRequest)
  @ApiPropertyOptional({ type: () => SeoRequest, nullable: true })
  seo?: SeoRequest | null;

  /** Products to show beside it, in this order. @example [] */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(24)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  @ApiPropertyOptional({ type: 'array', items: { type: 'string', format: 'uuid' } })
  relatedIds?: string[];

  /**
   * When a draft becomes active, to the minute. One that then lacks what its type asks for stays a draft without a schedule.
   * @example "2099-01-01T09:00:00.000Z"
   */
  @IsOptional()
  @IsTime()
  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true })
  publishAt?: string | null;

  /** When it becomes a draft again, to the minute. @example "2099-02-01T09:00:00.000Z" */
  @IsOptional()
  @IsTime()
  @ApiPropertyOptional({ type: 'string', format: 'date-time', nullable: true })
  unpublishAt?: string | null;
}

/** A new product with its variants. */
export class CreateProductRequest extends ProductFieldsRequest {
  /** @example "Copper kettle" */
  @IsText({ max: 200 })
  name: string;

  /** What can be bought: at least one. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_VARIANTS)
  @ValidateNested({ each: true })
  @Type(() => AddVariantRequest)
  variants: AddVariantRequest[];
}

/** What should be different; what is left out stays, `null` clears. */
export class ChangeProductRequest extends ProductFieldsRequest {
  /** @example "Copper kettle" */
  @IsGiven()
  @IsText({ max: 200 })
  @ApiProperty({ required: false })
  name?: string;
}
