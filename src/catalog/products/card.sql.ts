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

/** What a card has when it is asked for: the rest of the row costs little. */
export const CARD_INCLUDES = ['attributes', 'brand', 'options', 'tags'] as const;
export type CardInclude = (typeof CARD_INCLUDES)[number];

/**
 * A card as JSON text, from a product `p`, its category `c`, its brand `b` when included, and its price `k`. `thumbnail` is
 * where its picture is.
 */
export const card = (locales: string[], include: CardInclude[], thumbnail: string): string => `json_build_object(
  'id', p.id, 'slug', p.slug, 'name', ${translated('p', 'name', locales)}, 'thumbnail', ${thumbnail},
  'price', ${MONEY('k.amount', 'k.currency')}, 'compareAtPrice', ${MONEY('k.compare_at_amount', 'k.currency')},
  'lowestPrice30Days', ${MONEY('k.lowest_amount', 'k.currency')},
  'inStock', ${IN_STOCK}, 'category', ${category(locales)},
  ${CARD_INCLUDES.map((name) => `'${name}', ${include.includes(name) ? (name === 'brand' ? BRAND : `p.${name}`) : 'NULL'}`).join(', ')})::text`;

export const money = MONEY;
