import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { FORMATS, type ImportFormat } from '../imports/readers.js';
import { type ProductStatus, STATUSES } from '../products/product.entity.js';

export class ExportProductsQuery {
  /** `ndjson` loses nothing; `csv` opens in a spreadsheet. */
  @IsOptional()
  @IsIn(FORMATS)
  @ApiPropertyOptional({ enum: FORMATS, default: 'ndjson' })
  format: ImportFormat = 'ndjson';

  /** Only products with this status. */
  @IsOptional()
  @IsIn(STATUSES)
  @ApiPropertyOptional({ enum: STATUSES })
  status?: ProductStatus;
}
