import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OutOfStock } from '../../catalog/index.js';
import { type Caller, Created, CurrentUser, ParseUuid, Public, Refuses } from '../../platform/index.js';
import {
  CartNotOpen,
  ShippingMethodUnavailable,
  TooManyLines,
  TotalTooLarge,
  VariantNotSold,
} from '../orders.errors.js';
import {
  CartResponse,
  ChangeCartRequest,
  CreateCartRequest,
  SetItemRequest,
  ShippingMethodsResponse,
} from './carts.dto.js';
import { CartsService } from './carts.service.js';

@ApiTags('carts')
@Controller('carts')
export class CartsController {
  constructor(private readonly carts: CartsService) {}

  /**
   * Start a cart
   * @remarks A guest's cart belongs to whoever knows its id; a signed-in shopper's to the shopper alone.
   */
  @Post()
  @Public()
  @Created('/v1/carts/:id')
  @Refuses(VariantNotSold, TooManyLines, TotalTooLarge)
  async create(@Body() request: CreateCartRequest, @CurrentUser() caller: Caller): Promise<CartResponse> {
    const { currency, channel, items } = request;
    return CartResponse.of(await this.carts.create(caller, { currency, channel, items }));
  }

  /**
   * Read a cart
   * @remarks Prices, shipping and tax as they are now.
   */
  @Get(':id')
  @Public()
  @Refuses(ShippingMethodUnavailable, TotalTooLarge)
  async read(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<CartResponse> {
    return CartResponse.of(await this.carts.read(id, caller));
  }

  /**
   * Say where a cart goes and who buys it
   * @remarks Only what is sent changes; null clears.
   */
  @Patch(':id')
  @Public()
  @Refuses(CartNotOpen, ShippingMethodUnavailable, TotalTooLarge)
  async change(
    @Param('id', ParseUuid) id: string,
    @Body() changes: ChangeCartRequest,
    @CurrentUser() caller: Caller,
  ): Promise<CartResponse> {
    return CartResponse.of(await this.carts.change(id, caller, changes));
  }

  /**
   * Set how many of a variant are in a cart
   * @remarks Repeating it changes nothing. 0 removes the line. While the goods in the cart are set aside, so are those
   * that are added, or the answer is 409 `out_of_stock` and the cart stays as it was.
   */
  @Put(':id/items/:variantId')
  @Public()
  @Refuses(CartNotOpen, OutOfStock, VariantNotSold, TooManyLines, ShippingMethodUnavailable, TotalTooLarge)
  async setItem(
    @Param('id', ParseUuid) id: string,
    @Param('variantId', ParseUuid) variantId: string,
    @Body() { quantity }: SetItemRequest,
    @CurrentUser() caller: Caller,
  ): Promise<CartResponse> {
    return CartResponse.of(await this.carts.setItem(id, caller, { variantId, quantity }));
  }

  /** Remove a variant from a cart */
  @Delete(':id/items/:variantId')
  @HttpCode(204)
  @Public()
  @Refuses(CartNotOpen, OutOfStock)
  async removeItem(
    @Param('id', ParseUuid) id: string,
    @Param('variantId', ParseUuid) variantId: string,
    @CurrentUser() caller: Caller,
  ): Promise<void> {
    await this.carts.removeItem(id, caller, variantId);
  }

  /**
   * List the ways to ship a cart
   * @remarks Without a shipping address those that ship everywhere.
   */
  @Get(':id/shipping-methods')
  @Public()
  @Refuses(ShippingMethodUnavailable, TotalTooLarge)
  async shippingMethods(
    @Param('id', ParseUuid) id: string,
    @CurrentUser() caller: Caller,
  ): Promise<ShippingMethodsResponse> {
    return ShippingMethodsResponse.of(await this.carts.shippingMethods(id, caller));
  }
}
