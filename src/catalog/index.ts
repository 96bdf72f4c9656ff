/** Catalog: what is for sale, what it costs and how much of it there is. Knows no carts and no orders, only references. */
export { OutOfStock, type ShortLine } from './catalog.errors.js';
export { PriceListChanged, ProductArchived, ProductChanged, ProductCreated, StockChanged } from './catalog.events.js';
export { CatalogModule } from './catalog.module.js';
export { DemoCatalog } from './demo/demo-catalog.js';
export { CatalogImport } from './imports/catalog-import.js';
export { type LinePrice, PriceBook, type PricedLine } from './prices/price-book.js';
export { ShopperGroups } from './prices/shopper-groups.js';
export { Holds } from './stock/holds/holds.service.js';
export { StockBack, StockLow, StockOut } from './stock/stock.events.js';
export { Stock } from './stock/stock.js';
export type { StockLine } from './stock/stock-lines.js';
