import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsOptional, ValidateBy, ValidateNested } from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import type { Translation } from '../products/product.entity.js';
import { OptionLabels, SeoResponse } from '../products/product-responses.dto.js';
import { SeoRequest } from '../products/products.dto.js';
import { isAttributeLabels, isOptionLabels } from './translations.validators.js';

/** What a product says in one language. What is left out or `null` is said in the language of the shop. */
@ApiExtraModels(OptionLabels)
export class PutTranslationRequest {
  /** @example "Kupferkessel" */
  @IsOptional()
  @IsText({ max: 200 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  name?: string | null;

  /** @example "Ein Pfeifkessel aus Kupfer, 1,5 l." */
  @IsOptional()
  @IsText({ max: 20_000, multiline: true })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  description?: string | null;

  /** What search engines show. */
  @IsGiven()
  @ValidateNested()
  @Type(() => SeoRequest)
  seo?: SeoRequest;

  /** What options and their values are called, by the names that they have on the product, and by no others. @example {} */
  @IsGiven()
  @ValidateBy(
    { name: 'isOptionLabels', validator: { validate: isOptionLabels } },
    { message: 'must name options, each with a name or values, or both: { "Color": { "name": "Farbe" } }.' },
  )
  @ApiPropertyOptional({ type: 'object', additionalProperties: { $ref: getSchemaPath(OptionLabels) } })
  options?: NonNullable<Translation['options']>;

  /** Texts of attributes that the product has, by code. When the value of one changes, its texts go. @example {} */
  @IsGiven()
  @ValidateBy(
    { name: 'isAttributeLabels', validator: { validate: isAttributeLabels } },
    { message: 'must be texts of 1 to 500 characters by attribute, at most 50.' },
  )
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  attributes?: Record<string, string>;
}

/** What a product says in one language. */
@ApiExtraModels(OptionLabels)
export class TranslationResponse {
  /** @example "de" */
  locale: string;
  @ApiProperty({ type: 'string', nullable: true })
  name: string | null;
  @ApiProperty({ type: 'string', nullable: true })
  description: string | null;
  seo: SeoResponse;
  /** What options and their values are called. */
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(OptionLabels) } })
  options: Record<string, OptionLabels>;
  /** Texts of attributes, by code. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  attributes: Record<string, string>;
  /** The version of the product, which guards its translations too; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;

  static of(locale: string, translation: Translation, version: number): TranslationResponse {
    const { name = null, description = null, seo, options = {}, attributes = {} } = translation;
    const { title = null, description: summary = null } = seo ?? {};
    return { locale, name, description, seo: { title, description: summary }, options, attributes, version };
  }
}

/** All translations of a product. */
export class TranslationList {
  data: TranslationResponse[];
  /** Always `null`: they come all at once. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
