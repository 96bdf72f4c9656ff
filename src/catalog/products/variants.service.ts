import { Injectable } from '@nestjs/common';
import { Database, refusing, Transactional } from '../../platform/index.js';
import { PriceBook } from '../prices/price-book.js';
import { Stock } from '../stock/stock.js';
import { type PriceDraft } from './insert-products.js';
import { checkedPrices, offerOf } from './offers.js';
import type { Product } from './product.entity.js';
import { ProductReads } from './product-reads.js';
import type { VariantResponse } from './product-responses.dto.js';
import { PRODUCT_REFUSALS, ProductsService } from './products.service.js';
import { Variant } from './variant.entity.js';
import type { AddVariantRequest, ChangeVariantRequest } from './variants.dto.js';

/** What can be bought of a product. The product's version guards all of it. */
@Injectable()
export class VariantsService {
  constructor(
    private readonly database: Database,
    private readonly reads: ProductReads,
    private readonly products: ProductsService,
    private readonly prices: PriceBook,
    private readonly stock: Stock,
  ) {}

  @Transactional()
  async add(productId: string, request: AddVariantRequest): Promise<VariantResponse> {
    const product = await this.products.lockWhole(productId);
    const offer = offerOf(request);
    const { product: _, ...columns } = product.addVariant(request);
    await refusing(this.database.manager.insert(Variant, columns), PRODUCT_REFUSALS);
    if (offer.prices.length > 0) await this.prices.put(columns.id, offer.prices);
    await this.stock.open([{ variantId: columns.id, onHand: offer.onHand, backorderable: offer.backorderable }]);
    await this.products.saveChanged(product);
    return this.reads.variant(columns.id);
  }

  @Transactional()
  async change(
    id: string,
    version: number,
    { backorderable, ...fields }: ChangeVariantRequest,
  ): Promise<VariantResponse> {
    const product = (await this.products.lockOf(id)).expect(version);
    const { variant, changed } = product.changeVariant(id, fields);
    const opened = backorderable !== undefined && (await this.stock.allowBackorders(id, backorderable));
    if (opened && !changed) product.touch();
    if (opened || changed) await this.saveVariant(product, variant);
    return this.reads.variant(id);
  }

  @Transactional()
  async remove(id: string, version: number): Promise<void> {
    const product = (await this.products.lockOf(id)).expect(version);
    await this.saveVariant(product, product.removeVariant(id));
  }

  @Transactional()
  async putPrices(id: string, version: number, prices: PriceDraft[]): Promise<VariantResponse> {
    const product = (await this.products.lockOf(id)).expect(version);
    product.requireOpen();
    if (await this.prices.put(id, checkedPrices(prices))) {
      product.touch();
      await this.products.saveChanged(product);
    }
    return this.reads.variant(id);
  }

  private async saveVariant(product: Product, { product: _, ...columns }: Variant): Promise<void> {
    await refusing(this.database.manager.update(Variant, { id: columns.id }, columns), PRODUCT_REFUSALS);
    await this.products.saveChanged(product);
  }
}
