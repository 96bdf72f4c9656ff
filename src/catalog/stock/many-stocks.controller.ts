import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, Refuses, Requires, ValidationFailed } from '../../platform/index.js';
import type { Booking } from './bookings.js';
import { MAIN } from './locations/location.entity.js';
import { AdjustManyRequest, CountManyRequest, StockOutcome, StockOutcomes } from './many-stocks.dto.js';
import { Stocktaking } from './stocktaking.js';

@ApiTags('stock')
@Controller('stock')
export class ManyStocksController {
  constructor(private readonly stocktaking: Stocktaking) {}

  /**
   * Adjust the stock of many variants
   * @remarks Up to 500 at one location. Each is done or refused on its own, and told so.
   */
  @Post('adjustments')
  @HttpCode(200)
  @Requires('stock:write')
  @Refuses(ValidationFailed)
  adjust(
    @Body() { location, reason, items }: AdjustManyRequest,
    @CurrentUser() caller: Caller,
  ): Promise<StockOutcomes> {
    return this.book({ kind: 'adjustment', location: location ?? MAIN, reason, by: caller.id, items });
  }

  /**
   * Count the stock of many variants
   * @remarks Up to 500 at one location. Each is done or refused on its own, and told so; of those that have changed since
   * `version`, look and count again.
   */
  @Post('counts')
  @HttpCode(200)
  @Requires('stock:write')
  @Refuses(ValidationFailed)
  count(@Body() { location, reason, items }: CountManyRequest, @CurrentUser() caller: Caller): Promise<StockOutcomes> {
    const counted = items.map(({ variantId, onHand, version }) => ({ variantId, counted: onHand, version }));
    return this.book({ kind: 'count', location: location ?? MAIN, reason, by: caller.id, items: counted });
  }

  private async book(booking: Booking): Promise<StockOutcomes> {
    const booked = await this.stocktaking.bookMany(booking);
    return { data: booked.map((item) => StockOutcome.of(item, booking.location)) };
  }
}
