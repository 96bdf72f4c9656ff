import { isCurrency } from '../../platform/index.js';
import type { PriceDraft } from '../products/insert-products.js';
import type { Attributes, ProductStatus } from '../products/product.entity.js';
import type { OptionValues } from '../products/product-options.js';
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
  categoryNames: string[];
  attributes: Attributes;
  tags: string[];
}

/** A row as Galley sees it. Without `master` it is about a variant, and may be just a price in one more currency. */
export interface CsvRow {
  line: number;
  slug: string;
  sku: string;
  master: MasterFields | null;
  optionValues: OptionValues;
  price: PriceDraft | null;
  onHand: number | null;
  backorderable: boolean;
  image: string | null;
  measures: Measures;
  /** Says more of the variant than its price. */
  describes: boolean;
}

export const REQUIRED_COLUMNS = ['slug', 'sku', 'name', 'price', 'currency'];
const KNOWN_COLUMNS = new Set([
  ...REQUIRED_COLUMNS,
  ...['compare_at_price', 'status', 'description', 'tags', 'product_type', 'category1', 'image1_src'],
  ...['width', 'height', 'depth', 'dimensions_unit', 'weight', 'weight_unit'],
  ...['inventory_count', 'inventory_backorderable', 'track_inventory'],
]);
const OPTIONS = [1, 2, 3];
const CUSTOM_FIELD = /^custom_field\.(?:custom\.)?(.{1,50})$/;
const LENGTHS = { mm: 1, cm: 10, m: 1000, in: 25.4, ft: 304.8 };
const WEIGHTS = { g: 1, kg: 1000, lb: 453.59237, oz: 28.349523125 };
const STATUSES: ProductStatus[] = ['draft', 'active', 'archived'];

export const isKnownColumn = (column: string): boolean =>
  KNOWN_COLUMNS.has(column) || CUSTOM_FIELD.test(column) || /^option[123]_(name|value)$/.test(column);

/** @throws {RowRefused} naming the column. */
export function rowOf(record: Record<string, string>, line: number): CsvRow {
  const fields = new Fields(record);
  const slug = fields.required('slug', MAX_SLUG).toLowerCase();
  if (!SLUG.test(slug)) throw new RowRefused('slug', `"${slug}" is not lower-case words joined by hyphens`);
  const sku = fields.required('sku', 64);
  if (!SKU.test(sku)) throw new RowRefused('sku', `"${sku}" has spaces or characters outside ASCII`);
  const image = fields.text('image1_src', 2000) || null;
  if (image !== null && !isLink(image)) throw new RowRefused('image1_src', 'is not an http(s) URL');
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
    sku,
    master: masterOf(fields, record),
    optionValues,
    price: priceOf(fields),
    onHand,
    // What is not tracked can always be had.
    backorderable: (fields.flag('inventory_backorderable') ?? false) || fields.flag('track_inventory') === false,
    image,
    measures,
    describes:
      Object.keys(optionValues).length > 0 ||
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
  const categoryNames = fields
    .text('category1', 1000)
    .split('->')
    .map((part) => part.trim())
    .filter(Boolean);
  if (categoryNames.length > 6 || categoryNames.some((part) => part.length > 100)) {
    throw new RowRefused('category1', 'has more than 6 levels, or a name of more than 100 characters');
  }
  const tags = [
    ...new Set(
      fields
        .text('tags', 3000)
        .split(',')
        .map((tag) => tag.trim())
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
    categoryNames,
    attributes: attributesOf(fields, record),
    tags,
  };
}

function attributesOf(fields: Fields, record: Record<string, string>): Attributes {
  const found = Object.keys(record).flatMap((column) => {
    const name = CUSTOM_FIELD.exec(column)?.[1];
    const value = name ? fields.text(column, 500) : '';
    return name && value !== '' ? [[name, value] as const] : [];
  });
  const kind = fields.text('product_type', 500);
  if (found.length > 49) throw new RowRefused('custom_field', 'there are more than 49 custom fields');
  return Object.fromEntries(kind === '' ? found : [['product_type', kind], ...found]);
}
