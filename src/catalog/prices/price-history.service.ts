import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, isTime, NotFoundProblem, paginate } from '../../platform/index.js';
import { CatalogSettings } from '../catalog.settings.js';
import type { PriceHistoryQuery } from './variant-prices.dto.js';

export interface HistoryRow {
  currency: string;
  amount: number | null;
  compareAtAmount: number | null;
  since: Date;
}

/** What the public was shown, and when. */
@Injectable()
export class PriceHistory {
  constructor(
    private readonly database: Database,
    private readonly settings: CatalogSettings,
  ) {}

  /** The newest first, in one currency. @throws {NotFoundProblem} */
  async of(
    variantId: string,
    { limit, cursor, ...named }: PriceHistoryQuery,
  ): Promise<{ data: HistoryRow[]; nextCursor: string | null }> {
    const { currency = this.settings.currency } = named;
    const bind = JSON.stringify(['price-history', variantId, named]);
    const [before] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isTime]);
    const [rows] = await this.database.together([
      () =>
        this.database.query<HistoryRow>(
          `SELECT currency, amount, compare_at_amount AS "compareAtAmount", since FROM catalog.price_history
           WHERE variant_id = $1 AND currency = $2 ${before === undefined ? '' : 'AND since < $3'}
           ORDER BY since DESC LIMIT ${limit + 1}`,
          before === undefined ? [variantId, currency] : [variantId, currency, before],
        ),
      () => this.demand(variantId),
    ]);
    return paginate({ rows, limit, bind, cursorOf: ({ since }) => [since.toISOString()] });
  }

  /** Variants that were removed have a history all the same. */
  private async demand(variantId: string): Promise<void> {
    const found = await this.database.query('SELECT id FROM catalog.variants WHERE id = $1', [variantId]);
    if (found.length === 0) throw new NotFoundProblem('Variant', variantId);
  }
}
