import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BadCursor,
  type Caller,
  CurrentUser,
  PageQuery,
  ParseUuid,
  Refuses,
  Requires,
  ValidationFailed,
} from '../../platform/index.js';
import { StockBelowReserved } from '../catalog.errors.js';
import { AdjustStockRequest, StockMovementPage, StockMovementResponse, StockResponse } from './stock.dto.js';
import { Stocktaking } from './stocktaking.js';

@ApiTags('catalog')
@Controller('variants/:id/stock')
export class StockController {
  constructor(private readonly stocktaking: Stocktaking) {}

  /** Read the stock of a variant */
  @Get()
  @Requires('stock:read')
  async read(@Param('id', ParseUuid) id: string): Promise<StockResponse> {
    return StockResponse.of(await this.stocktaking.level(id));
  }

  /**
   * Adjust the stock of a variant
   * @remarks By what came or went, not to what there is, so that sales in between are not lost. Answers the new stock.
   */
  @Post('adjustments')
  @HttpCode(200)
  @Requires('stock:write')
  @Refuses(StockBelowReserved, ValidationFailed)
  async adjust(
    @Param('id', ParseUuid) id: string,
    @Body() request: AdjustStockRequest,
    @CurrentUser() caller: Caller,
  ): Promise<StockResponse> {
    return StockResponse.of(await this.stocktaking.adjust(id, request, caller));
  }

  /**
   * List what moved
   * @remarks Newest first: openings, adjustments, imports, reservations and releases. They add up to the stock.
   */
  @Get('movements')
  @Requires('stock:read')
  @Refuses(BadCursor)
  async movements(@Param('id', ParseUuid) id: string, @Query() query: PageQuery): Promise<StockMovementPage> {
    const { data, nextCursor } = await this.stocktaking.movements(id, query);
    return { data: data.map(StockMovementResponse.of), nextCursor };
  }
}
