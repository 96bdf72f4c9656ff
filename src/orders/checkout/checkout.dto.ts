import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsEmail, Matches, MaxLength, ValidateNested } from 'class-validator';
import { Address } from '../../customers/index.js';
import { ApiCode, IsCode, IsCurrency, IsGiven, IsText, MoneyInput } from '../../platform/index.js';
import { LineRequest } from '../carts/carts.dto.js';

/** How to pay. */
export class PaymentChoiceRequest {
  /** Name of the payment provider. @example "sandbox" */
  @IsText({ max: 50 })
  provider: string;
  /** The provider's token for the means of payment; never stored. @example "tok_ok" */
  @IsText({ max: 500 })
  token: string;
}

export class CheckoutRequest {
  @ValidateNested()
  @Type(() => PaymentChoiceRequest)
  payment: PaymentChoiceRequest;
  /** The total that was shown: refused with 409 when it is another one now. */
  @IsGiven()
  @ValidateNested()
  @Type(() => MoneyInput)
  expectedTotal?: MoneyInput;
}

export class PlaceOrderRequest extends CheckoutRequest {
  /** Where the confirmation goes. With one that is not their own, staff who see all orders take the order for whoever has it. @example "ada@example.com" */
  @IsEmail({}, { message: 'must be an e-mail address.' })
  @MaxLength(254)
  @ApiProperty({ format: 'email' })
  email: string;
  /** ISO 4217 code of the currency to pay in. @example "EUR" */
  @IsGiven()
  @IsCurrency()
  currency?: string;
  /** Where it is sold: a name that price lists use. One that none uses is fine. @example "web" */
  @IsGiven()
  @IsCode()
  @ApiCode({ required: false, example: 'web' })
  channel?: string;
  /** What to buy. The same variant twice is one line. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => LineRequest)
  items: LineRequest[];
  /** Where the goods go; decides shipping and tax. */
  @ValidateNested()
  @Type(() => Address)
  shippingAddress: Address;
  /** Who pays; the shipping address when left out. */
  @IsGiven()
  @ValidateNested()
  @Type(() => Address)
  billingAddress?: Address;
  /** Code of a shipping method; the cheapest that applies when left out. @example "standard" */
  @IsGiven()
  @Matches(/^[\w-]{1,50}$/, { message: 'must be the code of a shipping method.' })
  shippingMethod?: string;
}
