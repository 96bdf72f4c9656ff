import { isCurrency } from '../../platform/index.js';
import type { PriceDraft } from '../products/insert-products.js';
import type { OptionValues } from '../products/product-options.js';
import { MAX_SLUG, SLUG } from '../products/slug.js';
import type { Measures } from '../products/variant.entity.js';
import { SKU } from '../products/variants.dto.js';
import { CUSTOM_FIELD, FURTHER, imageOf, type MasterFields, masterOf } from './csv-master.js';
import { Fields, RowRefused } from './fields.js';

/** A row as Galley sees it. Without `master` it is about a variant, and may be just a price in one more currency. */
export interface CsvRow {
  line: number;
  /** Empty when the product is told by `externalId` or `sku`; it is filled in before rows are applied. */
  slug: string;
  /** What another system calls the product. */
  externalId: string | null;
  /** Nothing but the SKU of a variant says which product it is. */
  isNamedBySku: boolean;
  /** Empty in a row that describes a product and no variant. */
  sku: string;
  master: MasterFields | null;
  title: string | null;
  optionValues: OptionValues;
  price: PriceDraft | null;
  onHand: number | null;
  /** Null where the file does not say it. */
  backorderable: boolean | null;
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
const ATTRIBUTE = 'custom_field.';
const OPTIONS = [1, 2, 3, 4, 5];
const LENGTHS = { mm: 1, cm: 10, m: 1000, in: 25.4, ft: 304.8 };
const WEIGHTS = { g: 1, kg: 1000, lb: 453.59237, oz: 28.349523125 };

export const isKnownColumn = (column: string): boolean =>
  KNOWN_COLUMNS.has(column) ||
  FURTHER.includes(column) ||
  CUSTOM_FIELD.test(column) ||
  /^option[1-5]_(name|value)$/.test(column) ||
  /^image([1-9]|[1-4]\d|50)_(src|alt)$/.test(column);

/** What a header calls a column, in any case, as it is called here. Names of attributes are told apart by case. */
export function columnOf(header: string): string {
  const column = header.trim();
  const lower = column.toLowerCase();
  if (lower.startsWith(ATTRIBUTE)) return ATTRIBUTE + column.slice(ATTRIBUTE.length);
  return isKnownColumn(lower) ? lower : column;
}

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
    isNamedBySku: slug === '' && externalId === null,
    sku,
    master: masterOf(fields),
    title: fields.text('variant_title', 200) || null,
    optionValues,
    price: priceOf(fields),
    onHand,
    backorderable: backorderableOf(fields),
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

function backorderableOf(fields: Fields): boolean | null {
  if (!fields.has('inventory_backorderable') && !fields.has('track_inventory')) return null;
  // What is not tracked can always be had.
  return (fields.flag('inventory_backorderable') ?? false) || fields.flag('track_inventory') === false;
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
  if (!fields.has('compare_at_price')) return { currency, amount };
  return { currency, amount, compareAtAmount: before === 0 ? null : before };
}
