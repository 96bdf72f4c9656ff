import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { AddressResponse } from '../customers/index.js';
import { NextActionResponse, type Payment, PaymentSummary } from '../payments/index.js';
import { IsText, Money, PageQuery } from '../platform/index.js';
import { ItemPriceResponse } from './checkout/item-price.dto.js';
import { TotalsResponse } from './checkout/totals.dto.js';
import type { Order, OrderLine } from './order.entity.js';

const STATUSES = ['pending', 'placed', 'completed', 'cancelled'] as const;
const PAYMENT_STATUSES = [
  'pending',
  'requires_action',
  'authorized',
  'paid',
  'partially_refunded',
  'refunded',
  'voided',
  'failed',
] as const;
const FULFILLMENT_STATUSES = ['unfulfilled', 'partially_fulfilled', 'fulfilled', 'returned'] as const;

export class ListOrdersQuery extends PageQuery {
  /** Only orders in this status. */
  @IsOptional()
  @IsIn(STATUSES)
  @ApiProperty({ enum: STATUSES, required: false })
  status?: (typeof STATUSES)[number];
  /** Only orders whose money is in this state. */
  @IsOptional()
  @IsIn(PAYMENT_STATUSES)
  @ApiProperty({ enum: PAYMENT_STATUSES, required: false })
  paymentStatus?: (typeof PAYMENT_STATUSES)[number];
  /** Only orders placed with this e-mail address. @example "ada@example.com" */
  @IsOptional()
  @IsString()
  @MaxLength(254)
  email?: string;
  /** Only the order with this number. @example "G-100042" */
  @IsOptional()
  @IsString()
  @MaxLength(30)
  number?: string;
  /** Oldest or newest first. */
  @IsOptional()
  @IsIn(['createdAt', '-createdAt'])
  @ApiProperty({ enum: ['createdAt', '-createdAt'], default: '-createdAt', required: false })
  sort: 'createdAt' | '-createdAt' = '-createdAt';
}

export class CancelOrderRequest {
  /** Why, for the record. @example "Ordered twice by mistake." */
  @IsOptional()
  @IsText({ max: 500, multiline: true })
  @ApiProperty({ type: 'string', nullable: true, required: false, maxLength: 500 })
  reason?: string | null;
}

/** One line of an order, as it was agreed. */
export class OrderItemResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'uuid' })
  variantId: string;
  @ApiProperty({ format: 'uuid' })
  productId: string;
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
  unitPrice: Money;
  price: ItemPriceResponse;
  /** `unitPrice` times `quantity`. */
  subtotal: Money;
  /** This line's share of the tax. */
  tax: Money;
  /** What the line costs in the end. */
  total: Money;
}

/** What was bought. */
export class OrderResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The number that people see. @example "G-100042" */
  number: string;
  /** `pending` until the money is certain. */
  @ApiProperty({ enum: STATUSES, example: 'placed' })
  status: (typeof STATUSES)[number];
  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'paid' })
  paymentStatus: (typeof PAYMENT_STATUSES)[number];
  @ApiProperty({ enum: FULFILLMENT_STATUSES })
  fulfillmentStatus: (typeof FULFILLMENT_STATUSES)[number];
  /** @example "ada@example.com" */
  @ApiProperty({ format: 'email' })
  email: string;
  /** Where it was sold. @example "web" */
  @ApiProperty({ type: 'string', nullable: true })
  channel: string | null;
  items: OrderItemResponse[];
  totals: TotalsResponse;
  shippingAddress: AddressResponse;
  billingAddress: AddressResponse;
  /** Code of the shipping method. @example "standard" */
  shippingMethod: string;
  /** Oldest first; a declined attempt stays on record. */
  payments: PaymentSummary[];
  /** What the payer must do for the order to be placed; null when nothing. */
  @ApiProperty({ type: () => NextActionResponse, nullable: true })
  nextAction: NextActionResponse | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  placedAt: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  cancelledAt: string | null;
  /** Why it was cancelled. @example null */
  @ApiProperty({ type: 'string', nullable: true })
  cancellationReason: string | null;
  /** Grows with each change. @example 2 */
  @ApiProperty({ type: 'integer' })
  version: number;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static of(order: Order, lines: OrderLine[], payments: Payment[]): OrderResponse {
    const { currency } = order;
    const money = (amount: number): Money => ({ amount, currency });
    return {
      id: order.id,
      number: order.number,
      status: order.status,
      paymentStatus: order.paymentStatus,
      fulfillmentStatus: order.fulfillmentStatus,
      email: order.email,
      channel: order.channel,
      items: lines.map((line) => ({
        id: line.id,
        variantId: line.variantId,
        productId: line.productId,
        sku: line.sku,
        name: line.name,
        variantTitle: line.variantTitle,
        thumbnail: line.thumbnail,
        quantity: line.quantity,
        unitPrice: money(line.unitAmount),
        price: ItemPriceResponse.of(line, currency),
        subtotal: money(line.subtotal),
        tax: money(line.tax),
        total: money(line.total),
      })),
      totals: TotalsResponse.of({
        ...order,
        itemCount: lines.reduce((count, { quantity }) => count + quantity, 0),
        shippingName: order.shippingMethod,
        country: order.shippingAddress.country,
      }),
      shippingAddress: AddressResponse.of(order.shippingAddress),
      billingAddress: AddressResponse.of(order.billingAddress),
      shippingMethod: order.shippingMethod,
      payments: payments.map((payment) => PaymentSummary.of(payment)),
      nextAction: payments.at(-1)?.nextAction ?? null,
      placedAt: order.placedAt?.toISOString() ?? null,
      cancelledAt: order.cancelledAt?.toISOString() ?? null,
      cancellationReason: order.cancellationReason,
      version: order.version,
      createdAt: order.createdAt.toISOString(),
      updatedAt: order.updatedAt.toISOString(),
    };
  }
}

export class OrderPageResponse {
  data: OrderResponse[];
  /** Pass it as `cursor` for what follows; null at the end. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  nextCursor: string | null;
}
