import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Money } from '../../platform/index.js';
import { SourceResponse } from '../media/media.dto.js';
import { PriceResponse, TierResponse } from '../prices/prices.dto.js';
import { AttributeDefinitionResponse } from '../product-types/product-types.dto.js';

/** The category a product stands in. */
export class CategoryReference {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "coffee" */
  slug: string;
  /** @example "Coffee" */
  name: string;
}

/** The type a product is of. */
export class ProductTypeReference {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "kettle" */
  code: string;
  /** @example "Kettles" */
  name: string;
}

/** The brand of a product. */
export class BrandReference {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** @example "anchor-and-sons" */
  slug: string;
  /** @example "Anchor & Sons" */
  name: string;
}

/** What search engines show. */
export class SeoResponse {
  /** Instead of the name. */
  @ApiProperty({ type: 'string', nullable: true })
  title: string | null;
  /** Instead of the description. */
  @ApiProperty({ type: 'string', nullable: true })
  description: string | null;
}

/** A product as lists show it. With `fields` only the members that they name are there. */
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
  /** Facts for comparing; `null` unless `include` or `fields` asks for them. */
  @ApiProperty({
    type: 'object',
    nullable: true,
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
  })
  attributes: Record<string, string | number | boolean> | null;
  @ApiProperty({
    type: () => BrandReference,
    nullable: true,
    description: 'Who makes it; only with `include` or `fields`.',
  })
  brand: BrandReference | null;
  /** What a shopper chooses between; `null` unless `include` or `fields` asks for them. */
  @ApiProperty({ type: () => [OptionResponse], nullable: true })
  options: OptionResponse[] | null;
  @ApiProperty({
    type: () => LabelsResponse,
    nullable: true,
    description:
      'What options, values and attributes are called in the language asked for; `null` in that of the shop, and unless `include` or `fields` asks for them.',
  })
  labels: LabelsResponse | null;
  /** `null` unless `include` or `fields` asks for them. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, nullable: true })
  tags: string[] | null;
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

/** What an option is called in some language. */
export class OptionLabels {
  /** Its name. @example "Farbe" */
  name?: string;
  /** Its values, by what they are in the language of the shop. @example { "Black": "Schwarz" } */
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  values?: Record<string, string>;
}

/** What things are called in some language, by what they are in the language of the shop. */
@ApiExtraModels(OptionLabels)
export class LabelsResponse {
  /** By the name of the option. */
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(OptionLabels) } })
  options: Record<string, OptionLabels>;
  /** Texts of attributes, by code. @example { "material": "Kupfer" } */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  attributes: Record<string, string>;
}

/** A picture or film of a product. */
export class MediumResponse {
  /** Of a picture that was uploaded; `null` when it is elsewhere. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  id: string | null;
  /** @example "https://images.example.com/kettle.webp" */
  url: string;
  /** What it shows. */
  @ApiProperty({ type: 'string', nullable: true })
  alt: string | null;
  /** In pixels, when it was uploaded. */
  @ApiProperty({ type: 'integer', nullable: true })
  width: number | null;
  /** In pixels, when it was uploaded. */
  @ApiProperty({ type: 'integer', nullable: true })
  height: number | null;
  /** Its sizes, as WebP and as AVIF, when it was uploaded. */
  @ApiProperty({ type: () => [SourceResponse] })
  sources: SourceResponse[];
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
  /** The language that texts are in, where they are translated. @example "en" */
  locale: string;
  @ApiProperty({ type: () => CategoryReference, nullable: true, description: 'Where it stands: its main category.' })
  category: CategoryReference | null;
  /** Further categories that it stands in. */
  @ApiProperty({ type: () => [CategoryReference] })
  categories: CategoryReference[];
  /** What another system calls it. */
  @ApiProperty({ type: 'string', nullable: true })
  externalId: string | null;
  @ApiProperty({ type: () => ProductTypeReference, nullable: true, description: 'What attributes it has.' })
  type: ProductTypeReference | null;
  /** What its attributes are called, and what they count; `null` unless `include` or `fields` asks for them. */
  @ApiProperty({ type: () => [AttributeDefinitionResponse], nullable: true })
  typeAttributes: AttributeDefinitionResponse[] | null;
  @ApiProperty({ type: () => BrandReference, nullable: true, description: 'Who makes it.' })
  brand: BrandReference | null;
  /** Facts for comparing. @example { "material": "copper" } */
  @ApiProperty({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
  })
  attributes: Record<string, string | number | boolean>;
  options: OptionResponse[];
  @ApiProperty({
    type: () => LabelsResponse,
    nullable: true,
    description: 'What options, values and attributes are called in `locale`; `null` in the language of the shop.',
  })
  labels: LabelsResponse | null;
  /** Words that search finds it by. */
  tags: string[];
  /** Those that were uploaded, then those that are elsewhere. */
  media: MediumResponse[];
  /** URL of a picture. */
  @ApiProperty({ type: 'string', nullable: true })
  thumbnail: string | null;
  seo: SeoResponse;
  /** Products to show beside it. */
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'uuid' } })
  relatedIds: string[];
  /** Those of them that are active, as cards; `null` unless `include` or `fields` asks for them. */
  @ApiProperty({ type: () => [ProductCard], nullable: true })
  related: ProductCard[] | null;
  /** When it becomes active. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  publishAt: string | null;
  /** When it becomes a draft again. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  unpublishAt: string | null;
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

/** What a variant is one of. */
export class VariantProduct {
  /** @example "copper-kettle" */
  slug: string;
  /** @example "Copper kettle" */
  name: string;
  @ApiProperty({ enum: ['draft', 'active', 'archived'] })
  status: 'draft' | 'active' | 'archived';
}

/** A variant that was looked up, and what it is one of. */
export class FoundVariant extends VariantResponse {
  product: VariantProduct;
}

/** Those of the SKUs that there are, in their order. */
export class FoundVariantsResponse {
  data: FoundVariant[];
  /** Always `null`: they come all at once. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
