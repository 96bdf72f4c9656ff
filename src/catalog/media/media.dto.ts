import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsGiven, IsText } from '../../platform/index.js';
import type { MediaAddresses } from './media-addresses.js';
import { MEDIA_STATUSES, type MediaStatus, type MediumRow } from './media-row.js';

/** What is said of a picture that is sent. */
export class MediumFields {
  /** What it shows, for those who cannot see it. @example "Copper kettle, seen from the side" */
  @IsGiven()
  @IsText({ max: 500 })
  alt?: string;
}

/** A picture, and what is said of it. */
export class UploadMediumRequest extends MediumFields {
  /** JPEG, PNG, WebP, AVIF or GIF (its first frame), by its content. */
  @ApiProperty({ type: 'string', format: 'binary' })
  file: string;
}

/** What should be different; what is left out stays, `null` clears. */
export class ChangeMediumRequest {
  /** What it shows, for those who cannot see it. @example "Copper kettle, seen from the side" */
  @IsOptional()
  @IsText({ max: 500 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  alt?: string | null;

  /** Its place among the product's uploaded pictures, from 0; past the end means last. @example 0 */
  @IsGiven()
  @IsInt()
  @Min(0)
  @Max(49)
  @ApiPropertyOptional({ type: 'integer' })
  position?: number;
}

/** A picture as a file of one size: for `srcset`. */
export class SourceResponse {
  /** @example "/v1/media/01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10/9f86d081884c7d65-480.webp" */
  url: string;
  /** @example "image/webp" */
  @ApiProperty({ enum: ['image/webp', 'image/avif'] })
  type: string;
  /** In pixels. @example 480 */
  @ApiProperty({ type: 'integer' })
  width: number;
  /** In pixels. @example 360 */
  @ApiProperty({ type: 'integer' })
  height: number;
}

/** A picture that was uploaded. */
export class UploadedMediumResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'uuid' })
  productId: string;
  /** Its place among the product's uploaded pictures, from 0. */
  @ApiProperty({ type: 'integer' })
  position: number;
  /** What it shows. */
  @ApiProperty({ type: 'string', nullable: true })
  alt: string | null;
  /** `processing` until its sizes are made; shoppers see it when it is `ready`. */
  @ApiProperty({ enum: MEDIA_STATUSES })
  status: MediaStatus;
  /** Why it failed. @example null */
  @ApiProperty({ type: 'string', nullable: true })
  error: string | null;
  /** Of the file as it was sent. @example "image/jpeg" */
  type: string;
  /** Of the file as it was sent. @example 2480113 */
  @ApiProperty({ type: 'integer' })
  bytes: number;
  /** Upright, in pixels. @example 4000 */
  @ApiProperty({ type: 'integer' })
  width: number;
  /** Upright, in pixels. @example 3000 */
  @ApiProperty({ type: 'integer' })
  height: number;
  /** The largest size, as WebP; `null` until it is ready. */
  @ApiProperty({ type: 'string', nullable: true })
  url: string | null;
  /** Every size, as WebP and as AVIF. */
  @ApiProperty({ type: () => [SourceResponse] })
  sources: SourceResponse[];
  /** Send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
  createdAt: Date;
  updatedAt: Date;

  static of(row: MediumRow, addresses: MediaAddresses): UploadedMediumResponse {
    const { id, productId, position, alt, status, error, type, bytes, width, height, version, createdAt, updatedAt } =
      row;
    const at = (file: string) => addresses.of(`${id}/${file}`);
    return {
      ...{ id, productId, position, alt, status, error, type, bytes, width, height },
      url: row.file === null ? null : at(row.file),
      sources: row.sources.map(({ file, ...source }) => ({
        url: at(file),
        type: source.type,
        width: source.width,
        height: source.height,
      })),
      ...{ version, createdAt, updatedAt },
    };
  }
}

/** The uploaded pictures of a product. */
export class UploadedMedia {
  data: UploadedMediumResponse[];
  /** Always `null`: they come whole. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
