import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  decodeCursor,
  Events,
  isId,
  isTime,
  NotFoundProblem,
  type PageQuery,
  paginate,
  Transactional,
  ValidationFailed,
} from '../../platform/index.js';
import { StockBelowReserved } from '../catalog.errors.js';
import { StockChanged } from '../catalog.events.js';
import { Shelf } from '../products/shelf.js';
import type { AdjustStockRequest } from './stock.dto.js';
import { ADJUST, LEVEL_OF, MOVEMENTS } from './stock.sql.js';

/** What the database can count. */
const MOST = 2_147_483_647;

/** What is on hand of a variant, and how much of it is promised. */
export interface StockLevel {
  variantId: string;
  onHand: number;
  reserved: number;
  backorderable: boolean;
  updatedAt: Date;
}

/** One change of stock. */
export interface StockMovement {
  id: string;
  kind: string;
  deltaOnHand: number;
  deltaReserved: number;
  reason: string | null;
  reference: string | null;
  location: string | null;
  createdBy: string | null;
  createdAt: Date;
}

/** Counting, receiving and writing off goods, and looking up what moved. */
@Injectable()
export class Stocktaking {
  constructor(
    private readonly database: Database,
    private readonly shelf: Shelf,
    private readonly events: Events,
  ) {}

  async level(variantId: string): Promise<StockLevel> {
    const [level] = await this.database.query<StockLevel>(LEVEL_OF, [variantId]);
    if (!level) throw new NotFoundProblem('Variant', variantId);
    return level;
  }

  @Transactional()
  async adjust(variantId: string, { delta, reason, location }: AdjustStockRequest, by: Caller): Promise<StockLevel> {
    const [row] = await this.database.query<StockLevel & { productId: string }>(ADJUST, [
      variantId,
      delta,
      reason,
      location ?? null,
      by.id,
    ]);
    if (!row) {
      const { onHand, reserved } = await this.level(variantId);
      if (Math.abs(onHand + delta) > MOST) {
        const message = `must not bring what is on hand beyond ${MOST}; it is ${onHand} now.`;
        throw new ValidationFailed([{ pointer: '/delta', code: 'max', message }]);
      }
      throw new StockBelowReserved(delta, onHand, reserved);
    }
    const { productId, ...level } = row;
    const after = level.onHand - level.reserved;
    this.shelf.restocked([productId], after > 0 !== after - delta > 0);
    this.events.publish(new StockChanged(variantId, delta, level.onHand, level.reserved));
    return level;
  }

  async movements(
    variantId: string,
    { limit, cursor }: PageQuery,
  ): Promise<{ data: StockMovement[]; nextCursor: string | null }> {
    const [at = null, id = null] = cursor === undefined ? [] : decodeCursor(cursor, variantId, [isTime, isId]);
    const rows = await this.database.query<StockMovement>(MOVEMENTS, [variantId, at, id, limit + 1]);
    if (rows.length === 0) await this.level(variantId);
    return paginate({ rows, limit, bind: variantId, cursorOf: (row) => [row.createdAt.toISOString(), row.id] });
  }
}
