import { Injectable } from '@nestjs/common';
import { Shelf } from '../products/shelf.js';

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
  constructor(private readonly shelf: Shelf) {}

  /** `resold` says that it may also be sold further, or less far, than before. */
  changed(changes: StockChange[], { resold = false } = {}): void {
    const real = changes.filter((change) => change.productId !== null);
    this.shelf.restocked(
      real.map(({ productId }) => productId as string),
      resold || real.some(({ before, after, beyond }) => before + beyond > 0 !== after + beyond > 0),
    );
  }
}
