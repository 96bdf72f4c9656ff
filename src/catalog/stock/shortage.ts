import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { OutOfStock } from '../catalog.errors.js';
import { END_EXPIRED } from './holds/holds.sql.js';
import { AVAILABLE } from './stock.sql.js';
import type { StockChange } from './stock-watch.js';

/** What to do when there is not enough of something. */
@Injectable()
export class Shortage {
  constructor(private readonly database: Database) {}

  /**
   * Takes back what is held too long of the missing variants, whose stock is locked, and tries again. Gives what was changed
   * by that.
   * @throws {OutOfStock} when that was not enough.
   */
  async overcome(
    reference: string,
    wanted: Map<string, number>,
    done: StockChange[],
    again: () => Promise<StockChange[]>,
  ): Promise<StockChange[]> {
    const short = missing(wanted, done);
    if (short.length === 0) return [];
    const freed = await this.takeBack(short);
    const more = freed.length > 0 ? await again() : [];
    const left = missing(wanted, [...done, ...more]);
    if (left.length > 0) await this.refuse(reference, wanted, left);
    return [...freed, ...more];
  }

  /** Takes back what is held of these variants, whose stock is locked, by those whose time is over. Gives what was changed by that. */
  async takeBack(variantIds: string[]): Promise<StockChange[]> {
    return variantIds.length === 0 ? [] : this.database.query<StockChange>(END_EXPIRED, [variantIds]);
  }

  private async refuse(reference: string, wanted: Map<string, number>, short: string[]): Promise<never> {
    const rows = await this.database.query<{ variantId: string; available: number }>(AVAILABLE, [short, reference]);
    throw new OutOfStock(
      rows.map(({ variantId, available }) => ({ variantId, requested: wanted.get(variantId) ?? 0, available })),
    );
  }
}

function missing(wanted: Map<string, number>, done: StockChange[]): string[] {
  const served = new Set(done.map(({ variantId }) => variantId));
  return [...wanted.keys()].filter((variantId) => !served.has(variantId));
}
