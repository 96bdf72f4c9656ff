import type { NewProduct } from '../products/insert-products.js';
import { Product } from '../products/product.entity.js';

export const MATERIALS = words(
  'Copper Brass Oak Cork Linen Cotton Enamel Porcelain Stoneware Glass Steel Iron Bamboo Slate Wool Birch Walnut Ceramic Marble Tin',
);
export const STYLES = words(
  'Harbour Anchor Compass Lantern Tidal Northern Southern Galley Captain Bosun Mariner Regatta Lighthouse Pilot Schooner Clipper Cutter Atlantic Baltic Pacific Coral Breeze Sextant Halyard Mizzen Capstan Keel Rudder Spinnaker Fathom',
);
export const THINGS = words(
  'Kettle Teapot Mug Tumbler Skillet Saucepan Apron Napkin Ladle Whisk Grinder Carafe Notebook Pencil Lantern Blanket Cushion Tray Board Knife Spoon Fork Bowl Plate Jar Tin Basket Canister Pitcher Colander Grater Peeler Timer Scale Thermometer Funnel Sieve Trivet Coaster Towel',
);
/** From the top down; the first ones hold most products, as in any shop. */
export const CATEGORIES: string[][] = [
  'Cooking',
  'Baking',
  'Coffee & Tea',
  'Table',
  'Storage',
  'Textiles',
  'Lighting',
  'Garden',
].flatMap((top) =>
  ['Classics', 'New in', 'Gifts', 'Outdoor', 'Small spaces', 'Professional', 'Children', 'Sale'].map((below) => [
    top,
    below,
  ]),
);
export const SIZES = ['Small', 'Large'];

function words(text: string): string[] {
  return text.split(' ');
}

/** Mulberry32: small, fast, and the same numbers for the same seed everywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface GenerateOptions {
  seed?: number;
  /** How many come before: products are the same whether they are made in one go or in many. */
  from?: number;
}

export interface Generated extends NewProduct {
  /** Names from the top down. */
  category: string[];
}

/** Products for measuring: plausible names, long-tailed prices and categories, the same for the same seed. */
export function generateProducts(count: number, options: GenerateOptions = {}): Generated[] {
  const { from = 0 } = options;
  return Array.from({ length: count }, (_, index) => generate(from + index, options));
}

export const START = Date.UTC(2025, 0, 1);

function generate(index: number, { seed = 1 }: GenerateOptions): Generated {
  const next = random(Math.imul(seed, 0x9e3779b1) + index);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const thing = pick(THINGS);
  const name = `${pick(STYLES)} ${pick(MATERIALS)} ${thing} ${index + 1}`;
  const place = rank(next(), CATEGORIES.length);
  const product = Product.create({
    name,
    status: 'active',
    description: `A ${thing.toLowerCase()} in ${pick(MATERIALS).toLowerCase()} for the ${pick(STYLES).toLowerCase()} kitchen, made to last in any weather.`,
    attributes: { material: pick(MATERIALS), warranty: `${1 + Math.floor(next() * 5)} years` },
    thumbnail: `https://images.example.com/${index + 1}.webp`,
    variants: SIZES.map((size, position) => ({
      sku: `GEN-${seed}-${index + 1}-${position + 1}`,
      optionValues: { Size: size },
    })),
  });
  product.createdAt = new Date(START + index * 60_000);
  product.updatedAt = product.createdAt;
  const amount = price(next(), next());
  const offers = product.variants.map((_, position) => ({
    prices: [
      { currency: 'EUR', amount: amount + position * 500 },
      { currency: 'USD', amount: Math.round((amount + position * 500) * 1.1) },
    ],
    onHand: 1000,
    backorderable: false,
  }));
  return { product, offers, category: CATEGORIES[place] ?? [] };
}

/** A place below `count`, the first ones far more often than the last (Zipf). */
const rank = (chance: number, count: number): number => Math.floor((count + 1) ** chance) - 1;

/** Minor units: around 25, seldom below 5 or above 150 (log-normal, by Box and Muller). */
function price(first: number, second: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
  return Math.max(99, Math.round(Math.exp(3.2 + 0.8 * normal)) * 100 - 1);
}
