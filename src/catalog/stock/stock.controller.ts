import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BadCursor,
  type Caller,
  CurrentUser,
  IfMatch,
  PageQuery,
  ParseUuid,
  Refuses,
  Requires,
  Stale,
  ValidationFailed,
  Versioned,
} from '../../platform/index.js';
import { StockBelowReserved } from '../catalog.errors.js';
import { SellingTerms } from './selling-terms.js';
import {
  AdjustStockRequest,
  ChangeStockRequest,
  CountStockRequest,
  StockMovementPage,
  StockMovementResponse,
  StockResponse,
} from './stock.dto.js';
import { StockNotAtLocation } from './stock.errors.js';
import { Stocktaking } from './stocktaking.js';

@ApiTags('stock')
@Controller('variants/:id/stock')
export class StockController {
  constructor(
    private readonly stocktaking: Stocktaking,
    private readonly terms: SellingTerms,
  ) {}

  /**
   * Read the stock of a variant
   * @remarks The ETag names the version of what lies where and of how it is sold. Sales do not move it, so the answer is
   * always a whole one, never a 304.
   */
  @Get()
  @Requires('stock:read')
  @Versioned({ live: true })
  async read(@Param('id', ParseUuid) id: string): Promise<StockResponse> {
    return StockResponse.of(await this.stocktaking.level(id));
  }

  /**
   * Say how a variant is sold
   * @remarks How far beyond what is on hand, before it arrives or as back-orders, and from when on it is low.
   */
  @Patch()
  @Requires('stock:write')
  @Versioned()
  @Refuses(Stale, StockBelowReserved, ValidationFailed)
  async change(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: ChangeStockRequest,
  ): Promise<StockResponse> {
    return StockResponse.of(await this.terms.change(id, version, request));
  }

  /**
   * Adjust the stock of a variant
   * @remarks By what came or went, not to what there is, so that sales in between are not lost. Answers the new stock.
   */
  @Post('adjustments')
  @HttpCode(200)
  @Requires('stock:write')
  @Versioned()
  @Refuses(StockBelowReserved, StockNotAtLocation, ValidationFailed)
  async adjust(
    @Param('id', ParseUuid) id: string,
    @Body() request: AdjustStockRequest,
    @CurrentUser() caller: Caller,
  ): Promise<StockResponse> {
    return StockResponse.of(await this.stocktaking.adjust(id, request, caller));
  }

  /**
   * Count the stock of a variant
   * @remarks If-Match names the version that was seen before counting. When anybody has brought or taken goods since then,
   * at any location, the answer is 412: look and count again. Sales in between do no harm: what is promised stays promised,
   * and is still there to be counted.
   */
  @Post('counts')
  @HttpCode(200)
  @Requires('stock:write')
  @Versioned()
  @Refuses(Stale, StockBelowReserved, StockNotAtLocation, ValidationFailed)
  async count(
    @Param('id', ParseUuid) id: string,
    @IfMatch() version: number,
    @Body() request: CountStockRequest,
    @CurrentUser() caller: Caller,
  ): Promise<StockResponse> {
    return StockResponse.of(await this.stocktaking.count(id, version, request, caller));
  }

  /**
   * List what moved
   * @remarks Newest first: openings, adjustments, counts, imports, transfers, reservations and releases, and what was held
   * for carts. They add up to the stock.
   */
  @Get('movements')
  @Requires('stock:read')
  @Refuses(BadCursor)
  async movements(@Param('id', ParseUuid) id: string, @Query() query: PageQuery): Promise<StockMovementPage> {
    const { data, nextCursor } = await this.stocktaking.movements(id, query);
    return { data: data.map(StockMovementResponse.of), nextCursor };
  }
}
