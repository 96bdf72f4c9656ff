import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  decodeCursor,
  isId,
  isTime,
  NotFoundProblem,
  type PageQuery,
  paginate,
  Transactional,
} from '../../platform/index.js';
import { type Booked, type Booking, Bookings, refusalOf } from './bookings.js';
import { LEVEL_OF, movementsOf } from './levels.sql.js';
import { MAIN } from './locations/location.entity.js';
import type { AdjustStockRequest, CountStockRequest } from './stock.dto.js';
import type { StockLevel, StockMovement } from './stock-level.js';

/** Counting, receiving and writing off goods, and looking up what moved. */
@Injectable()
export class Stocktaking {
  constructor(
    private readonly database: Database,
    private readonly bookings: Bookings,
  ) {}

  /** @throws {NotFoundProblem} */
  async level(variantId: string): Promise<StockLevel> {
    return found(variantId, await this.database.query<StockLevel>(LEVEL_OF, [variantId]));
  }

  /** @throws {StockBelowReserved} {StockNotAtLocation} {ValidationFailed} {NotFoundProblem} */
  adjust(variantId: string, { delta, reason, location }: AdjustStockRequest, by: Caller): Promise<StockLevel> {
    const items = [{ variantId, delta }];
    return this.book({ location: location ?? MAIN, kind: 'adjustment', reason, by: by.id, items }, '/delta');
  }

  /** Nobody's change since `version` is overwritten. @throws {Stale} and what {@link adjust} does */
  count(
    variantId: string,
    version: number,
    { onHand, reason, location }: CountStockRequest,
    by: Caller,
  ): Promise<StockLevel> {
    const items = [{ variantId, counted: onHand, version }];
    return this.book({ location: location ?? MAIN, kind: 'count', reason, by: by.id, items }, '/onHand');
  }

  /** Each item is done or turned down on its own. @throws {ValidationFailed} */
  @Transactional()
  async bookMany(booking: Booking): Promise<Booked[]> {
    return this.bookings.book(booking);
  }

  async movements(
    variantId: string,
    { limit, cursor }: PageQuery,
  ): Promise<{ data: StockMovement[]; nextCursor: string | null }> {
    const after = cursor === undefined ? [] : decodeCursor(cursor, variantId, [isTime, isId]);
    const movements = movementsOf(after.length > 0, limit + 1);
    const rows = await this.database.query<StockMovement>(movements, [variantId, ...after]);
    if (rows.length === 0) await this.level(variantId);
    return paginate({ rows, limit, bind: variantId, cursorOf: (row) => [row.createdAt.toISOString(), row.id] });
  }

  @Transactional()
  private async book(booking: Booking, pointer: string): Promise<StockLevel> {
    const [{ variantId = '' } = {}] = booking.items;
    const [rows, [read]] = await this.database.together([
      () => this.bookings.book(booking),
      () => this.database.query<StockLevel>(LEVEL_OF, [variantId]),
    ]);
    for (const row of rows) {
      const refusal = refusalOf(row, booking.location, pointer);
      if (refusal) throw refusal;
    }
    // It was booked after this was read, where something was in the way at first.
    return read && read.version === rows[0]?.version ? read : this.level(variantId);
  }
}

function found(variantId: string, [level]: StockLevel[]): StockLevel {
  if (!level) throw new NotFoundProblem('Variant', variantId);
  return level;
}
