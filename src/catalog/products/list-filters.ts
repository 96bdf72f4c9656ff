import { type CardInclude, hasInStock } from './card.sql.js';
import type { ProductStatus } from './product.entity.js';

export const PRODUCT_SORTS = [
  'createdAt',
  '-createdAt',
  'name',
  '-name',
  'price',
  '-price',
  'bestSelling',
  'relevance',
] as const;
export type ProductSort = (typeof PRODUCT_SORTS)[number];

/** What is searched for. */
export interface Words {
  /** As PostgreSQL reads it, and what to rank it by: tsqueries as text. */
  query: string;
  rank: string;
  /** How many of the first tier have it, as many at most as are ranked. */
  prominent: number;
}

/** What a list shows: checked, defaults filled in. */
export interface ListFilter {
  q?: string;
  /** What `q` says, where the statement is planned for it. */
  words?: Words;
  category?: string;
  /** That category and all below it, once they are known. */
  categoryIds?: string[];
  /** Slug or id; id once it has been looked up. */
  collection?: string;
  /** Whether it may be one that is not published. */
  unpublished?: boolean;
  /** Undefined shows all. */
  status?: ProductStatus;
  minPrice?: number;
  maxPrice?: number;
  inStock?: boolean;
  currency: string;
  /** Only products with a price in `currency`: asked for by name, or implied by a filter or sort on prices. */
  priced: boolean;
  option: Record<string, string>;
  /** Slug of a brand, code of a type, a tag, and attributes that products have. Several are alternatives, `|` between. */
  brand?: string;
  type?: string;
  tag?: string;
  attribute: Record<string, string>;
  include: CardInclude[];
  /** Locales to answer in, the first that has a text; none for the base. */
  locales: string[];
  /** What addresses of uploaded pictures begin with, as a literal. */
  pictures: string;
  /** Languages to read `q` in, the one that products are written in first. */
  languages: string[];
  /** Undefined sorts by relevance with `q`, newest first without. */
  sort?: ProductSort;
}

interface Scope {
  /** What is searched for, a tsquery. */
  query?: string | undefined;
  /** The column that has the status. */
  status: string;
  /** What else is asked of the table that prices come from. */
  priced?: string | undefined;
  /** Where it is about products of a collection already: what is asked of its table. */
  collected?: string | undefined;
  currency: string;
  value: (given: unknown) => string;
}

/** Whether how many fit depends so much on the values that each deserves a plan of its own. */
export const isPlanned = (filter: ListFilter): boolean =>
  isNarrowed(filter) || (filter.q !== undefined && (filter.sort ?? 'relevance') !== 'relevance');

function isNarrowed({ minPrice, maxPrice, option, attribute, inStock, ...filter }: ListFilter): boolean {
  const { category, brand, type, tag, collection } = filter;
  const named = [minPrice, maxPrice, category, brand, type, tag, collection].some((value) => value !== undefined);
  return named || inStock === false || [option, attribute].some((map) => Object.keys(map).length > 0);
}

/** What a list is about: the conditions that facets are counted under. */
export function scopeOf(filter: ListFilter, { query, status, priced, collected, value }: Scope): string[] {
  const where: string[] = [];
  if (query !== undefined) where.push(`p.search @@ ${query}`);
  if (priced) where.push(priced);
  // The statuses are a closed list; as literals they let the planner choose well.
  if (filter.status) where.push(`${status} = '${filter.status}'`);
  if (filter.minPrice !== undefined) where.push(`k.amount >= ${value(filter.minPrice)}`);
  if (filter.maxPrice !== undefined) where.push(`k.amount <= ${value(filter.maxPrice)}`);
  if (filter.categoryIds) where.push(inCategories(value(filter.categoryIds)));
  if (collected !== undefined) where.push(collected);
  else if (filter.collection !== undefined) where.push(inCollection(value(filter.collection)));
  // Who has no variant that can be had has one that is noted: where few have, the others need not be looked at.
  if (filter.inStock === false) where.push('p.id IN (SELECT product_id FROM catalog.sold_out)');
  if (filter.type !== undefined) {
    where.push(`p.type_id = (SELECT id FROM catalog.product_types WHERE code = ${value(filter.type)})`);
  }
  return where;
}

/**
 * Lets only products `p` through that can be had, or only the others. Where options are `asked` of a variant, it is that one
 * that has to be in stock. As a join, because a planner takes a condition to be
 * worked out for every row, those too that a cheaper one has turned away, and then shuns the index with the order.
 */
export const stocked = ({ inStock }: ListFilter, asked: string[] = []): string =>
  inStock === undefined
    ? ''
    : `JOIN LATERAL (SELECT ${hasInStock(inStock ? asked : [])} AS found OFFSET 0) stocked ON stocked.found = ${inStock}`;

/** A filter that shoppers switch while they look at the counts of its other values. */
export interface FacetFilter {
  facet: 'brand' | 'tag' | 'option' | 'attribute';
  /** Of the option, or code of the attribute. */
  name: string;
  values: string[];
  condition: string;
  /** Of an option: what it asks of a variant `v`. */
  ofVariant?: string;
}

/** One condition for each facet that is set; its values are alternatives. */
export function facetsOf(filter: ListFilter, value: (given: unknown) => string): FacetFilter[] {
  const { brand, tag, option, attribute } = filter;
  const facets: FacetFilter[] = [];
  const add = (facet: FacetFilter['facet'], name: string, text: string, conditionOf: (values: string[]) => string) => {
    const values = text.split('|').filter(Boolean);
    facets.push({ facet, name, values, condition: conditionOf(values) });
  };
  if (brand !== undefined) {
    const ids = (slugs: string[]) => `ARRAY(SELECT id FROM catalog.brands WHERE slug = ANY (${value(slugs)}::text[]))`;
    add('brand', 'brand', brand, (slugs) => `p.brand_id = ANY (${ids(slugs)})`);
  }
  if (tag !== undefined) add('tag', 'tag', tag, (tags) => `p.tags && ${value(tags)}::text[]`);
  for (const [code, text] of Object.entries(attribute)) {
    add('attribute', code, text, (values) => hasAttribute(code, values, value));
  }
  for (const [name, text] of Object.entries(option)) {
    const values = text.split('|').filter(Boolean);
    const ofVariant = hasOption(name, values, value);
    facets.push({ facet: 'option', name, values, ofVariant, condition: hasVariant([ofVariant]) });
  }
  return facets;
}

/** What the options that are set ask of a variant `v`, one after the other. */
export const askedOfVariant = (facets: FacetFilter[]): string[] => facets.flatMap(({ ofVariant = [] }) => ofVariant);

/** A product `p` has one variant `v` of which all this is true. */
export const hasVariant = (asked: string[]): string =>
  `EXISTS (SELECT FROM catalog.variants v WHERE ${['v.product_id = p.id', 'v.archived_at IS NULL', ...asked].join(' AND ')})`;

/** A variant `v` has one of these values. */
const hasOption = (name: string, values: string[], value: (given: unknown) => string): string =>
  anyOf(values.map((one) => `v.option_values @> ${value(JSON.stringify({ [name]: one }))}::jsonb`));

export function hasAttribute(code: string, values: string[], value: (given: unknown) => string): string {
  const meant = values.flatMap(meanings).map((one) => JSON.stringify({ [code]: one }));
  return anyOf(meant.map((json) => `p.attributes @> ${value(json)}::jsonb`));
}

export const anyOf = (conditions: string[]): string =>
  conditions.length > 0 ? `(${conditions.join(' OR ')})` : 'false';

/** What a value in a query may be in JSON: a text, a number, a boolean. */
function meanings(text: string): (string | number | boolean)[] {
  const number = /^-?\d{1,15}(\.\d{1,10})?$/.test(text) ? [Number(text)] : [];
  return [text, ...number, ...(text === 'true' || text === 'false' ? [text === 'true'] : [])];
}

const inCollection = (id: string): string =>
  `EXISTS (SELECT FROM catalog.collection_products i WHERE i.collection_id = ${id}::uuid AND i.product_id = p.id)`;

/** What asks the index of further categories has to say that there are any. */
export const inCategories = (ids: string): string =>
  `(p.category_id = ANY (${ids}::uuid[]) OR (p.category_ids <> '{}' AND p.category_ids && ${ids}::uuid[]))`;
