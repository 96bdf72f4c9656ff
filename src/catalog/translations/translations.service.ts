import { Injectable } from '@nestjs/common';
import { Database, Locales, NotFoundProblem, Transactional, ValidationFailed } from '../../platform/index.js';
import type { Product, Translation } from '../products/product.entity.js';
import { ProductsService } from '../products/products.service.js';
import { demandLocale } from './demand-locale.js';
import { strayLabels } from './stray-labels.js';

interface Translated {
  translations: Record<string, Translation>;
  version: number;
}

/** What products say in other languages. The product's version guards it. */
@Injectable()
export class TranslationsService {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
    private readonly locales: Locales,
  ) {}

  async all(productId: string): Promise<Translated> {
    const [row] = await this.database.query<Translated>(
      'SELECT translations, version FROM catalog.products WHERE id = $1',
      [productId],
    );
    if (!row) throw new NotFoundProblem('Product', productId);
    return row;
  }

  /** @throws {ValidationFailed} when the shop does not speak it, or it has labels of what the product does not have. */
  @Transactional()
  async put(productId: string, version: number, locale: string, translation: Translation): Promise<Translated> {
    demandLocale(this.locales, locale, 'product');
    return this.change(productId, version, (product) => {
      const errors = strayLabels(product, translation);
      if (errors.length > 0) throw new ValidationFailed(errors.slice(0, 50));
      return { ...product.translations, [locale]: translation };
    });
  }

  @Transactional()
  async remove(productId: string, version: number, locale: string): Promise<void> {
    await this.change(productId, version, ({ translations: all }) => {
      if (!Object.hasOwn(all, locale)) throw new NotFoundProblem('Translation', locale);
      const { [locale]: _, ...rest } = all;
      return rest;
    });
  }

  private async change(
    productId: string,
    version: number,
    make: (product: Product) => Record<string, Translation>,
  ): Promise<Translated> {
    const product = (await this.products.lock(productId)).expect(version);
    if (product.change({ translations: make(product) })) await this.products.saveChanged(product);
    return product;
  }
}
