import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, Matches } from 'class-validator';
import { IsGiven, IsText } from '../../../platform/index.js';
import { LOCATION_CODE, type Location } from './location.entity.js';

/** A new place for goods. */
export class CreateLocationRequest {
  /** Unlike any other location's, and never changed. @example "rotterdam" */
  @Matches(LOCATION_CODE, { message: 'must be 1 to 40 lower-case letters, digits and hyphens, a letter first.' })
  code: string;

  /** @example "Warehouse Rotterdam" */
  @IsText({ max: 100 })
  name: string;

  /** Whether goods can be brought there; they can when left out. @example true */
  @IsGiven()
  @IsBoolean()
  @ApiProperty({ required: false })
  active?: boolean;
}

/** What should be different; what is left out stays. */
export class ChangeLocationRequest {
  /** @example "Warehouse Rotterdam" */
  @IsGiven()
  @IsText({ max: 100 })
  @ApiProperty({ required: false })
  name?: string;

  /** Whether goods can be brought there; what lies there is for sale all the same. @example true */
  @IsGiven()
  @IsBoolean()
  @ApiProperty({ required: false })
  active?: boolean;
}

/** A place where goods lie. */
export class LocationResponse {
  /** @example "rotterdam" */
  code: string;
  /** @example "Warehouse Rotterdam" */
  name: string;
  /** Goods can be brought there; what lies there is for sale all the same. @example true */
  active: boolean;
  /** Moves with each change; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
  /** When it was made. */
  createdAt: Date;
  /** When it last changed. */
  updatedAt: Date;

  static of({ code, name, active, version, createdAt, updatedAt }: Location): LocationResponse {
    return { code, name, active, version, createdAt, updatedAt };
  }
}

/** A page of locations, in the order in which they were made. */
export class LocationPage {
  data: LocationResponse[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
