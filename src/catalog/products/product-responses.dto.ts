import { ApiProperty } from '@nestjs/swagger';
import { Money } from '../../platform/index.js';
import { PriceResponse, TierResponse } from '../prices/prices.dto.js';

/** The category a product stands in. */
export class CategoryReference {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "coffee" */
  slug: string;
  /** @example "Coffee" */
  name: string;
}

/** A product as lists show it. */
export class ProductCard {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "copper-kettle" */
  slug: string;
  /** @example "Copper kettle" */
  name: string;
  /** URL of a picture. */
  @ApiProperty({ type: 'string', nullable: true })
  thumbnail: string | null;
  /** The lowest price of its variants; `null` when it is not sold in the currency asked for. */
  @ApiProperty({ type: () => Money, nullable: true })
  price: Money | null;
  /** What that variant cost before. */
  @ApiProperty({ type: () => Money, nullable: true })
  compareAtPrice: Money | null;
  /** The lowest price of the 30 days before it was reduced; `null` when it is not, or had no price before. */
  @ApiProperty({ type: () => Money, nullable: true })
  lowestPrice30Days: Money | null;
  /** Whether any variant can be had now. */
  inStock: boolean;
  @ApiProperty({ type: () => CategoryReference, nullable: true, description: 'Where it stands.' })
  category: CategoryReference | null;
}

/** A page of products. */
export class ProductPage {
  data: ProductCard[];
  /** Send it as `cursor` for the next page; `null` at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}

/** Something a shopper chooses between. */
export class OptionResponse {
  /** @example "Color" */
  name: string;
  /** @example ["Black", "White"] */
  values: string[];
}

/** A picture or film of a product. */
export class MediumResponse {
  /** @example "https://images.example.com/kettle.webp" */
  url: string;
  /** What it shows. */
  @ApiProperty({ type: 'string', nullable: true })
  alt: string | null;
}

/** One thing that can be bought, as part of its product. */
export class ProductVariant {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "KETTLE-COPPER-15" */
  sku: string;
  /** @example "Copper / 1.5 l" */
  title: string;
  /** @example { "Color": "Black" } */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  optionValues: Record<string, string>;
  /** In the currency asked for; `null` when it is not sold in it. */
  @ApiProperty({ type: () => Money, nullable: true })
  price: Money | null;
  /** What it cost before, or costs where the price list that sets `price` does not apply. */
  @ApiProperty({ type: () => Money, nullable: true })
  compareAtPrice: Money | null;
  /** The lowest price of the 30 days before it was reduced; `null` when it is not, or had no price before. */
  @ApiProperty({ type: () => Money, nullable: true })
  lowestPrice30Days: Money | null;
  /** What one of several costs; empty when that does not change. */
  @ApiProperty({ type: () => [TierResponse] })
  tiers: TierResponse[];
  /** The base prices, before any price list: in every currency it is sold in. */
  @ApiProperty({ type: () => [PriceResponse] })
  prices: PriceResponse[];
  /** How many can be had now. */
  @ApiProperty({ type: 'integer' })
  available: number;
  /** May be bought beyond what is available. */
  backorderable: boolean;
  /** URL of a picture of just this variant. */
  @ApiProperty({ type: 'string', nullable: true })
  image: string | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Weight, packed.' })
  weightGrams: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Width, packed.' })
  widthMm: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Height, packed.' })
  heightMm: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Depth, packed.' })
  depthMm: number | null;
}

/** A product with everything that can be bought of it. */
export class ProductResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "copper-kettle" */
  slug: string;
  /** @example "Copper kettle" */
  name: string;
  @ApiProperty({ type: 'string', nullable: true, description: 'Plain text.' })
  description: string | null;
  /** Only `active` products are shown and sold. */
  @ApiProperty({ enum: ['draft', 'active', 'archived'] })
  status: 'draft' | 'active' | 'archived';
  @ApiProperty({ type: () => CategoryReference, nullable: true, description: 'Where it stands.' })
  category: CategoryReference | null;
  /** Facts for comparing. @example { "material": "copper" } */
  @ApiProperty({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
  })
  attributes: Record<string, string | number | boolean>;
  options: OptionResponse[];
  /** Words that search finds it by. */
  tags: string[];
  media: MediumResponse[];
  /** URL of a picture. */
  @ApiProperty({ type: 'string', nullable: true })
  thumbnail: string | null;
  variants: ProductVariant[];
  /** Moves with each change of the product, its variants and prices; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;
}

/** A variant on its own. */
export class VariantResponse extends ProductVariant {
  @ApiProperty({ format: 'uuid' })
  productId: string;
  /** The version of its product, which guards the variant too; send it in If-Match. @example 1 */
  @ApiProperty({ type: 'integer' })
  version: number;
}
