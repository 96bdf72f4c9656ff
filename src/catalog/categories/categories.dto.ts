import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import { MAX_SLUG, SLUG } from '../products/slug.js';
import { textsIn } from '../translations/texts-in.js';
import { LOCALE } from '../translations/translations.validators.js';
import type { Category } from './category.entity.js';

/** What may be set when a category is made and when it is changed. */
class CategoryFieldsRequest {
  /** Its part in URLs, unlike any other category's; made from the name when left out. @example "coffee" */
  @IsGiven()
  @Matches(SLUG, { message: 'must be lower-case letters and digits, in words joined by single hyphens.' })
  @MaxLength(MAX_SLUG)
  slug?: string;

  /** @example "Everything from bean to cup." */
  @IsOptional()
  @IsText({ max: 5000, multiline: true })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  description?: string | null;

  /** The category above it; `null` for the top. */
  @IsOptional()
  @IsUUID()
  @ApiPropertyOptional({ type: 'string', format: 'uuid', nullable: true })
  parentId?: string | null;

  /** Order among its siblings, lowest first; then by name. @example 10 */
  @IsGiven()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  @ApiPropertyOptional({ type: 'integer' })
  position?: number;
}

/** A new category. */
export class CreateCategoryRequest extends CategoryFieldsRequest {
  /** @example "Coffee" */
  @IsText({ max: 100 })
  name: string;
}

/** What should be different; what is left out stays, `null` clears. */
export class ChangeCategoryRequest extends CategoryFieldsRequest {
  /** @example "Coffee" */
  @IsGiven()
  @IsText({ max: 100 })
  @ApiProperty({ required: false })
  name?: string;
}

/** In which language to show categories. */
export class CategoriesQuery {
  /** A BCP 47 tag; by `Accept-Language` when left out. @example "en" */
  @IsOptional()
  @Matches(LOCALE, { message: 'must be a language tag such as de or pt-BR.' })
  locale?: string;
}

/** A place that products stand in. */
export class CategoryResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The category above it. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  parentId: string | null;
  /** @example "coffee" */
  slug: string;
  /** @example "Coffee" */
  name: string;
  @ApiProperty({ type: 'string', nullable: true, description: 'Plain text.' })
  description: string | null;
  /** Slugs from the top down to this one. @example "kitchen/coffee" */
  path: string;
  /** Order among its siblings. @example 10 */
  @ApiProperty({ type: 'integer' })
  position: number;
  /** Moves with each change; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;

  /** In the first of these locales that has a text; as it is written when there are none. */
  static of(category: Category, locales: string[] = []): CategoryResponse {
    const { id, parentId, slug, path, position, version } = category;
    return { id, parentId, slug, ...textsIn(category, locales), path, position, version };
  }
}

/** A category with those below it. */
export class CategoryNode extends CategoryResponse {
  /** Active products in it or below it, each once, as they were a minute ago. @example 12 */
  @ApiProperty({ type: 'integer' })
  productCount: number;
  @ApiProperty({ type: () => [CategoryNode], description: 'The categories below it.' })
  children: CategoryNode[];
}

/** The whole tree, in one page. */
export class CategoryTree {
  /** The categories at the top. */
  @ApiProperty({ type: () => [CategoryNode] })
  data: CategoryNode[];
  /** Always `null`: the tree comes whole. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
