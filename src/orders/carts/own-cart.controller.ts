import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, NotFoundProblem, Refuses, SignedIn } from '../../platform/index.js';
import { CartNotOpen, ShippingMethodUnavailable, TooManyLines, TotalTooLarge } from '../orders.errors.js';
import { CartResponse, MergeCartRequest } from './carts.dto.js';
import { CartsService } from './carts.service.js';

@ApiTags('carts')
@Controller('me/cart')
export class OwnCartController {
  constructor(private readonly carts: CartsService) {}

  /**
   * Read your own cart
   * @remarks The open cart that you started last, on whatever device.
   */
  @Get()
  @SignedIn()
  @Refuses(NotFoundProblem, ShippingMethodUnavailable, TotalTooLarge)
  async read(@CurrentUser() caller: Caller): Promise<CartResponse> {
    return CartResponse.of(await this.carts.readOwn(caller));
  }

  /**
   * Take a guest cart along after signing in
   * @remarks Its items are added to your own cart, or it becomes your cart when you have none. Repeating it changes
   * nothing.
   */
  @Post('merges')
  @HttpCode(200)
  @SignedIn()
  @Refuses(NotFoundProblem, CartNotOpen, TooManyLines, ShippingMethodUnavailable, TotalTooLarge)
  async merge(@Body() { cartId }: MergeCartRequest, @CurrentUser() caller: Caller): Promise<CartResponse> {
    return CartResponse.of(await this.carts.merge(cartId, caller));
  }
}
