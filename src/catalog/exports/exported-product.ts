import type { Attributes, Medium, ProductStatus, Seo, Translation } from '../products/product.entity.js';
import type { OptionValues, ProductOption } from '../products/product-options.js';

export interface ExportedVariant {
  sku: string;
  title: string;
  optionValues: OptionValues;
  image: string | null;
  weightGrams: number | null;
  widthMm: number | null;
  heightMm: number | null;
  depthMm: number | null;
  prices: { amount: number; currency: string; compareAtAmount: number | null }[];
  stock: number | null;
  backorderable: boolean | null;
}

/** What an import may book. Less than nothing cannot be counted: a variant that owes goods is left as it is. */
export const countOf = ({ stock }: ExportedVariant): number | null => (stock === null || stock < 0 ? null : stock);

/** A product as it is exported: what an import takes of one. */
export interface ExportedProduct {
  id: string;
  slug: string;
  externalId: string | null;
  name: string;
  description: string | null;
  status: ProductStatus;
  /** Names from the top down. */
  category: string[];
  /** Further ones, likewise. */
  categories: string[][];
  attributes: Attributes;
  options: ProductOption[];
  tags: string[];
  media: Medium[];
  thumbnail: string | null;
  /** Its name. */
  brand: string | null;
  /** Its code. */
  type: string | null;
  seo: Seo;
  publishAt: Date | null;
  unpublishAt: Date | null;
  translations: Record<string, Translation>;
  variants: ExportedVariant[] | null;
}
