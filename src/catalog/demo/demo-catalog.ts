import { Injectable } from '@nestjs/common';
import { Database, ReadCache, Transactional } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';
import { Category } from '../categories/category.entity.js';
import type { NewProduct } from '../products/insert-products.js';
import { Product } from '../products/product.entity.js';
import { ProductsService } from '../products/products.service.js';
import { slugOf } from '../products/slug.js';
import { DEMO_CATEGORIES, DEMO_PRODUCTS } from './demo-data.js';
import type { DemoProduct } from './demo-types.js';

/** A shop to look at on the first start. */
@Injectable()
export class DemoCatalog {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
    private readonly cache: ReadCache,
  ) {}

  /** Fills an empty catalogue; does nothing once there is any product or category. Two processes at once fill it once. */
  @Transactional()
  async seed(): Promise<void> {
    await this.database.query('LOCK TABLE catalog.categories IN SHARE ROW EXCLUSIVE MODE');
    const [found] = await this.database.query<{ any: boolean }>(
      'SELECT EXISTS (SELECT FROM catalog.products) OR EXISTS (SELECT FROM catalog.categories) AS any',
    );
    if (found?.any) return;
    const categories = demoCategories();
    await this.database.manager.insert(Category, [...categories.values()]);
    await this.products.insert(DEMO_PRODUCTS.map((demo, index) => newProduct(demo, categories, index)));
    this.cache.drop(tags.categories);
  }
}

function demoCategories(): Map<string, Category> {
  const categories = new Map<string, Category>();
  DEMO_CATEGORIES.forEach(({ children = [], ...fields }, position) => {
    const top = Category.create({ ...fields, position }, null);
    categories.set(top.slug, top);
    children.forEach((child, childPosition) => {
      categories.set(child.slug, Category.create({ ...child, position: childPosition }, top));
    });
  });
  return categories;
}

function newProduct(demo: DemoProduct, categories: Map<string, Category>, index: number): NewProduct {
  const category = categories.get(demo.category);
  if (!category) throw new Error(`The demo has no category ${demo.category}.`);
  const { name, description, attributes, option, variants } = demo;
  const base = slugOf(name).toUpperCase();
  const product = Product.create({
    name,
    description,
    attributes,
    tags: demo.tags,
    status: 'active',
    categoryId: category.id,
    variants: variants.map(([value]) =>
      option
        ? { sku: `${base}-${slugOf(value).toUpperCase()}`, optionValues: { [option]: value } }
        : { sku: base, title: value },
    ),
  });
  // A millisecond apart, so that "newest first" has an order to show.
  product.createdAt = new Date(product.createdAt.getTime() - DEMO_PRODUCTS.length + index);
  const [eurBefore, usdBefore] = demo.before ?? [];
  return {
    product,
    offers: variants.map(([, eur, usd, onHand]) => ({
      prices: [
        { currency: 'EUR', amount: eur, compareAtAmount: eurBefore ?? null },
        { currency: 'USD', amount: usd, compareAtAmount: usdBefore ?? null },
        ...(demo.jpy === undefined ? [] : [{ currency: 'JPY', amount: demo.jpy }]),
        ...(demo.kwd === undefined ? [] : [{ currency: 'KWD', amount: demo.kwd }]),
      ],
      onHand,
      backorderable: demo.backorderable ?? false,
    })),
  };
}
