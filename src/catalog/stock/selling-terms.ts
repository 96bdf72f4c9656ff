import { Injectable } from '@nestjs/common';
import { Database, NotFoundProblem, Stale, Transactional, ValidationFailed } from '../../platform/index.js';
import { StockBelowReserved } from '../catalog.errors.js';
import { LEVEL_OF, LOCK_STOCK, SET_TERMS } from './levels.sql.js';
import { Shortage } from './shortage.js';
import type { ChangeStockRequest } from './stock.dto.js';
import { beyondOf, type StockLevel } from './stock-level.js';
import { StockWatch } from './stock-watch.js';

type Terms = Pick<StockLevel, 'backorderable' | 'beyondLimit' | 'preorderFrom' | 'lowStockAt'>;

/** How a variant is sold: how far beyond what is on hand, and from when on it is low. */
@Injectable()
export class SellingTerms {
  constructor(
    private readonly database: Database,
    private readonly watch: StockWatch,
    private readonly shortage: Shortage,
  ) {}

  /** @throws {NotFoundProblem} {Stale} {ValidationFailed} {StockBelowReserved} when more is promised than that allows. */
  @Transactional()
  async change(variantId: string, version: number, changes: ChangeStockRequest): Promise<StockLevel> {
    const [, [level]] = await this.database.together([
      () => this.database.query(LOCK_STOCK, [[variantId]]),
      () => this.read(variantId),
    ]);
    if (!level) throw new NotFoundProblem('Variant', variantId);
    if (level.version !== version) throw new Stale(level.version);
    const terms = termsAfter(level, changes);
    const { onHand, productId } = level;
    const freed = isCovered(level, terms) ? [] : await this.shortage.takeBack([variantId]);
    const reserved = freed[0] ? onHand - freed[0].after : level.reserved;
    if (!isCovered({ ...level, reserved }, terms)) throw new StockBelowReserved(0, onHand, reserved);
    const { backorderable, beyondLimit, preorderFrom, lowStockAt } = terms;
    const [, [after]] = await this.database.together([
      () => this.database.query(SET_TERMS, [variantId, backorderable, beyondLimit, preorderFrom, lowStockAt]),
      () => this.read(variantId),
    ]);
    const left = onHand - reserved;
    const changed = { variantId, productId, before: left, after: left, beyond: 0, lowStockAt };
    this.watch.changed([...freed, changed], { resold: true });
    return after ?? level;
  }

  private read(variantId: string): Promise<StockLevel[]> {
    return this.database.query<StockLevel>(LEVEL_OF, [variantId]);
  }
}

/** One limit serves both: what is sold before it arrives is no back-order. */
export function termsAfter(now: Terms, changes: ChangeStockRequest): Terms {
  const { backorderable, backorderLimit, preorder, lowStockAt = now.lowStockAt } = changes;
  if (preorder && backorderLimit !== undefined && backorderLimit !== null) {
    throw either('is either sold before it arrives or back-ordered, not both.');
  }
  if (preorder && backorderable === false) {
    throw either('is either sold before it arrives or not beyond what is on hand, not both.');
  }
  const sold = soldAfter(now, changes);
  return { ...sold, backorderable: backorderable ?? sold.backorderable, lowStockAt };
}

const either = (message: string) => new ValidationFailed([{ pointer: '/preorder', code: 'either', message }]);

function soldAfter(now: Terms, changes: ChangeStockRequest): Omit<Terms, 'lowStockAt'> {
  const { backorderLimit, preorder } = changes;
  if (preorder) {
    return { backorderable: true, beyondLimit: preorder.limit, preorderFrom: new Date(preorder.availableFrom) };
  }
  // One that is over does not come back with back-orders that are allowed later.
  const isOver = preorder === null || changes.backorderable === false || !now.backorderable;
  const ended = now.preorderFrom !== null && isOver;
  const { backorderable, beyondLimit, preorderFrom } = ended
    ? { backorderable: false, beyondLimit: null, preorderFrom: null }
    : now;
  if (backorderLimit === undefined) return { backorderable, beyondLimit, preorderFrom };
  return { backorderable: backorderable || backorderLimit !== null, beyondLimit: backorderLimit, preorderFrom: null };
}

function isCovered({ onHand, reserved, elsewhere }: StockLevel, terms: Terms): boolean {
  const beyond = beyondOf(terms);
  return (terms.backorderable || onHand >= elsewhere) && (beyond === null || reserved <= onHand + beyond);
}
