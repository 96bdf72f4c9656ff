import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import { MAX_SLUG, SLUG } from '../products/slug.js';
import type { Brand } from './brand.entity.js';

class BrandFieldsRequest {
  /** Its part in URLs, unlike any other brand's; made from the name when left out. @example "anchor-and-sons" */
  @IsGiven()
  @Matches(SLUG, { message: 'must be lower-case letters and digits, in words joined by single hyphens.' })
  @MaxLength(MAX_SLUG)
  slug?: string;

  /** @example "Coppersmiths since 1902." */
  @IsOptional()
  @IsText({ max: 5000, multiline: true })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  description?: string | null;
}

/** A new brand. */
export class CreateBrandRequest extends BrandFieldsRequest {
  /** @example "Anchor & Sons" */
  @IsText({ max: 100 })
  name: string;
}

/** What should be different; what is left out stays, `null` clears. */
export class ChangeBrandRequest extends BrandFieldsRequest {
  /** @example "Anchor & Sons" */
  @IsGiven()
  @IsText({ max: 100 })
  @ApiProperty({ required: false })
  name?: string;
}

/** Who makes a product. */
export class BrandResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "anchor-and-sons" */
  slug: string;
  /** @example "Anchor & Sons" */
  name: string;
  @ApiProperty({ type: 'string', nullable: true, description: 'Plain text.' })
  description: string | null;
  /** Moves with each change; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;

  static of({ id, slug, name, description, version }: Brand): BrandResponse {
    return { id, slug, name, description, version };
  }
}

/** A page of brands. */
export class BrandPage {
  data: BrandResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
