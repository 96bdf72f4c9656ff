import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { Flag } from '../../platform/index.js';
import { IsTextMap } from '../products/products.validators.js';
import { IMPORT_STATUSES, type ImportRow, type ImportStatus } from './import-row.js';
import { FORMATS, type ImportFormat } from './readers.js';

export class CreateImportQuery {
  /** Finds out what would be changed and refused, and keeps nothing of it. */
  @IsOptional()
  @Flag()
  @IsBoolean()
  @ApiPropertyOptional({ type: 'boolean', default: false })
  dryRun: boolean = false;

  /** For a CSV with other names: which of its columns stands for which of ours, as in `column[slug]=Handle`. */
  @IsOptional()
  @IsTextMap({ keys: 100, max: 100 })
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  column?: Record<string, string>;
}

/** How many products were made, changed, or found as they should be; those of which nothing could be taken are not counted. */
export class ImportedProducts {
  /** @example 120 */
  @ApiProperty({ type: 'integer' })
  created: number;
  /** @example 4 */
  @ApiProperty({ type: 'integer' })
  changed: number;
  /** @example 876 */
  @ApiProperty({ type: 'integer' })
  unchanged: number;
}

/** A file of products that was sent to be imported, and what came of it so far. */
export class ImportResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ enum: FORMATS })
  format: ImportFormat;
  /** Nothing was or will be kept of it. */
  dryRun: boolean;
  /** `completed` also when some rows were refused; `failed` when the file could not be read to its end. */
  @ApiProperty({ enum: IMPORT_STATUSES })
  status: ImportStatus;
  /** How much of the file has been dealt with, from 0 to 1. @example 0.42 */
  @ApiProperty({ minimum: 0, maximum: 1 })
  progress: number;
  /** Rows of the CSV, or products of the NDJSON, that have been dealt with. @example 1000 */
  @ApiProperty({ type: 'integer' })
  rows: number;
  /** How many of them were refused: `GET /v1/imports/{id}/refusals` says why. @example 2 */
  @ApiProperty({ type: 'integer' })
  refused: number;
  products: ImportedProducts;
  /** Variants that were made or changed. @example 250 */
  @ApiProperty({ type: 'integer' })
  variants: number;
  /** Prices that were made or changed. @example 500 */
  @ApiProperty({ type: 'integer' })
  prices: number;
  /** Stock levels that were counted differently. @example 250 */
  @ApiProperty({ type: 'integer' })
  stock: number;
  /** Categories that were made. @example 12 */
  @ApiProperty({ type: 'integer' })
  categories: number;
  /** Columns of the file that have no use here. @example ["meta_title"] */
  ignoredColumns: string[];
  /** Why it failed. @example null */
  @ApiProperty({ type: 'string', nullable: true })
  error: string | null;
  createdAt: Date;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  startedAt: Date | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  finishedAt: Date | null;

  static of(row: ImportRow): ImportResponse {
    const { id, format, dryRun, status, entries, refused, error, createdAt, startedAt, finishedAt } = row;
    const { products, variants, prices, stock, categories, ignoredColumns } = row.report;
    const progress = row.bytes === 0 ? 1 : Math.round((row.bytesRead / row.bytes) * 1000) / 1000;
    return {
      ...{ id, format, dryRun, status, progress: Math.min(1, progress), rows: entries, refused },
      ...{ products: { created: products.created, changed: products.changed, unchanged: products.unchanged } },
      ...{ variants, prices, stock, categories, ignoredColumns, error, createdAt, startedAt, finishedAt },
    };
  }
}

/** A page of imports. */
export class ImportListResponse {
  /** The newest first. */
  data: ImportResponse[];
  /** Pass it as `cursor` to get the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** Why a row was not taken. */
export class RefusalResponse {
  /** Line of the file, from 1. @example 17 */
  @ApiProperty({ type: 'integer' })
  line: number;
  /** Column of a CSV, or pointer into the product of an NDJSON; empty for the whole line. @example "price" */
  column: string;
  /** @example "\"abc\" is not an amount such as 19.99" */
  reason: string;

  static of({ line, column, reason }: RefusalResponse): RefusalResponse {
    return { line, column, reason };
  }
}

/** A page of what was refused. */
export class RefusalListResponse {
  /** In the order of the file. */
  data: RefusalResponse[];
  /** Pass it as `cursor` to get the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
