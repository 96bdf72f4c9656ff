import { applyDecorators, Body, Controller, Param, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OutOfStock } from '../../catalog/index.js';
import {
  PaymentDeclined,
  PaymentInFlight,
  PaymentNotTaken,
  PaymentOutcomeUnknown,
  UnknownPaymentProvider,
} from '../../payments/index.js';
import { type Caller, Created, CurrentUser, Idempotent, ParseUuid, Public, Refuses } from '../../platform/index.js';
import { OrderResponse } from '../orders.dto.js';
import {
  CartNotOpen,
  CheckoutIncomplete,
  ShippingMethodUnavailable,
  TotalChanged,
  TotalTooLarge,
  VariantNotSold,
} from '../orders.errors.js';
import { CheckoutRequest, PlaceOrderRequest } from './checkout.dto.js';
import { CheckoutService, type Placed } from './checkout.service.js';

/** What both ways to an order have in common. */
const PlacesOrder = () =>
  applyDecorators(
    Public(),
    Idempotent({ phased: true }),
    Created('/v1/orders/:id'),
    ApiCreatedResponse({ type: OrderResponse, description: 'The order is placed.' }),
    ApiAcceptedResponse({ type: OrderResponse, description: 'The payer must act first: see `nextAction`.' }),
    Refuses(
      CartNotOpen,
      CheckoutIncomplete,
      OutOfStock,
      PaymentDeclined,
      PaymentInFlight,
      PaymentNotTaken,
      PaymentOutcomeUnknown,
      ShippingMethodUnavailable,
      TotalChanged,
      TotalTooLarge,
      UnknownPaymentProvider,
      VariantNotSold,
    ),
  );

@ApiTags('checkout')
@Controller()
export class CheckoutController {
  constructor(private readonly checkout: CheckoutService) {}

  /**
   * Buy what is in a cart
   * @remarks Reserves the stock, asks the payment provider, and places the order: all of it or nothing. After a 504 or
   * a lost answer, repeat the request with the same Idempotency-Key: it ends in one order and one charge.
   */
  @Post('carts/:id/checkout')
  @PlacesOrder()
  async cart(
    @Param('id', ParseUuid) cartId: string,
    @Body() { payment, expectedTotal }: CheckoutRequest,
    @CurrentUser() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderResponse> {
    return answer(reply, await this.checkout.checkout({ cartId, expectedTotal }, payment, caller));
  }

  /**
   * Buy in one call
   * @remarks For partners and tills: the same as filling a cart and checking out, and as safe to repeat.
   */
  @Post('orders')
  @PlacesOrder()
  async order(
    @Body() { payment, ...purchase }: PlaceOrderRequest,
    @CurrentUser() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderResponse> {
    const { email, currency, channel, items, shippingAddress, billingAddress, shippingMethod, expectedTotal } =
      purchase;
    const wanted = { email, currency, channel, items, shippingAddress, billingAddress, shippingMethod, expectedTotal };
    return answer(reply, await this.checkout.checkout(wanted, payment, caller));
  }
}

function answer(reply: FastifyReply, { status, order }: Placed): OrderResponse {
  reply.status(status);
  return order;
}
