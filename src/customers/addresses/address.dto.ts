import { ApiProperty } from '@nestjs/swagger';
import { IsISO31661Alpha2, IsOptional, Matches } from 'class-validator';
import { IsText } from '../../platform/index.js';
import { PostalCode, Region } from './address.validators.js';

const COUNTRY = { message: 'must be an ISO 3166-1 alpha-2 country code in capitals, such as DE.' };

/** Where something goes, or who pays. */
export class Address {
  /** Who lives there. @example "Ada Lovelace" */
  @IsText({ max: 200 })
  name: string;
  /** Street and number. @example "12 Harbour Street" */
  @IsText({ max: 200 })
  line1: string;
  /** Flat, floor, care of. @example "2nd floor" */
  @IsOptional()
  @IsText({ max: 200, min: 0 })
  @ApiProperty({ type: 'string', nullable: true, required: false })
  line2?: string | null;
  /** @example "Bremen" */
  @IsText({ max: 100 })
  city: string;
  /** State, province or county: needed in AU, BR, CA, CN, IN, JP, MX and US. @example "Bremen" */
  @Region()
  region?: string | null;
  /** Where the country has one, as it has them. @example "28195" */
  @PostalCode()
  postalCode?: string | null;
  /** ISO 3166-1 alpha-2 code. @example "DE" */
  @IsISO31661Alpha2(COUNTRY)
  @Matches(/^[A-Z]{2}$/, COUNTRY)
  @ApiProperty({ pattern: '^[A-Z]{2}$' })
  country: string;
  /** For the carrier. @example "+49 421 123456" */
  @IsOptional()
  @IsText({ max: 40, min: 0 })
  @ApiProperty({ type: 'string', nullable: true, required: false })
  phone?: string | null;
}

/** An address as it was stored: what was left out is null. */
export class AddressResponse {
  /** Who lives there. @example "Ada Lovelace" */
  name: string;
  /** Street and number. @example "12 Harbour Street" */
  line1: string;
  /** Flat, floor, care of. @example null */
  @ApiProperty({ type: 'string', nullable: true })
  line2: string | null;
  /** @example "Bremen" */
  city: string;
  /** State, province or county. @example null */
  @ApiProperty({ type: 'string', nullable: true })
  region: string | null;
  /** @example "28195" */
  @ApiProperty({ type: 'string', nullable: true })
  postalCode: string | null;
  /** ISO 3166-1 alpha-2 code. @example "DE" */
  country: string;
  /** @example null */
  @ApiProperty({ type: 'string', nullable: true })
  phone: string | null;

  static of(given: Address): AddressResponse {
    const { name, line1, line2 = null, city, region = null, postalCode = null, country, phone = null } = given;
    return { name, line1, line2, city, region, postalCode, country, phone };
  }
}
