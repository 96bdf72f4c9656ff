import { Body, Controller, Delete, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OutOfStock } from '../../catalog/index.js';
import { type Caller, CurrentUser, ParseUuid, Public, Refuses } from '../../platform/index.js';
import {
  CartNotOpen,
  CheckoutIncomplete,
  ReservationsNotOffered,
  ShippingMethodUnavailable,
  TotalTooLarge,
  VariantNotSold,
} from '../orders.errors.js';
import { CartResponse, ReserveCartRequest } from './carts.dto.js';
import { Reservations } from './reservations.service.js';

const MINUTES = 15;

@ApiTags('carts')
@Controller('carts/:id/reservation')
export class ReservationsController {
  constructor(private readonly reservations: Reservations) {}

  /**
   * Set aside what is in a cart
   * @remarks Nobody else can buy it until `reservedUntil`, and the checkout takes it over. Asking again makes it last
   * longer. All of it or nothing.
   */
  @Put()
  @Public()
  @Refuses(
    CartNotOpen,
    CheckoutIncomplete,
    OutOfStock,
    ReservationsNotOffered,
    ShippingMethodUnavailable,
    TotalTooLarge,
    VariantNotSold,
  )
  async reserve(
    @Param('id', ParseUuid) id: string,
    @Body() { minutes = MINUTES }: ReserveCartRequest,
    @CurrentUser() caller: Caller,
  ): Promise<CartResponse> {
    return CartResponse.of(await this.reservations.reserve(id, caller, minutes));
  }

  /**
   * Give back what was set aside for a cart
   * @remarks What is in the cart stays in it.
   */
  @Delete()
  @HttpCode(204)
  @Public()
  async giveBack(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<void> {
    await this.reservations.giveBack(id, caller);
  }
}
