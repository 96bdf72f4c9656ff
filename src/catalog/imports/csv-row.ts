import { isCurrency } from '../../platform/index.js';
import { MAX_FURTHER } from '../products/further-categories.js';
import type { PriceDraft } from '../products/insert-products.js';
import type { Attributes, Medium, ProductStatus, Seo, Translation } from '../products/product.entity.js';
import type { OptionValues, ProductOption } from '../products/product-options.js';
import { isLink } from '../products/products.validators.js';
import { MAX_SLUG, SLUG } from '../products/slug.js';
import type { Measures } from '../products/variant.entity.js';
import { SKU } from '../products/variants.dto.js';
import { Fields, RowRefused } from './fields.js';

/** What the first row of a product says of all of it. */
export interface MasterFields {
  name: string;
  description: string | null;
  status: ProductStatus;
  /** Of its main category, from the top down. */
  categoryNames: string[];
  attributes: Attributes;
  tags: string[];
  /** Left out where the file says nothing of them. */
  furtherNames?: string[][];
  media?: Medium[];
  thumbnail?: string | null;
  options?: ProductOption[];
  /** Name of the brand, and code of the product type. */
  brand?: string | null;
  typeCode?: string | null;
  seo?: Seo;
  publishAt?: Date | null;
  unpublishAt?: Date | null;
  translations?: Record<string, Translation>;
}

/** A row as Galley sees it. Without `master` it is about a variant, and may be just a price in one more currency. */
export interface CsvRow {
  line: number;
  /** Empty when the product is told by `externalId` or `sku`; it is filled in before rows are applied. */
  slug: string;
  /** What another system calls the product. */
  externalId: string | null;
  /** Empty in a row that describes a product and no variant. */
  sku: string;
  master: MasterFields | null;
  title: string | null;
  optionValues: OptionValues;
  price: PriceDraft | null;
  onHand: number | null;
  backorderable: boolean;
  image: string | null;
  measures: Measures;
  /** Says more of the variant than its price. */
  describes: boolean;
}

/** One of `slug` and `external_id` is needed too, unless every SKU is known. */
export const REQUIRED_COLUMNS = ['sku', 'name', 'price', 'currency'];
const KNOWN_COLUMNS = new Set([
  ...REQUIRED_COLUMNS,
  ...['slug', 'external_id', 'variant_title', 'thumbnail'],
  ...['compare_at_price', 'status', 'description', 'tags', 'product_type', 'category1'],
  ...['brand', 'type_code', 'seo_title', 'seo_description', 'publish_at', 'unpublish_at'],
  ...['width', 'height', 'depth', 'dimensions_unit', 'weight', 'weight_unit'],
  ...['inventory_count', 'inventory_backorderable', 'track_inventory'],
]);
const OPTIONS = [1, 2, 3, 4, 5];
/** Categories besides the main one. */
const FURTHER = Array.from({ length: MAX_FURTHER }, (_, index) => `category${index + 2}`);
const IMAGES = Array.from({ length: 50 }, (_, index) => index + 1);
/** `custom_field.warranty`; with `:number` or `:boolean` after it, the values are that. */
const CUSTOM_FIELD = /^custom_field\.(?:custom\.)?(.{1,50}?)(?::(number|boolean))?$/;
const LENGTHS = { mm: 1, cm: 10, m: 1000, in: 25.4, ft: 304.8 };
const WEIGHTS = { g: 1, kg: 1000, lb: 453.59237, oz: 28.349523125 };
const STATUSES: ProductStatus[] = ['draft', 'active', 'archived'];

export const isKnownColumn = (column: string): boolean =>
  KNOWN_COLUMNS.has(column) ||
  FURTHER.includes(column) ||
  CUSTOM_FIELD.test(column) ||
  /^option[1-5]_(name|value)$/.test(column) ||
  /^image([1-9]|[1-4]\d|50)_(src|alt)$/.test(column);

/** @throws {RowRefused} naming the column. */
export function rowOf(record: Record<string, string>, line: number): CsvRow {
  const fields = new Fields(record);
  const slug = fields.text('slug', MAX_SLUG).toLowerCase();
  if (slug !== '' && !SLUG.test(slug))
    throw new RowRefused('slug', `"${slug}" is not lower-case words joined by hyphens`);
  const externalId = fields.text('external_id', 200) || null;
  const name = fields.text('name', 200);
  const sku = name === '' ? fields.required('sku', 64) : fields.text('sku', 64);
  if (sku !== '' && !SKU.test(sku)) throw new RowRefused('sku', `"${sku}" has spaces or characters outside ASCII`);
  const image = imageOf(fields, 'image1_src');
  const optionValues = optionValuesOf(fields);
  const onHand = fields.count('inventory_count');
  const measures: Measures = {
    weightGrams: fields.measure('weight', 'weight_unit', WEIGHTS),
    widthMm: fields.measure('width', 'dimensions_unit', LENGTHS),
    heightMm: fields.measure('height', 'dimensions_unit', LENGTHS),
    depthMm: fields.measure('depth', 'dimensions_unit', LENGTHS),
  };
  return {
    line,
    slug,
    externalId,
    sku,
    master: masterOf(fields, record),
    title: fields.text('variant_title', 200) || null,
    optionValues,
    price: priceOf(fields),
    onHand,
    // What is not tracked can always be had.
    backorderable: (fields.flag('inventory_backorderable') ?? false) || fields.flag('track_inventory') === false,
    image,
    measures,
    describes:
      Object.keys(optionValues).length > 0 ||
      fields.text('variant_title', 200) !== '' ||
      image !== null ||
      Object.values(measures).some((measure) => measure !== null),
  };
}

function optionValuesOf(fields: Fields): OptionValues {
  const values: OptionValues = {};
  for (const index of OPTIONS) {
    const name = fields.text(`option${index}_name`, 50);
    const value = fields.text(`option${index}_value`, 100);
    if (name !== '' && value === '')
      throw new RowRefused(`option${index}_value`, `is empty, but the option is "${name}"`);
    if (name === '' && value !== '')
      throw new RowRefused(`option${index}_name`, `is empty, but the value is "${value}"`);
    if (name !== '') values[name] = value;
  }
  return values;
}

function priceOf(fields: Fields): PriceDraft | null {
  const currency = fields.text('currency', 10).toUpperCase();
  if (currency === '' && fields.text('price', 30) === '') return null;
  if (!isCurrency(currency)) throw new RowRefused('currency', `"${currency}" is not an ISO 4217 code`);
  const amount = fields.amount('price', currency);
  if (amount === null) return null;
  const before = fields.amount('compare_at_price', currency);
  if (before !== null && before !== 0 && before <= amount) {
    throw new RowRefused('compare_at_price', 'is not above price');
  }
  return { currency, amount, compareAtAmount: before === 0 ? null : before };
}

function masterOf(fields: Fields, record: Record<string, string>): MasterFields | null {
  const name = fields.text('name', 200);
  if (name === '') return null;
  const status = (fields.text('status', 20).toLowerCase() || 'draft') as ProductStatus;
  if (!STATUSES.includes(status)) throw new RowRefused('status', `"${status}" is none of ${STATUSES.join(', ')}`);
  const tags = [
    ...new Set(
      // One with a comma in it stands in quotes.
      [...fields.text('tags', 3000).matchAll(/\s*(?:"([^"]*)"|([^,]+))\s*(?:,|$)/g)]
        .map(([, quoted, plain]) => (quoted ?? plain ?? '').trim())
        .filter(Boolean),
    ),
  ];
  if (tags.length > 50 || tags.some((tag) => tag.length > 50)) {
    throw new RowRefused('tags', 'has more than 50 tags, or one of more than 50 characters');
  }
  return {
    name,
    description: fields.text('description', 20_000) || null,
    status,
    categoryNames: categoryOf(fields, 'category1'),
    attributes: attributesOf(fields, record),
    tags,
    ...picturesOf(fields),
    ...furtherOf(fields, record),
  };
}

function categoryOf(fields: Fields, column: string): string[] {
  const names = fields
    .text(column, 1000)
    .split('->')
    .map((part) => part.trim())
    .filter(Boolean);
  if (names.length > 6 || names.some((part) => part.length > 100)) {
    throw new RowRefused(column, 'has more than 6 levels, or a name of more than 100 characters');
  }
  return names;
}

/** What is left alone where the file has no such column. */
function furtherOf(fields: Fields, record: Record<string, string>): Partial<MasterFields> {
  const given = (column: string) => Object.hasOwn(record, column);
  const text = (column: string, max: number) => fields.text(column, max) || null;
  const title = text('seo_title', 200);
  const description = text('seo_description', 500);
  const further = FURTHER.filter(given);
  return {
    ...(further.length > 0 && {
      furtherNames: further.map((column) => categoryOf(fields, column)).filter((names) => names.length > 0),
    }),
    ...(given('brand') && { brand: text('brand', 100) }),
    ...(given('type_code') && { typeCode: text('type_code', 50) }),
    ...((given('seo_title') || given('seo_description')) && {
      seo: title === null && description === null ? {} : { title, description },
    }),
    ...(given('publish_at') && { publishAt: fields.time('publish_at') }),
    ...(given('unpublish_at') && { unpublishAt: fields.time('unpublish_at') }),
  };
}

function imageOf(fields: Fields, column: string): string | null {
  const image = fields.text(column, 2000) || null;
  if (image !== null && !isLink(image)) throw new RowRefused(column, 'is not an http(s) URL');
  return image;
}

function picturesOf(fields: Fields): Pick<MasterFields, 'media' | 'thumbnail'> {
  const media = IMAGES.flatMap((number) => {
    const url = imageOf(fields, `image${number}_src`);
    return url === null ? [] : [{ url, alt: fields.text(`image${number}_alt`, 500) || null }];
  });
  const thumbnail = imageOf(fields, 'thumbnail') ?? media[0]?.url;
  return { ...(media.length > 0 ? { media } : {}), ...(thumbnail === undefined ? {} : { thumbnail }) };
}

function attributesOf(fields: Fields, record: Record<string, string>): Attributes {
  const found = Object.keys(record).flatMap((column) => {
    const [, name = '', kind = ''] = CUSTOM_FIELD.exec(column) ?? [];
    const value = name ? fields.text(column, 500) : '';
    return value === '' ? [] : [[name, typed(column, kind, value)] as const];
  });
  const kind = fields.text('product_type', 500);
  if (found.length > 49) throw new RowRefused('custom_field', 'there are more than 49 custom fields');
  return Object.fromEntries(kind === '' ? found : [['product_type', kind], ...found]);
}

function typed(column: string, kind: string, value: string): string | number | boolean {
  if (kind === '') return value;
  if (kind === 'boolean' && ['true', 'false'].includes(value.toLowerCase())) return value.toLowerCase() === 'true';
  const number = kind === 'number' ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw new RowRefused(column, `"${value}" is not a ${kind}`);
  return number;
}
