import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { IsGiven } from '../../platform/index.js';
import { Address, AddressResponse } from './address.dto.js';

/** An address to keep. */
export class AddAddressRequest extends Address {
  /** Goods go there unless an order says otherwise. The first address is, whatever this says. */
  @IsGiven()
  @IsBoolean()
  @ApiProperty({ required: false })
  defaultShipping?: boolean;
  /** Who pays, unless an order says otherwise. The first address is, whatever this says. */
  @IsGiven()
  @IsBoolean()
  @ApiProperty({ required: false })
  defaultBilling?: boolean;
}

/** An address that is kept, whole: what is left out becomes null, but for the two defaults, which stay. */
export class ReplaceAddressRequest extends AddAddressRequest {}

export interface KeptAddress extends AddressResponse {
  id: string;
  defaultShipping: boolean;
  defaultBilling: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** An address of a customer. */
export class KeptAddressResponse extends AddressResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Goods go there unless an order says otherwise. */
  defaultShipping: boolean;
  /** Who pays, unless an order says otherwise. */
  defaultBilling: boolean;
  createdAt: Date;
  updatedAt: Date;

  static from(kept: KeptAddress): KeptAddressResponse {
    const { id, defaultShipping, defaultBilling, createdAt, updatedAt } = kept;
    return { id, ...AddressResponse.of(kept), defaultShipping, defaultBilling, createdAt, updatedAt };
  }
}

/** A page of addresses. */
export class AddressListResponse {
  /** In the order in which they were added. */
  data: KeptAddressResponse[];
  /** Pass it as `cursor` to get the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
