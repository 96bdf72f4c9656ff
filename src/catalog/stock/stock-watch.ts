import { Injectable } from '@nestjs/common';
import { Events } from '../../platform/index.js';
import { Shelf } from '../products/shelf.js';
import { StockBack, StockLow, StockOut } from './stock.events.js';

/** What could be had of a variant before a change of its stock, and after it: on hand less reserved. */
export interface StockChange {
  variantId: string;
  /** Null where nothing has changed. */
  productId: string | null;
  before: number;
  after: number;
  /** How many may be sold beyond that. */
  beyond: number;
  lowStockAt: number | null;
}

/** What follows when the stock of variants has changed, in the same transaction. */
@Injectable()
export class StockWatch {
  constructor(
    private readonly shelf: Shelf,
    private readonly events: Events,
  ) {}

  /** `resold` says that it may also be sold further, or less far, than before. */
  changed(changes: StockChange[], { resold = false } = {}): void {
    const real = wholes(changes.filter((change) => change.productId !== null));
    this.shelf.restocked(
      real.map(({ productId }) => productId as string),
      resold || real.some(({ before, after, beyond }) => before + beyond > 0 !== after + beyond > 0),
    );
    const crossed = real.flatMap(crossings);
    if (crossed.length > 0) this.events.publish(...crossed);
  }
}

/** What changed several times in one transaction, from the first to the last: nobody saw it in between. */
function wholes(changes: StockChange[]): StockChange[] {
  const whole = new Map<string, StockChange>();
  for (const change of changes) {
    whole.set(change.variantId, { ...change, before: whole.get(change.variantId)?.before ?? change.before });
  }
  return [...whole.values()];
}

/** What is to be told: only when a line is crossed, not with each sale beyond it. */
export function crossings({ variantId, before, after, lowStockAt }: StockChange): object[] {
  const available = Math.max(0, after);
  const low = lowStockAt !== null && before > lowStockAt && after <= lowStockAt;
  return [
    ...(low ? [new StockLow(variantId, available)] : []),
    ...(before > 0 && after <= 0 ? [new StockOut(variantId, available)] : []),
    ...(before <= 0 && after > 0 ? [new StockBack(variantId, available)] : []),
  ];
}
