import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  CurrentUser,
  NotFoundProblem,
  ParseUuid,
  PermissionDenied,
  Public,
  Refuses,
  Requires,
} from '../../platform/index.js';
import { PriceExplanation } from './price-explanation.service.js';
import { PriceHistory } from './price-history.service.js';
import {
  PriceExplanationResponse,
  PriceHistoryPageResponse,
  PriceHistoryQuery,
  PriceQuery,
  ShownPriceResponse,
} from './variant-prices.dto.js';

@ApiTags('catalog')
@Controller('variants/:id')
export class VariantPricesController {
  constructor(
    private readonly explanation: PriceExplanation,
    private readonly history: PriceHistory,
  ) {}

  /**
   * Explain a price
   * @remarks What one of so many costs now, and what is on price lists beside it: for signed-in shoppers by the groups that
   * they belong to, as in their carts. Lists for other groups, for other channels and for another time are shown only with
   * `products:read`.
   */
  @Get('price')
  @Public()
  @Refuses(NotFoundProblem, PermissionDenied)
  async explain(
    @Param('id', ParseUuid) id: string,
    @Query() query: PriceQuery,
    @CurrentUser() caller: Caller,
  ): Promise<PriceExplanationResponse> {
    return PriceExplanationResponse.of(await this.explanation.of(id, query, caller));
  }

  /**
   * List the prices that a variant was shown with
   * @remarks Newest first: what the public saw where no channel is named, price lists included. It is kept for ever.
   */
  @Get('prices/history')
  @Requires('products:read')
  async listHistory(
    @Param('id', ParseUuid) id: string,
    @Query() query: PriceHistoryQuery,
  ): Promise<PriceHistoryPageResponse> {
    const { data, nextCursor } = await this.history.of(id, query);
    return { data: data.map(ShownPriceResponse.of), nextCursor };
  }
}
