import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsText } from '../../platform/index.js';
import type { CategoryTranslation } from './category.entity.js';

/** What a category is called in one language. What is left out or `null` is said in the language of the shop. */
export class PutCategoryTranslationRequest {
  /** @example "Kaffee" */
  @IsOptional()
  @IsText({ max: 100 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  name?: string | null;

  /** @example "Alles von der Bohne bis zur Tasse." */
  @IsOptional()
  @IsText({ max: 5000, multiline: true })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  description?: string | null;
}

/** What a category is called in one language. */
export class CategoryTranslationResponse {
  /** @example "de" */
  locale: string;
  @ApiProperty({ type: 'string', nullable: true })
  name: string | null;
  @ApiProperty({ type: 'string', nullable: true })
  description: string | null;
  /** The version of the category, which guards its translations too; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;

  static of(locale: string, translation: CategoryTranslation, version: number): CategoryTranslationResponse {
    return { locale, name: translation.name ?? null, description: translation.description ?? null, version };
  }
}

/** All translations of a category. */
export class CategoryTranslationList {
  data: CategoryTranslationResponse[];
  /** Always `null`: they come all at once. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
