import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { IsGiven, IsText, IsTime } from '../../platform/index.js';
import { MAX_FURTHER } from '../products/further-categories.js';
import {
  type Attributes,
  MAX_VARIANTS,
  type ProductStatus,
  STATUSES,
  type Translation,
} from '../products/product.entity.js';
import { MediumRequest, OptionRequest, SeoRequest } from '../products/products.dto.js';
import { IsAttributes, IsLink, IsTextList } from '../products/products.validators.js';
import { MAX_SLUG, SLUG } from '../products/slug.js';
import { AddVariantRequest } from '../products/variants.dto.js';
import { IsTranslations } from '../translations/translations.validators.js';

/** A product on a line of NDJSON: what `POST /v1/products` takes, with the names of its categories instead of an id. */
export class NdjsonProduct {
  @IsGiven()
  @Matches(SLUG, { message: 'is not lower-case words joined by hyphens' })
  @MaxLength(MAX_SLUG)
  slug?: string;

  @IsGiven()
  @IsText({ max: 200 })
  externalId?: string;

  @IsText({ max: 200 })
  name: string;

  @IsOptional()
  @IsText({ max: 20_000, multiline: true })
  description?: string | null;

  @IsGiven()
  @IsIn(STATUSES)
  status?: ProductStatus;

  /** From the top down. */
  @IsGiven()
  @IsTextList({ count: 6, max: 100 })
  category?: string[];

  /** Further ones, each from the top down. */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(MAX_FURTHER)
  @IsTextList({ count: 6, max: 100, min: 1 }, { each: true })
  categories?: string[][];

  @IsGiven()
  @IsAttributes({ keys: 50, max: 500 })
  attributes?: Attributes;

  @IsGiven()
  @IsArray()
  @ArrayMaxSize(5)
  @ValidateNested({ each: true })
  @Type(() => OptionRequest)
  options?: OptionRequest[];

  @IsGiven()
  @IsTextList({ count: 50, max: 50 })
  tags?: string[];

  @IsGiven()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => MediumRequest)
  media?: MediumRequest[];

  @IsOptional()
  @IsLink()
  thumbnail?: string | null;

  /** Name of the brand; it is made when it is new. */
  @IsOptional()
  @IsText({ max: 100 })
  brand?: string | null;

  /** Code of a product type. */
  @IsOptional()
  @IsText({ max: 50 })
  type?: string | null;

  @IsOptional()
  @ValidateNested()
  @Type(() => SeoRequest)
  seo?: SeoRequest | null;

  @IsOptional()
  @IsTime()
  publishAt?: string | null;

  @IsOptional()
  @IsTime()
  unpublishAt?: string | null;

  /** By locale. */
  @IsGiven()
  @IsTranslations()
  translations?: Record<string, Translation>;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_VARIANTS)
  @ValidateNested({ each: true })
  @Type(() => AddVariantRequest)
  variants: AddVariantRequest[];
}
