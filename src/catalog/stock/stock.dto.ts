import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, Matches, Max, Min, NotEquals, ValidateNested } from 'class-validator';
import { IsGiven, IsText, IsTime } from '../../platform/index.js';
import { LOCATION_CODE } from './locations/location.entity.js';
import { beyondOf, type StockLevel, type StockMovement } from './stock-level.js';

export const MAX_DELTA = 1_000_000_000;
export const NO_CODE = { message: 'must be the code of a location.' };
const KINDS = [
  ...['opening', 'adjustment', 'count', 'import', 'reservation', 'release'],
  ...['transfer_out', 'transfer_in', 'hold', 'hold_end'],
];

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

  /** Code of the location; the main one when left out. @example "main" */
  @IsOptional()
  @Matches(LOCATION_CODE, NO_CODE)
  @ApiPropertyOptional({ type: 'string', nullable: true })
  location?: string | null;
}

/** What somebody found when they counted. */
export class CountStockRequest {
  /** How many lie there, those that are promised to orders included. @example 25 */
  @IsInt()
  @Min(0)
  @Max(MAX_DELTA)
  @ApiProperty({ type: 'integer' })
  onHand: number;

  /** Why, for the record. @example "Yearly count" */
  @IsText({ max: 200 })
  reason: string;

  /** Code of the location; the main one when left out. @example "main" */
  @IsOptional()
  @Matches(LOCATION_CODE, NO_CODE)
  @ApiPropertyOptional({ type: 'string', nullable: true })
  location?: string | null;
}

/** Selling what has not arrived yet. */
export class Preorder {
  /** How many may be sold beyond what is on hand. @example 200 */
  @IsInt()
  @Min(1)
  @Max(MAX_DELTA)
  @ApiProperty({ type: 'integer' })
  limit: number;

  /** When the goods are expected. The pre-order goes on until you end it. @example "2027-03-01T00:00:00Z" */
  @IsTime()
  @ApiProperty({ format: 'date-time' })
  availableFrom: string;
}

/** What should be different; what is left out stays, `null` clears. */
export class ChangeStockRequest {
  /** May be sold beyond what is on hand. `false` ends a pre-order. @example true */
  @IsGiven()
  @IsBoolean()
  @ApiPropertyOptional()
  backorderable?: boolean;

  /** How many may be sold beyond what is on hand; a number allows it, and ends a pre-order. With `null` there is no limit while `backorderable`. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_DELTA)
  @ApiPropertyOptional({ type: 'integer', nullable: true, example: null })
  backorderLimit?: number | null;

  /** Sell it before it arrives; instead of back-orders. `null` ends it: nothing is sold beyond what is on hand then. */
  @IsOptional()
  @ValidateNested()
  @Type(() => Preorder)
  @ApiPropertyOptional({ type: () => Preorder, nullable: true })
  preorder?: Preorder | null;

  /** `catalog.stock_low` is published when no more than so many are available. @example 5 */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_DELTA)
  @ApiPropertyOptional({ type: 'integer', nullable: true })
  lowStockAt?: number | null;
}

/** What lies at one place. */
export class LocationStock {
  /** @example "main" */
  code: string;
  /** @example "Main" */
  name: string;
  /** @example 25 */
  @ApiProperty({ type: 'integer' })
  onHand: number;
}

/** How much there is of a variant. */
export class StockResponse {
  @ApiProperty({ format: 'uuid' })
  variantId: string;
  /** How many there are at all locations together. @example 25 */
  @ApiProperty({ type: 'integer' })
  onHand: number;
  /** How many of them are promised. @example 3 */
  @ApiProperty({ type: 'integer' })
  reserved: number;
  /** How many can be had now. @example 22 */
  @ApiProperty({ type: 'integer' })
  available: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'How many can be ordered now, those that are not there yet included; `null` is as many as anyone likes.',
    example: 42,
  })
  orderable: number | null;
  /** May be sold beyond what is on hand. */
  backorderable: boolean;
  @ApiProperty({ type: 'integer', nullable: true, description: 'How far, if there is a limit.', example: 20 })
  backorderLimit: number | null;
  @ApiProperty({ type: () => Preorder, nullable: true, description: 'It is sold before it arrives.' })
  preorder: Preorder | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'How many are few.', example: 5 })
  lowStockAt: number | null;
  /** The main location, and those where something lies. */
  locations: LocationStock[];
  /** Moves when what is on hand or how it is sold changes, but not with sales. Send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static of(level: StockLevel): StockResponse {
    const { variantId, onHand, reserved, backorderable, beyondLimit, preorderFrom, lowStockAt, version } = level;
    const beyond = beyondOf(level);
    const preorder = backorderable && preorderFrom && beyondLimit !== null;
    return {
      variantId,
      onHand,
      reserved,
      available: Math.max(0, onHand - reserved),
      orderable: beyond === null ? null : Math.max(0, onHand - reserved + beyond),
      backorderable,
      backorderLimit: backorderable && !preorder ? beyondLimit : null,
      preorder: preorder ? { limit: beyondLimit, availableFrom: preorderFrom.toISOString() } : null,
      lowStockAt,
      locations: level.locations.map(({ code, name, onHand: there }) => ({ code, name, onHand: there })),
      version,
      updatedAt: level.updatedAt.toISOString(),
    };
  }
}

/** One change of stock. They are never changed or deleted. */
export class StockMovementResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ enum: KINDS, description: 'What kind of change it was. It says who made it where no user did.' })
  kind: string;
  /** @example 12 */
  @ApiProperty({ type: 'integer' })
  deltaOnHand: number;
  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  deltaReserved: number;
  @ApiProperty({ type: 'string', nullable: true, description: 'Why, in the words of whoever did it.' })
  reason: string | null;
  @ApiProperty({ type: 'string', nullable: true, description: 'The order or transfer it was for.' })
  reference: string | null;
  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Code of the location; `null` for what is not about a place.',
  })
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
