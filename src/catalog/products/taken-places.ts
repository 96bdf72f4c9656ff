import type { OptionValues } from './product-options.js';
import type { Variant } from './variant.entity.js';

/** What the variants of a product have already, so that each of two thousand new ones is checked at once. */
export class TakenPlaces {
  private readonly skus = new Set<string>();
  private readonly values = new Set<string>();
  /** The first that is free. */
  position = 0;

  constructor(variants: Variant[]) {
    for (const variant of variants) this.add(variant);
  }

  hasSku(sku: string): boolean {
    return this.skus.has(sku);
  }

  /** Variants without any options are told apart by their titles. */
  hasValues(values: OptionValues): boolean {
    return Object.keys(values).length > 0 && this.values.has(keyOf(values));
  }

  add({ sku, optionValues, position }: Variant): void {
    this.skus.add(sku);
    this.values.add(keyOf(optionValues));
    this.position = Math.max(this.position, position + 1);
  }
}

const keyOf = (values: OptionValues): string =>
  JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
