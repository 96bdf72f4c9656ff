import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsText, PageQuery } from '../../../platform/index.js';
import { LOCATION_CODE } from '../locations/location.entity.js';
import { MAX_DELTA, NO_CODE } from '../stock.dto.js';
import type { Transfer } from './transfers.sql.js';

const STATUSES = ['in_transit', 'received', 'cancelled'];

export class TransferItem {
  /** What is sent. */
  @IsUUID()
  @ApiProperty({ format: 'uuid' })
  variantId: string;

  /** How many. @example 4 */
  @IsInt()
  @Min(1)
  @Max(MAX_DELTA)
  @ApiProperty({ type: 'integer' })
  quantity: number;
}

/** Goods to be sent from one location to another. */
export class SendTransferRequest {
  /** Code of the location that they leave. @example "main" */
  @Matches(LOCATION_CODE, NO_CODE)
  from: string;

  /** Code of the location where they are to arrive. @example "staged" */
  @Matches(LOCATION_CODE, NO_CODE)
  to: string;

  /** Each variant once. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @ArrayUnique((item: TransferItem) => item?.variantId?.toString().toLowerCase(), {
    message: 'must name each variant once.',
  })
  @ValidateNested({ each: true })
  @Type(() => TransferItem)
  items: TransferItem[];

  /** Why, for the record. @example "Spring restock" */
  @IsOptional()
  @IsText({ max: 200 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  reason?: string | null;
}

export class ListTransfersQuery extends PageQuery {
  /** Only those in this state. */
  @IsOptional()
  @IsIn(STATUSES)
  @ApiPropertyOptional({ enum: STATUSES })
  status?: Transfer['status'];
}

/** Goods on their way, or that were. */
export class TransferResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Code of the location that they left. @example "main" */
  from: string;
  /** Code of the location where they are to arrive. @example "rotterdam" */
  to: string;
  @ApiProperty({ enum: STATUSES, description: '`in_transit` until it is received or cancelled.' })
  status: Transfer['status'];
  @ApiProperty({ type: 'string', nullable: true, description: 'Why, in the words of whoever sent it.' })
  reason: string | null;
  items: TransferItem[];
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true, description: 'The user who sent it.' })
  createdBy: string | null;
  createdAt: Date;
  updatedAt: Date;

  static of({ id, from, to, status, reason, items, createdBy, createdAt, updatedAt }: Transfer): TransferResponse {
    return {
      id,
      from,
      to,
      status,
      reason,
      items: items.map(({ variantId, quantity }) => ({ variantId, quantity })),
      createdBy,
      createdAt,
      updatedAt,
    };
  }
}

/** A page of transfers, the newest first. */
export class TransferPage {
  data: TransferResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
