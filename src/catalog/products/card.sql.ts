import { beyond } from '../stock/stock.sql.js';

const CAN_BE_HAD = `s.on_hand + ${beyond('s')} > s.reserved`;

/** Whether a variant `v` can be had. */
export const VARIANT_IN_STOCK = `EXISTS (SELECT FROM catalog.stock s WHERE s.variant_id = v.id AND ${CAN_BE_HAD})`;

/** A look-up per row, never a join over all there are. */
const found = (what: string): string => `coalesce((SELECT true FROM ${what} LIMIT 1), false)`;

/**
 * Whether a product `p` has a variant that can be had. Of most products none is sold out, and that is noted.
 * @param asked what else is asked of that variant `v`
 */
export function hasInStock(asked: string[]): string {
  const where = ['v.product_id = p.id', 'v.archived_at IS NULL', ...asked, CAN_BE_HAD].join(' AND ');
  const one = found(`catalog.variants v JOIN catalog.stock s ON s.variant_id = v.id WHERE ${where}`);
  return asked.length > 0 ? one : `(NOT ${found('catalog.sold_out WHERE product_id = p.id')} OR ${one})`;
}

export const IN_STOCK = hasInStock([]);

const MONEY = (amount: string, currency: string) =>
  `CASE WHEN ${amount} IS NOT NULL THEN json_build_object('amount', ${amount}, 'currency', ${currency}) END`;

/**
 * A text of the row `of`, in the first of these locales that has it. The locales are the shop's own, so they may stand
 * in the statement.
 */
export const translated = (of: string, field: string, locales: string[]): string =>
  locales.length === 0
    ? `${of}.${field}`
    : `coalesce(${locales.map((locale) => `${of}.translations -> '${locale}' ->> '${field}'`).join(', ')}, ${of}.${field})`;

/** A category, by the name of its row. */
export const reference = (of: string, locales: string[]): string =>
  `json_build_object('id', ${of}.id, 'slug', ${of}.slug, 'name', ${translated(of, 'name', locales)})`;

/** The category `c`. */
export const category = (locales: string[]): string => `CASE WHEN c.id IS NOT NULL THEN ${reference('c', locales)} END`;

/** The brand `b`. */
export const BRAND = `CASE WHEN b.id IS NOT NULL THEN json_build_object('id', b.id, 'slug', b.slug, 'name', b.name) END`;

/** The texts by name at this place in each of the locales: of two for one name, that of the former locale. */
const merged = (locales: string[], place: string): string =>
  locales
    .toReversed()
    .map((locale) => `coalesce(p.translations -> '${locale}' -> ${place}, '{}')`)
    .join(' || ');

/** What the options that there are, and their values, are called. */
const optionLabels = (locales: string[]): string => `coalesce((
  SELECT json_object_agg(o.name, o.label ORDER BY o.place) FROM (
    SELECT d.name, e.place, jsonb_strip_nulls(jsonb_build_object(
      'name', coalesce(${locales.map((locale) => `p.translations -> '${locale}' -> 'options' -> d.name ->> 'name'`).join(', ')}),
      'values', (
        SELECT jsonb_object_agg(w.key, w.value) FROM jsonb_each(${merged(locales, `'options' -> d.name -> 'values'`)}) w
        WHERE e.option -> 'values' ? w.key))) AS label
    FROM jsonb_array_elements(p.options) WITH ORDINALITY AS e (option, place)
    CROSS JOIN LATERAL (SELECT e.option ->> 'name' AS name) d) o
  WHERE o.label <> '{}'), '{}')`;

/** What options, their values and attributes are called, where the names in the answer are those of the base locale. */
export const labels = (locales: string[]): string =>
  locales.length === 0
    ? 'NULL'
    : `json_build_object('options', ${optionLabels(locales)}, 'attributes', ${merged(locales, `'attributes'`)})`;

/** What a card has when it is asked for: the rest of the row costs little. */
export const CARD_INCLUDES = ['attributes', 'brand', 'labels', 'options', 'tags'] as const;
export type CardInclude = (typeof CARD_INCLUDES)[number];

/** What a card needs of its product `p` for these, and for texts in these locales. */
export const columnsFor = (include: CardInclude[], locales: string[]): string[] => [
  ...new Set([...include.map(columnFor), ...(locales.length > 0 ? ['translations'] : [])]),
];

function columnFor(include: CardInclude): string {
  if (include === 'brand') return 'brand_id';
  return include === 'labels' ? 'options' : include;
}

function included(include: CardInclude, locales: string[]): string {
  if (include === 'brand') return BRAND;
  return include === 'labels' ? labels(locales) : `p.${include}`;
}

/**
 * A card as JSON text, from a product `p`, its category `c`, its brand `b` when included, and its price `k`. `thumbnail` is
 * where its picture is.
 */
export const card = (locales: string[], include: CardInclude[], thumbnail: string): string => `json_build_object(
  'id', p.id, 'slug', p.slug, 'name', ${translated('p', 'name', locales)}, 'thumbnail', ${thumbnail},
  'price', ${MONEY('k.amount', 'k.currency')}, 'compareAtPrice', ${MONEY('k.compare_at_amount', 'k.currency')},
  'lowestPrice30Days', ${MONEY('k.lowest_amount', 'k.currency')},
  'inStock', ${IN_STOCK}, 'category', ${category(locales)},
  ${CARD_INCLUDES.map((name) => `'${name}', ${include.includes(name) ? included(name, locales) : 'NULL'}`).join(', ')})::text`;

export const money = MONEY;
