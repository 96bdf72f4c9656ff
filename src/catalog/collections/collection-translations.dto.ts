import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsText } from '../../platform/index.js';
import type { CategoryTranslation } from '../categories/category.entity.js';

/** What a collection is called in one language. What is left out or `null` is said in the language of the shop. */
export class PutCollectionTranslationRequest {
  /** @example "Für den Herd" */
  @IsOptional()
  @IsText({ max: 100 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  name?: string | null;

  /** @example "Alles, was auf einer Flamme steht." */
  @IsOptional()
  @IsText({ max: 5000, multiline: true })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  description?: string | null;
}

/** What a collection is called in one language. */
export class CollectionTranslationResponse {
  /** @example "de" */
  locale: string;
  @ApiProperty({ type: 'string', nullable: true })
  name: string | null;
  @ApiProperty({ type: 'string', nullable: true })
  description: string | null;
  /** The version of the collection, which guards its translations too; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;

  static of(locale: string, translation: CategoryTranslation, version: number): CollectionTranslationResponse {
    return { locale, name: translation.name ?? null, description: translation.description ?? null, version };
  }
}

/** All translations of a collection. */
export class CollectionTranslationList {
  data: CollectionTranslationResponse[];
  /** Always `null`: they come all at once. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
