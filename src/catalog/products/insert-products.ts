import type { Product } from './product.entity.js';
import type { Variant } from './variant.entity.js';

/** What a variant costs, in one currency. Amounts in minor units. */
export interface PriceDraft {
  currency: string;
  amount: number;
  compareAtAmount?: number | null;
}

/** What is said of a new variant beyond itself. */
export interface Offer {
  prices: PriceDraft[];
  onHand: number;
  backorderable: boolean;
}

/** A product with the offers of its variants, in their order. */
export interface NewProduct {
  product: Product;
  offers: Offer[];
}

export type Query = (sql: string, params: unknown[]) => Promise<unknown>;

/** Everything that new products bring along, in one statement however many they are. */
const INSERT_PRODUCTS = `
  WITH products AS (
    INSERT INTO catalog.products (id, slug, external_id, name, description, status, category_id, category_ids, type_id, brand_id,
      attributes, options, tags, media, thumbnail, thumbnail_chosen, seo, related_ids, publish_at, unpublish_at, translations,
      created_at, updated_at)
    SELECT id, slug, "externalId", name, description, status, "categoryId", "categoryIds", "typeId", "brandId",
      attributes, options, tags, media, thumbnail, "thumbnailChosen", seo, "relatedIds", "publishAt", "unpublishAt", translations,
      "createdAt", "updatedAt"
    FROM jsonb_to_recordset($1::jsonb) AS p (id uuid, slug text, "externalId" text, name text, description text, status text,
      "categoryId" uuid, "categoryIds" uuid[], "typeId" uuid, "brandId" uuid, attributes jsonb, options jsonb, tags text[], media jsonb,
      thumbnail text, "thumbnailChosen" boolean, seo jsonb, "relatedIds" uuid[], "publishAt" timestamptz, "unpublishAt" timestamptz,
      translations jsonb, "createdAt" timestamptz, "updatedAt" timestamptz)
  ), given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS v (id uuid, "productId" uuid, sku text, title text,
      "optionValues" jsonb, position integer, image text, "weightGrams" integer, "widthMm" integer, "heightMm" integer,
      "depthMm" integer, prices jsonb, "onHand" integer, backorderable boolean)
  ), variants AS (
    INSERT INTO catalog.variants (id, product_id, sku, title, option_values, position, image, weight_grams, width_mm,
      height_mm, depth_mm)
    SELECT id, "productId", sku, title, "optionValues", position, image, "weightGrams", "widthMm", "heightMm", "depthMm"
    FROM given
  ), prices AS (
    INSERT INTO catalog.prices (variant_id, currency, amount, compare_at_amount)
    SELECT id, currency, amount, "compareAtAmount"
    FROM given, jsonb_to_recordset(prices) AS x (currency text, amount bigint, "compareAtAmount" bigint)
  ), stock AS (
    INSERT INTO catalog.stock (variant_id, on_hand, backorderable) SELECT id, "onHand", backorderable FROM given
  )
  INSERT INTO catalog.stock_movements (variant_id, kind, delta_on_hand)
  SELECT id, 'opening', "onHand" FROM given WHERE "onHand" <> 0
`;

export const REFRESH_PRODUCTS = 'SELECT catalog.refresh_products($1::uuid[])';

/**
 * Two statements: the rows, and what is derived from them. Slugs and SKUs are taken in one order, so that two who want the
 * same ones do not wait for each other in a circle.
 */
export async function insertProducts(query: Query, items: NewProduct[]): Promise<void> {
  const products = items.map(({ product: { variants: _, ...columns } }) => columns).sort(by('slug'));
  const variants = items.flatMap(({ product, offers }) => withOffers(product.variants, offers)).sort(by('sku'));
  await query(INSERT_PRODUCTS, [JSON.stringify(products), JSON.stringify(variants)]);
  await query(REFRESH_PRODUCTS, [products.map(({ id }) => id)]);
}

/** More variants of products that there are, with all they bring along: one statement. */
export async function insertVariants(query: Query, variants: Variant[], offers: Offer[]): Promise<void> {
  if (variants.length > 0)
    await query(INSERT_PRODUCTS, ['[]', JSON.stringify(withOffers(variants, offers).sort(by('sku')))]);
}

const by =
  <K extends string>(key: K) =>
  (a: Record<K, string>, b: Record<K, string>) =>
    a[key] < b[key] ? -1 : 1;

const withOffers = (variants: Variant[], offers: Offer[]) =>
  variants.map(({ product: _, ...columns }, index) => ({ ...columns, ...offers[index] }));
