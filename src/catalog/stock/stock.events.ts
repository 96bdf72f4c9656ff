import { DomainEvent } from '../../platform/index.js';

/** No more are available than staff said are few. Not told again until there were more in between. */
@DomainEvent('catalog.stock_low')
export class StockLow {
  constructor(
    readonly variantId: string,
    readonly available: number,
  ) {}
}

/** None are available any more. */
@DomainEvent('catalog.stock_out')
export class StockOut {
  constructor(
    readonly variantId: string,
    readonly available: number,
  ) {}
}

/** Some are available again, after there were none. */
@DomainEvent('catalog.stock_back')
export class StockBack {
  constructor(
    readonly variantId: string,
    readonly available: number,
  ) {}
}
