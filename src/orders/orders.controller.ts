import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, ParseUuid, Requires, SignedIn } from '../platform/index.js';
import { ListOrdersQuery, OrderPageResponse, OrderResponse } from './orders.dto.js';
import { OrdersService, type WholeOrder } from './orders.service.js';

@ApiTags('orders')
@Controller()
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  /**
   * List orders
   * @remarks Staff see all orders, a shopper their own.
   */
  @Get('orders')
  @Requires('orders:read', { orOwner: true })
  async list(@Query() query: ListOrdersQuery, @CurrentUser() caller: Caller): Promise<OrderPageResponse> {
    const { data, nextCursor } = await this.orders.list(query, caller);
    return { data: data.map(response), nextCursor };
  }

  /**
   * List what you have bought
   * @remarks Your own orders only, whatever else you may see.
   */
  @Get('me/orders')
  @SignedIn()
  async listOwn(@Query() query: ListOrdersQuery, @CurrentUser() caller: Caller): Promise<OrderPageResponse> {
    const { data, nextCursor } = await this.orders.list(query, { ...caller, can: () => false });
    return { data: data.map(response), nextCursor };
  }

  /** Read an order */
  @Get('orders/:id')
  @Requires('orders:read', { orOwner: true })
  async read(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<OrderResponse> {
    return response(await this.orders.read(id, caller));
  }
}

const response = ({ order, lines, payments }: WholeOrder): OrderResponse => OrderResponse.of(order, lines, payments);
