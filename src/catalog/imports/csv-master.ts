import { MAX_FURTHER } from '../products/further-categories.js';
import type { Attributes, Medium, ProductStatus, Seo, Translation } from '../products/product.entity.js';
import type { ProductOption } from '../products/product-options.js';
import { isLink } from '../products/products.validators.js';
import { type Fields, RowRefused } from './fields.js';

/** What the row of a product says of all of it. Left out is what the file does not say: that stays as it is. */
export interface MasterFields {
  name: string;
  description?: string | null;
  status?: ProductStatus;
  /** Of its main category, from the top down. */
  categoryNames?: string[];
  /** Of further ones, by their places. What stands in a place that is left out stays. */
  furtherNames?: (string[] | undefined)[];
  /** What becomes of those that there are. @throws {RowRefused} */
  attributes?: (before: Attributes) => Attributes;
  tags?: string[];
  media?: (before: Medium[]) => Medium[];
  /** Empty for the first picture. */
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

/** `custom_field.warranty`; with `:number`, `:boolean` or `:text` after it, the values are that. */
export const CUSTOM_FIELD = /^custom_field\.(?:custom\.)?(.{1,50}?)(?::(number|boolean|text))?$/is;
const MAX_ATTRIBUTES = 50;
const PRODUCT_TYPE = 'product_type';
/** Categories besides the main one. */
export const FURTHER = Array.from({ length: MAX_FURTHER }, (_, index) => `category${index + 2}`);
const IMAGES = Array.from({ length: 50 }, (_, index) => `image${index + 1}`);
const STATUSES: ProductStatus[] = ['draft', 'active', 'archived'];

/** Null for a row without a name. */
export function masterOf(fields: Fields): MasterFields | null {
  const name = fields.text('name', 200);
  if (name === '') return null;
  const text = (column: string, max: number) => fields.text(column, max) || null;
  const attributes = attributesOf(fields);
  return {
    name,
    ...(fields.has('description') && { description: text('description', 20_000) }),
    ...(fields.text('status', 20) !== '' && { status: statusOf(fields) }),
    ...(fields.has('category1') && { categoryNames: categoryOf(fields, 'category1') }),
    ...(FURTHER.some((column) => fields.has(column)) && {
      furtherNames: FURTHER.map((column) => (fields.has(column) ? categoryOf(fields, column) : undefined)),
    }),
    ...(attributes && { attributes }),
    ...(fields.has('tags') && { tags: tagsOf(fields) }),
    ...picturesOf(fields),
    ...(fields.has('brand') && { brand: text('brand', 100) }),
    ...(fields.has('type_code') && { typeCode: text('type_code', 50) }),
    ...((fields.has('seo_title') || fields.has('seo_description')) && {
      seo: {
        ...(fields.has('seo_title') && { title: text('seo_title', 200) }),
        ...(fields.has('seo_description') && { description: text('seo_description', 500) }),
      },
    }),
    ...(fields.has('publish_at') && { publishAt: fields.time('publish_at') }),
    ...(fields.has('unpublish_at') && { unpublishAt: fields.time('unpublish_at') }),
  };
}

function statusOf(fields: Fields): ProductStatus {
  const status = fields.text('status', 20).toLowerCase() as ProductStatus;
  if (!STATUSES.includes(status)) throw new RowRefused('status', `"${status}" is none of ${STATUSES.join(', ')}`);
  return status;
}

function tagsOf(fields: Fields): string[] {
  const tags = [
    ...new Set(
      // One with a comma or a quote in it stands in quotes, and its own are doubled.
      [...fields.text('tags', 6000).matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]+))\s*(?:,|$)/g)]
        .map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim())
        .filter((tag) => tag.trim() !== ''),
    ),
  ];
  if (tags.length > 50 || tags.some((tag) => tag.length > 50)) {
    throw new RowRefused('tags', 'has more than 50 tags, or one of more than 50 characters');
  }
  return tags;
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

export function imageOf(fields: Fields, column: string): string | null {
  const image = fields.text(column, 2000) || null;
  if (image !== null && !isLink(image)) throw new RowRefused(column, 'is not an http(s) URL');
  return image;
}

/** A row that names no picture leaves those that there are. */
function picturesOf(fields: Fields): Pick<MasterFields, 'media' | 'thumbnail'> {
  const cells = IMAGES.map((image) => ({
    url: fields.has(`${image}_src`) ? imageOf(fields, `${image}_src`) : undefined,
    alt: fields.has(`${image}_alt`) ? fields.text(`${image}_alt`, 500) || null : undefined,
  }));
  const isNamed = cells.some(({ url, alt }) => url || (url === undefined && alt));
  const media = (before: Medium[]): Medium[] =>
    cells.flatMap(({ url, alt }, index) => {
      const old = before[index];
      const shown = url === undefined ? old?.url : url;
      if (!shown) return [];
      return { url: shown, alt: alt === undefined ? (shown === old?.url ? old.alt : null) : alt };
    });
  const thumbnail = imageOf(fields, 'thumbnail') ?? (isNamed && fields.has('thumbnail') ? '' : undefined);
  return { ...(isNamed && { media }), ...(thumbnail !== undefined && { thumbnail }) };
}

function attributesOf(fields: Fields): MasterFields['attributes'] {
  const said = new Map<string, string | number | boolean | null>();
  for (const column of [PRODUCT_TYPE, ...fields.columns]) {
    const [, name = '', kind = ''] = column === PRODUCT_TYPE ? ['', column] : (CUSTOM_FIELD.exec(column) ?? []);
    if (name === '' || !fields.has(column)) continue;
    const value = fields.text(column, 500);
    // A name may have a column for each kind of value, of which at most one is filled.
    if (value !== '' || !said.has(name)) said.set(name, value === '' ? null : typed(column, kind.toLowerCase(), value));
  }
  if (said.size === 0) return undefined;
  return (before) => {
    const after = [...new Map([...Object.entries(before), ...said])].filter(([, value]) => value !== null);
    if (after.length > MAX_ATTRIBUTES) {
      throw new RowRefused('custom_field', `the product would have more than ${MAX_ATTRIBUTES} custom fields`);
    }
    return Object.fromEntries(after) as Attributes;
  };
}

function typed(column: string, kind: string, value: string): string | number | boolean {
  if (kind === '' || kind === 'text') return value;
  if (kind === 'boolean' && ['true', 'false'].includes(value.toLowerCase())) return value.toLowerCase() === 'true';
  const number = kind === 'number' ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw new RowRefused(column, `"${value}" is not a ${kind}`);
  return number;
}
