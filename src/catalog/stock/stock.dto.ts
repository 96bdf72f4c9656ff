import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min, NotEquals } from 'class-validator';
import { IsText } from '../../platform/index.js';
import type { StockLevel, StockMovement } from './stocktaking.js';

const MAX_DELTA = 1_000_000_000;
const KINDS = ['opening', 'adjustment', 'import', 'reservation', 'release'];

/** Goods that came, went or were counted. */
export class AdjustStockRequest {
  /** How many more (or, negative, fewer) are on hand. @example 12 */
  @IsInt()
  @Min(-MAX_DELTA)
  @Max(MAX_DELTA)
  @NotEquals(0, { message: 'must not be 0.' })
  @ApiProperty({ type: 'integer' })
  delta: number;

  /** Why, for the record. @example "Delivery 2291" */
  @IsText({ max: 200 })
  reason: string;

  /** Where, in your own words. @example "Rotterdam" */
  @IsOptional()
  @IsText({ max: 100 })
  @ApiPropertyOptional({ type: 'string', nullable: true })
  location?: string | null;
}

/** How much there is of a variant. */
export class StockResponse {
  @ApiProperty({ format: 'uuid' })
  variantId: string;
  /** How many are in the warehouse. @example 25 */
  @ApiProperty({ type: 'integer' })
  onHand: number;
  /** How many of them orders have been promised. @example 3 */
  @ApiProperty({ type: 'integer' })
  reserved: number;
  /** How many can be had now. @example 22 */
  @ApiProperty({ type: 'integer' })
  available: number;
  /** May be sold beyond what is on hand. */
  backorderable: boolean;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static of({ variantId, onHand, reserved, backorderable, updatedAt }: StockLevel): StockResponse {
    const available = Math.max(0, onHand - reserved);
    return { variantId, onHand, reserved, available, backorderable, updatedAt: updatedAt.toISOString() };
  }
}

/** One change of stock. They are never changed or deleted. */
export class StockMovementResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ enum: KINDS, description: 'What kind of change it was.' })
  kind: string;
  /** @example 12 */
  @ApiProperty({ type: 'integer' })
  deltaOnHand: number;
  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  deltaReserved: number;
  @ApiProperty({ type: 'string', nullable: true, description: 'Why, in the words of whoever did it.' })
  reason: string | null;
  @ApiProperty({ type: 'string', nullable: true, description: 'The order it was for.' })
  reference: string | null;
  @ApiProperty({ type: 'string', nullable: true, description: 'Where.' })
  location: string | null;
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true, description: 'The user who did it.' })
  createdBy: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of(movement: StockMovement): StockMovementResponse {
    const { id, kind, deltaOnHand, deltaReserved, reason, reference, location, createdBy, createdAt } = movement;
    return {
      id,
      kind,
      deltaOnHand,
      deltaReserved,
      reason,
      reference,
      location,
      createdBy,
      createdAt: createdAt.toISOString(),
    };
  }
}

/** A page of changes, newest first. */
export class StockMovementPage {
  data: StockMovementResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
