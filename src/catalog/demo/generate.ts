import { insertProducts, type NewProduct, type Query } from '../products/insert-products.js';
import { Product } from '../products/product.entity.js';

const MATERIALS = words(
  'Copper Brass Oak Cork Linen Cotton Enamel Porcelain Stoneware Glass Steel Iron Bamboo Slate Wool Birch Walnut Ceramic Marble Tin',
);
const STYLES = words(
  'Harbour Anchor Compass Lantern Tidal Northern Southern Galley Captain Bosun Mariner Regatta Lighthouse Pilot Schooner Clipper Cutter Atlantic Baltic Pacific Coral Breeze Sextant Halyard Mizzen Capstan Keel Rudder Spinnaker Fathom',
);
const THINGS = words(
  'Kettle Teapot Mug Tumbler Skillet Saucepan Apron Napkin Ladle Whisk Grinder Carafe Notebook Pencil Lantern Blanket Cushion Tray Board Knife Spoon Fork Bowl Plate Jar Tin Basket Canister Pitcher Colander Grater Peeler Timer Scale Thermometer Funnel Sieve Trivet Coaster Towel',
);
const SIZES = ['Small', 'Large', 'Medium', 'Extra large'];

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
  variants?: number;
  seed?: number;
  /** How many of each variant are on hand. */
  onHand?: number;
  categoryIds?: string[];
}

/** Products for measuring: plausible names, priced in EUR and USD, the same for the same seed. */
export function generateProducts(count: number, options: GenerateOptions = {}): NewProduct[] {
  const { variants = 2, seed = 1, onHand = 1000, categoryIds = [] } = options;
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const start = Date.UTC(2025, 0, 1);
  return Array.from({ length: count }, (_, index) => {
    const thing = pick(THINGS);
    const name = `${pick(STYLES)} ${pick(MATERIALS)} ${thing} ${index + 1}`;
    const product = Product.create({
      name,
      status: 'active',
      categoryId: categoryIds.length > 0 ? pick(categoryIds) : null,
      description: `A ${thing.toLowerCase()} in ${pick(MATERIALS).toLowerCase()} for the ${pick(STYLES).toLowerCase()} kitchen, made to last in any weather.`,
      attributes: { material: pick(MATERIALS), warranty: `${1 + Math.floor(next() * 5)} years` },
      thumbnail: `https://images.example.com/${index + 1}.webp`,
      variants: Array.from({ length: variants }, (_, position) => ({
        sku: `GEN-${seed}-${index + 1}-${position + 1}`,
        optionValues: { Size: SIZES[position] ?? `Size ${position + 1}` },
      })),
    });
    product.createdAt = new Date(start + index * 60_000);
    product.updatedAt = product.createdAt;
    const amount = 300 + Math.floor(next() * 30_000);
    const offers = product.variants.map((_, position) => ({
      prices: [
        { currency: 'EUR', amount: amount + position * 500 },
        { currency: 'USD', amount: Math.round((amount + position * 500) * 1.1) },
      ],
      onHand,
      backorderable: false,
    }));
    return { product, offers };
  });
}

/** Inserts generated products in batches, two statements each; with any client that has a `query`. */
export async function insertGenerated(query: Query, count: number, options?: GenerateOptions): Promise<void> {
  const items = generateProducts(count, options);
  for (let from = 0; from < items.length; from += 1000) await insertProducts(query, items.slice(from, from + 1000));
}
