import { Injectable } from '@nestjs/common';
import { Database, refusing, Transactional } from '../../platform/index.js';
import { VariantsWouldGo } from '../catalog.errors.js';
import { insertVariants } from './insert-products.js';
import { offerOf } from './offers.js';
import type { PutOptionsRequest } from './options.dto.js';
import type { Product } from './product.entity.js';
import type { OptionValues } from './product-options.js';
import { ProductReads } from './product-reads.js';
import type { ProductResponse } from './product-responses.dto.js';
import { PRODUCT_REFUSALS, ProductsService } from './products.service.js';
import { slugOf } from './slug.js';
import { Variant, type VariantDraft } from './variant.entity.js';

/** Values may change places: first they are given up, then taken, so that no two variants have the same in between. */
const GIVE_UP = `
  UPDATE catalog.variants SET option_values = '{}' WHERE id = ANY ($1::uuid[]) AND option_values <> '{}'`;

const MAX_SKU = 64;

/** What a shopper chooses between, and the variants of each choice. */
@Injectable()
export class OptionsService {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
    private readonly reads: ProductReads,
  ) {}

  /** The same few statements for one variant or two thousand. @throws {VariantsWouldGo} unless they may be archived. */
  @Transactional()
  async put(id: string, version: number, request: PutOptionsRequest): Promise<ProductResponse> {
    const product = (await this.products.lock(id)).expect(version);
    const before = new Map(product.variants.map(({ id: variantId, optionValues }) => [variantId, optionValues]));
    const draftOf = request.generate ? skuMaker(product, request.sku) : undefined;
    const { kept, dropped, made } = product.reshape(request.options, draftOf);
    if (dropped.length > 0 && !request.archive) throw new VariantsWouldGo(dropped.map(({ sku }) => sku));
    await this.update([...dropped, ...kept.filter((variant) => variant.optionValues !== before.get(variant.id))]);
    const offer = offerOf(request);
    await refusing(
      insertVariants(
        (sql, params) => this.database.query(sql, params),
        made,
        made.map(() => offer),
      ),
      PRODUCT_REFUSALS,
    );
    await this.products.saveChanged(product);
    return this.reads.current(id);
  }

  private async update(variants: Variant[]): Promise<void> {
    if (variants.length === 0) return;
    await this.database.query(GIVE_UP, [variants.map(({ id }) => id)]);
    const rows = variants.map(({ product: _, ...columns }) => columns);
    await this.database.manager.upsert(Variant, rows, ['id']);
  }
}

/** "KETTLE-BLACK-15-L": what the values are called, or their number where that has no Latin letter. */
function skuMaker({ slug, variants }: Product, prefix = slug.toUpperCase()): (values: OptionValues) => VariantDraft {
  const taken = new Set(variants.map(({ sku }) => sku));
  let number = 0;
  return (values) => {
    number += 1;
    const words = Object.values(values).map((value) => slugOf(value).toUpperCase() || String(number));
    const base = [prefix, ...words].join('-').slice(0, MAX_SKU - 6);
    let sku = base;
    for (let copy = 2; taken.has(sku); copy++) sku = `${base}-${copy}`;
    taken.add(sku);
    return { sku, optionValues: values };
  };
}
