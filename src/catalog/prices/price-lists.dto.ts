import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { ApiCode, IsCode, IsGiven, IsText, IsTime, PageQuery } from '../../platform/index.js';
import type { PriceList, PriceListFields } from './price-list.entity.js';

const NULLABLE_TIME = { type: 'string', format: 'date-time', nullable: true, required: false, example: null } as const;

/** When and for whom a list applies. What is null does not limit it. */
export class PriceListConditions {
  /** Only for customers of this group; `null` for everyone. @example null */
  @IsOptional()
  @IsCode()
  @ApiCode({ nullable: true, required: false, example: null })
  customerGroup?: string | null;

  /** Only for carts, orders and readers that name this channel; `null` for all. @example "web" */
  @IsOptional()
  @IsCode()
  @ApiCode({ nullable: true, required: false, example: null })
  channel?: string | null;

  /** From when on; `null` for always. */
  @IsOptional()
  @IsTime()
  @ApiProperty(NULLABLE_TIME)
  startsAt?: string | null;

  /** Until when, this moment not included; `null` for ever. */
  @IsOptional()
  @IsTime()
  @ApiProperty(NULLABLE_TIME)
  endsAt?: string | null;

  /** Of several lists that apply, the one with the highest priority counts; a new list has 0 when left out. @example 10 */
  @IsGiven()
  @IsInt()
  @Min(-1000)
  @Max(1000)
  @ApiProperty({ type: 'integer', required: false })
  priority?: number;

  /** Whether it applies at all; a new list does when left out. */
  @IsGiven()
  @IsBoolean()
  @ApiProperty({ type: 'boolean', required: false })
  active?: boolean;
}

export class CreatePriceListRequest extends PriceListConditions {
  /** What programs and explanations name it by; no other list has it. @example "trade" */
  @IsCode()
  @ApiCode({ example: 'trade' })
  code: string;

  /** What it is called in explanations to shoppers. @example "Trade prices" */
  @IsText({ max: 100 })
  name: string;
}

export class ChangePriceListRequest extends PriceListConditions {
  /** What programs and explanations name it by; no other list has it. @example "trade-2026" */
  @IsGiven()
  @IsCode()
  @ApiCode({ required: false, example: 'trade-2026' })
  code?: string;

  /** What it is called in explanations to shoppers. @example "Trade prices" */
  @IsGiven()
  @IsText({ max: 100 })
  name?: string;
}

const timeOf = (time: string | null | undefined) => (typeof time === 'string' ? new Date(time) : time);

/** The fields that a request names; what it leaves out is undefined. */
export function fieldsOf({ startsAt, endsAt, ...others }: ChangePriceListRequest): Partial<PriceListFields> {
  return { ...others, startsAt: timeOf(startsAt), endsAt: timeOf(endsAt) } as Partial<PriceListFields>;
}

export class ListPriceListsQuery extends PageQuery {
  /** Only the list with this code. @example "trade" */
  @IsOptional()
  @IsCode()
  @ApiCode({ required: false, example: 'trade' })
  code?: string;
}

/** Prices that apply to some, or for some time, or from some quantity on, instead of the base prices. */
export class PriceListResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "trade" */
  code: string;
  /** @example "Trade prices" */
  name: string;
  /** Only for customers of this group. */
  @ApiProperty({ type: 'string', nullable: true })
  customerGroup: string | null;
  /** Only where this channel is named. */
  @ApiProperty({ type: 'string', nullable: true })
  channel: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  startsAt: Date | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  endsAt: Date | null;
  /** @example 10 */
  @ApiProperty({ type: 'integer' })
  priority: number;
  active: boolean;
  /** Moves with each change of the list, not of its prices; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
  createdAt: Date;
  updatedAt: Date;

  static of({ id, fields, version, createdAt, updatedAt }: PriceList): PriceListResponse {
    const { code, name, customerGroup, channel, startsAt, endsAt, priority, active } = fields;
    const conditions = { customerGroup, channel, startsAt, endsAt, priority, active };
    return { id, code, name, ...conditions, version, createdAt, updatedAt };
  }
}

export class PriceListPageResponse {
  data: PriceListResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
