import { DomainEvent } from '../platform/index.js';

/** A product exists now; it may still be a draft. */
@DomainEvent('catalog.product_created')
export class ProductCreated {
  constructor(
    readonly productId: string,
    readonly slug: string,
  ) {}
}

/** The product, one of its variants or one of its prices has changed. */
@DomainEvent('catalog.product_changed')
export class ProductChanged {
  constructor(
    readonly productId: string,
    readonly version: number,
  ) {}
}

/** Pictures of the product were added, moved, described or taken away; its version stays. */
@DomainEvent('catalog.media_changed')
export class MediaChanged {
  constructor(readonly productId: string) {}
}

/** The product is no longer sold. */
@DomainEvent('catalog.product_archived')
export class ProductArchived {
  constructor(readonly productId: string) {}
}

/** A price list or one of its prices has changed; said again once products are shown as it says, and when it begins or ends. */
@DomainEvent('catalog.price_list_changed')
export class PriceListChanged {
  constructor(readonly priceListId: string) {}
}

/** Someone counted, received or wrote off goods. Sales do not say this: their movements are the record. */
@DomainEvent('catalog.stock_changed')
export class StockChanged {
  constructor(
    readonly variantId: string,
    readonly delta: number,
    readonly onHand: number,
    readonly reserved: number,
  ) {}
}
