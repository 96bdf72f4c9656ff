import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsInt,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Address, AddressResponse } from '../../customers/index.js';
import { ApiCode, IsCode, IsCurrency, IsGiven, Money } from '../../platform/index.js';
import { ItemPriceResponse } from '../checkout/item-price.dto.js';
import type { Quote } from '../checkout/shipping-methods.js';
import { TotalsResponse } from '../checkout/totals.dto.js';
import type { PricedCart } from './carts.service.js';

export class LineRequest {
  /** Variant to buy. */
  @IsUUID()
  variantId: string;
  /** How many, 1 to 999. @example 2 */
  @IsInt()
  @Min(1)
  @Max(999)
  @ApiProperty({ type: 'integer' })
  quantity: number;
}

export class CreateCartRequest {
  /** ISO 4217 code of the currency to pay in. @example "EUR" */
  @IsGiven()
  @IsCurrency()
  currency?: string;
  /** Where it is sold: a name that price lists use. One that none uses is fine. @example "web" */
  @IsGiven()
  @IsCode()
  @ApiCode({ required: false, example: 'web' })
  channel?: string;
  /** What to put in at once. The same variant twice is one line. */
  @IsGiven()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => LineRequest)
  items?: LineRequest[];
}

export class ChangeCartRequest {
  /** Where the confirmation goes. With one that is not their own, staff who see all orders fill the cart for whoever has it. @example "ada@example.com" */
  @IsOptional()
  @IsEmail({}, { message: 'must be an e-mail address.' })
  @MaxLength(254)
  @ApiProperty({ type: 'string', nullable: true, required: false, format: 'email' })
  email?: string | null;
  /** Where the goods go; decides shipping and tax. */
  @IsOptional()
  @ValidateNested()
  @Type(() => Address)
  @ApiProperty({ type: () => Address, nullable: true, required: false })
  shippingAddress?: Address | null;
  /** Who pays; the shipping address when left out. */
  @IsOptional()
  @ValidateNested()
  @Type(() => Address)
  @ApiProperty({ type: () => Address, nullable: true, required: false })
  billingAddress?: Address | null;
  /** Code of a shipping method; the cheapest that applies when left out. @example "standard" */
  @IsOptional()
  @Matches(/^[\w-]{1,50}$/, { message: 'must be the code of a shipping method.' })
  @ApiProperty({ type: 'string', nullable: true, required: false })
  shippingMethod?: string | null;
}

export class SetItemRequest {
  /** How many; 0 removes the line. @example 2 */
  @IsInt()
  @Min(0)
  @Max(999)
  @ApiProperty({ type: 'integer' })
  quantity: number;
}

export class ReserveCartRequest {
  /** For how many minutes from now on, 1 to 60; 15 when left out. @example 15 */
  @IsGiven()
  @IsInt()
  @Min(1)
  @Max(60)
  @ApiProperty({ type: 'integer', required: false })
  minutes?: number;
}

export class MergeCartRequest {
  /** The guest's cart. */
  @IsUUID()
  cartId: string;
}

/** One line of a cart, priced as it is now. */
export class CartItemResponse {
  @ApiProperty({ format: 'uuid' })
  variantId: string;
  @ApiProperty({ format: 'uuid' })
  productId: string;
  /** @example "stoneware-mug" */
  slug: string;
  /** @example "MUG-BLUE" */
  sku: string;
  /** Name of the product. @example "Stoneware mug" */
  name: string;
  /** Title of the variant. @example "Blue" */
  variantTitle: string;
  /** A small picture. @example null */
  @ApiProperty({ type: 'string', nullable: true })
  thumbnail: string | null;
  /** @example 2 */
  @ApiProperty({ type: 'integer' })
  quantity: number;
  /** How many can be had now. @example 12 */
  @ApiProperty({ type: 'integer' })
  available: number;
  unitPrice: Money;
  price: ItemPriceResponse;
  /** `unitPrice` times `quantity`. */
  subtotal: Money;
}

/** A cart, priced as it is now. */
export class CartResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** `open` until it becomes an order or is merged into another cart. @example "open" */
  status: 'open' | 'ordered' | 'merged';
  /** @example "EUR" */
  currency: string;
  /** Where it is sold. @example "web" */
  @ApiProperty({ type: 'string', nullable: true })
  channel: string | null;
  /** @example "ada@example.com" */
  @ApiProperty({ type: 'string', nullable: true, format: 'email' })
  email: string | null;
  @ApiProperty({ type: () => AddressResponse, nullable: true })
  shippingAddress: AddressResponse | null;
  @ApiProperty({ type: () => AddressResponse, nullable: true })
  billingAddress: AddressResponse | null;
  /** Code of the shipping method that was chosen. @example null */
  @ApiProperty({ type: 'string', nullable: true })
  shippingMethod: string | null;
  items: CartItemResponse[];
  /** Variants in the cart that cannot be bought any more; they are in no amount. @example [] */
  unavailable: string[];
  totals: TotalsResponse;
  /** Until when the goods in it are set aside; they are not counted in `available` any more. @example null */
  @ApiProperty({ type: 'string', nullable: true, format: 'date-time' })
  reservedUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;

  static of({ cart, priced }: PricedCart): CartResponse {
    const { id, status, currency, channel, email, shippingAddress, billingAddress, shippingMethod } = cart;
    return {
      id,
      status,
      currency,
      channel,
      email,
      shippingAddress: shippingAddress && AddressResponse.of(shippingAddress),
      billingAddress: billingAddress && AddressResponse.of(billingAddress),
      shippingMethod,
      items: priced.lines.map((line) => ({
        variantId: line.variantId,
        productId: line.productId,
        slug: line.slug,
        sku: line.sku,
        name: line.name,
        variantTitle: line.variantTitle,
        thumbnail: line.thumbnail,
        quantity: line.quantity,
        available: line.available,
        unitPrice: { amount: line.unitAmount, currency },
        price: ItemPriceResponse.of(line, currency),
        subtotal: { amount: line.unitAmount * line.quantity, currency },
      })),
      unavailable: priced.missing,
      totals: TotalsResponse.of({
        ...priced.totals,
        currency,
        itemCount: priced.lines.reduce((count, { quantity }) => count + quantity, 0),
        taxIncluded: priced.taxIncluded,
        taxRate: priced.taxRate,
        shippingName: priced.shipping?.name ?? null,
        country: shippingAddress?.country,
      }),
      reservedUntil: cart.reservedUntil,
      createdAt: cart.createdAt,
      updatedAt: cart.updatedAt,
    };
  }
}

/** A way to ship the cart. */
export class ShippingMethodResponse {
  /** @example "standard" */
  code: string;
  /** @example "Standard" */
  name: string;
  price: Money;
}

export class ShippingMethodsResponse {
  /** Cheapest first. */
  data: ShippingMethodResponse[];

  static of({ quotes, currency }: { quotes: Quote[]; currency: string }): ShippingMethodsResponse {
    return { data: quotes.map(({ code, name, amount }) => ({ code, name, price: { amount, currency } })) };
  }
}
