import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, ParseUuid, Refuses, Requires } from '../platform/index.js';
import { CancelOrderRequest, OrderResponse } from './orders.dto.js';
import { OrderNotCancellable } from './orders.errors.js';
import { OrdersService } from './orders.service.js';

@ApiTags('orders')
@Controller('orders/:id/cancellation')
export class CancellationsController {
  constructor(private readonly orders: OrdersService) {}

  /**
   * Cancel an order
   * @remarks Puts the stock back, and voids or refunds what was authorised or taken. Repeating it changes nothing.
   */
  @Post()
  @HttpCode(200)
  @Requires('orders:cancel', { orOwner: true })
  @Refuses(OrderNotCancellable)
  async create(
    @Param('id', ParseUuid) id: string,
    @Body() { reason }: CancelOrderRequest,
    @CurrentUser() caller: Caller,
  ): Promise<OrderResponse> {
    const { order, lines, payments } = await this.orders.cancel(id, caller, reason ?? null);
    return OrderResponse.of(order, lines, payments);
  }
}
