import type { Refusal } from '../../platform/index.js';
import { ExternalIdTaken, SkuTaken, SlugTaken } from '../catalog.errors.js';
import { unknownCategory } from '../products/further-categories.js';
import type { Product } from '../products/product.entity.js';
import { PRODUCT_REFUSALS, unknownRelated } from '../products/products.service.js';

/** What of all that these products name is there, or is somebody else's. */
export const NAMED = `
  SELECT
    ARRAY(SELECT p.slug || ' ' || p.id FROM catalog.products p WHERE p.slug = ANY ($1::text[])) AS slugs,
    ARRAY(SELECT p.id || ' ' || p.external_id FROM catalog.products p WHERE p.external_id = ANY ($2::text[])) AS "externalIds",
    ARRAY(SELECT v.sku FROM catalog.variants v WHERE v.sku = ANY ($3::text[]) AND v.archived_at IS NULL) AS skus,
    ARRAY(SELECT c.id::text FROM catalog.categories c WHERE c.id = ANY ($4::uuid[])) AS categories,
    ARRAY(SELECT b.id::text FROM catalog.brands b WHERE b.id = ANY ($5::uuid[])) AS brands,
    ARRAY(SELECT p.id::text FROM catalog.products p WHERE p.id = ANY ($6::uuid[])) AS products`;

export interface Named {
  slugs: string[];
  externalIds: string[];
  skus: string[];
  categories: string[];
  brands: string[];
  products: string[];
}

const some = (values: (string | null)[]): string[] => [...new Set(values.filter((value) => value !== null))];

export const namedBy = (products: Product[], added: Product[]): unknown[] => [
  some(products.map(({ slug }) => slug)),
  some(products.map(({ externalId }) => externalId)),
  some(added.flatMap(({ variants }) => variants.map(({ sku }) => sku))),
  some(products.flatMap(({ categoryId, categoryIds }) => [categoryId, ...categoryIds])),
  some(products.map(({ brandId }) => brandId)),
  some(products.flatMap(({ relatedIds }) => relatedIds)),
];

/** Finds out, product by product, what the database would refuse; who comes first has a name. */
export class Conflicts {
  private readonly slugs: Map<string, string>;
  private readonly externalIds: Map<string, string>;
  private readonly skus: Set<string>;
  private readonly categories: Set<string>;
  private readonly brands: Set<string>;
  private readonly products: Set<string>;

  constructor({ slugs, externalIds, skus, categories, brands, products }: Named) {
    this.slugs = new Map(slugs.map((text) => text.split(' ') as [string, string]));
    this.externalIds = new Map(externalIds.map((text) => [text.slice(37), text.slice(0, 36)]));
    this.skus = new Set(skus);
    this.categories = new Set(categories);
    this.brands = new Set(brands);
    this.products = new Set(products);
  }

  /** Undefined when nothing is in the way: its names are then taken for those that follow. */
  of(product: Product, isNew: boolean): Refusal | undefined {
    const refusal = this.refusalOf(product, isNew);
    if (refusal) return refusal;
    this.slugs.set(product.slug, product.id);
    if (product.externalId !== null) this.externalIds.set(product.externalId, product.id);
    if (isNew) for (const { sku } of product.variants) this.skus.add(sku);
    return undefined;
  }

  private refusalOf(product: Product, isNew: boolean): Refusal | undefined {
    const { id, slug, externalId, categoryId, categoryIds, brandId, relatedIds } = product;
    if ((this.slugs.get(slug) ?? id) !== id) return new SlugTaken(slug);
    if (externalId !== null && (this.externalIds.get(externalId) ?? id) !== id) return new ExternalIdTaken(externalId);
    const taken = isNew ? product.variants.find(({ sku }) => this.skus.has(sku)) : undefined;
    if (taken) return new SkuTaken(taken.sku);
    if (categoryId !== null && !this.categories.has(categoryId)) return PRODUCT_REFUSALS.fk_products_category();
    const unknown = categoryIds.findIndex((category) => !this.categories.has(category));
    if (unknown >= 0) return unknownCategory(unknown);
    if (brandId !== null && !this.brands.has(brandId)) return PRODUCT_REFUSALS.fk_products_brand();
    const stray = relatedIds.findIndex((related) => related === id || !this.products.has(related));
    return stray < 0 ? undefined : unknownRelated(stray);
  }
}
