import { shownMedia, thumbnailOf } from '../media/shown-media.sql.js';
import { PUBLIC_LISTS, SHOWN_PRICE, TIERS } from '../prices/shown-price.sql.js';
import { BRAND, card, category, labels, money, reference, translated } from './card.sql.js';

const time = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The members of a variant `v` with its stock `s` and its price `x`. */
const VARIANT_MEMBERS = `
  'id', v.id, 'sku', v.sku, 'title', v.title, 'optionValues', v.option_values,
  'price', ${money('x.amount', 'x.currency')}, 'compareAtPrice', ${money('x.compare_at_amount', 'x.currency')},
  'lowestPrice30Days', ${money('x.lowest_amount', 'x.currency')}, 'tiers', ${TIERS},
  'prices', coalesce((
    SELECT json_agg(json_build_object('amount', y.amount, 'currency', y.currency, 'compareAtAmount', y.compare_at_amount)
      ORDER BY y.currency)
    FROM catalog.prices y WHERE y.variant_id = v.id), '[]'),
  'available', greatest(s.on_hand - s.reserved, 0), 'backorderable', s.backorderable, 'image', v.image,
  'weightGrams', v.weight_grams, 'widthMm', v.width_mm, 'heightMm', v.height_mm, 'depthMm', v.depth_mm`;

const VARIANT_SOURCE = `lists CROSS JOIN catalog.variants v
  JOIN catalog.stock s ON s.variant_id = v.id
  ${SHOWN_PRICE}`;

const seo = (locales: string[]): string =>
  ['title', 'description']
    .map((field) => {
      const own = locales.map((locale) => `p.translations -> '${locale}' -> 'seo' ->> '${field}'`);
      return `'${field}', ${own.length > 0 ? `coalesce(${[...own, `p.seo ->> '${field}'`].join(', ')})` : `p.seo ->> '${field}'`}`;
    })
    .join(', ');

/** Further categories of the product `p`. */
const further = (locales: string[]): string => `coalesce((
  SELECT json_agg(${reference('f', locales)} ORDER BY u.place)
  FROM unnest(p.category_ids) WITH ORDINALITY AS u (id, place) JOIN catalog.categories f ON f.id = u.id), '[]')`;

/** Products beside this one that everyone may see, as cards. */
const related = (locales: string[], pictures: string): string => `(
  SELECT coalesce(json_agg(r.card ORDER BY r.place), '[]') FROM (SELECT p.related_ids AS ids) outer_ids, LATERAL (
    SELECT ${card(locales, [], thumbnailOf('p', pictures))}::json AS card, u.place
    FROM unnest(outer_ids.ids) WITH ORDINALITY AS u (id, place)
    JOIN catalog.products p ON p.id = u.id AND p.status = 'active'
    LEFT JOIN catalog.card_prices k ON k.product_id = p.id AND k.currency = $2
    LEFT JOIN catalog.categories c ON c.id = p.category_id) r)`;

/** What a detail has when it is asked for. */
export const DETAIL_INCLUDES = ['related', 'typeAttributes'] as const;
export type DetailInclude = (typeof DETAIL_INCLUDES)[number];

export interface DetailWish {
  by: 'id' | 'slug';
  activeOnly: boolean;
  /** Locales to answer in, the first that has a text; none for the base. */
  locales: string[];
  /** What to say it is in. */
  locale: string;
  include: DetailInclude[];
  /** Whether to read its variants: there may be thousands. */
  variants: boolean;
  /** What addresses of uploaded pictures begin with, as a literal. */
  pictures: string;
}

/** A whole product as JSON text. $1 is its id or slug, $2 the currency, $3 the channel or null. Its texts come from settings and closed lists. */
export const detail = ({ by, activeOnly, locales, locale, include, variants, pictures }: DetailWish): string => `
  WITH ${PUBLIC_LISTS}
  SELECT p.id, p.category_id AS "categoryId", p.category_ids AS "categoryIds", p.brand_id AS "brandId", p.type_id AS "typeId", p.related_ids AS "relatedIds", json_build_object(
    'id', p.id, 'slug', p.slug, 'name', ${translated('p', 'name', locales)},
    'description', ${translated('p', 'description', locales)}, 'status', p.status, 'locale', '${locale}',
    'category', ${category(locales)}, 'categories', ${further(locales)}, 'externalId', p.external_id,
    'type', CASE WHEN t.id IS NOT NULL THEN json_build_object('id', t.id, 'code', t.code, 'name', t.name) END,
    'typeAttributes', ${include.includes('typeAttributes') ? `coalesce(t.attributes, '[]')` : 'NULL'},
    'brand', ${BRAND}, 'attributes', p.attributes, 'options', p.options, 'labels', ${labels(locales)}, 'tags', p.tags,
    'media', ${shownMedia(pictures)}, 'thumbnail', ${thumbnailOf('p', pictures)}, 'seo', json_build_object(${seo(locales)}), 'relatedIds', p.related_ids,
    'related', ${include.includes('related') ? related(locales, pictures) : 'NULL'},
    'publishAt', ${time('p.publish_at')}, 'unpublishAt', ${time('p.unpublish_at')},
    'variants', coalesce((
      SELECT json_agg(json_build_object(${VARIANT_MEMBERS}) ORDER BY v.position, v.id)
      FROM ${VARIANT_SOURCE}
      WHERE ${variants ? 'v.product_id = p.id AND v.archived_at IS NULL' : 'false'}), '[]'),
    'version', p.version, 'createdAt', ${time('p.created_at')}, 'updatedAt', ${time('p.updated_at')})::text AS body
  FROM catalog.products p
  LEFT JOIN catalog.categories c ON c.id = p.category_id
  LEFT JOIN catalog.product_types t ON t.id = p.type_id
  LEFT JOIN catalog.brands b ON b.id = p.brand_id
  WHERE p.${by} = $1${activeOnly ? ` AND p.status = 'active'` : ''}`;

/** The product that had the slug $1 before, and what it is called now. */
export const FORMER = `
  SELECT p.slug, p.status FROM catalog.former_slugs f JOIN catalog.products p ON p.id = f.product_id WHERE f.slug = $1`;

const SOLD = `FROM ${VARIANT_SOURCE} JOIN catalog.products p ON p.id = v.product_id WHERE v.archived_at IS NULL`;
const SOLD_MEMBERS = `${VARIANT_MEMBERS}, 'productId', p.id, 'version', p.version`;

/** One variant as JSON text. $1 is its id, $2 the currency, $3 the channel or null. */
export const VARIANT_DETAIL = `
  WITH ${PUBLIC_LISTS}
  SELECT json_build_object(${SOLD_MEMBERS})::text AS body ${SOLD} AND v.id = $1`;

/** Variants as JSON texts, each with its product. $1 are their SKUs, $2 the currency, $3 the channel or null. */
export const VARIANTS_BY_SKU = `
  WITH ${PUBLIC_LISTS}
  SELECT json_build_object(${SOLD_MEMBERS},
    'product', json_build_object('slug', p.slug, 'name', p.name, 'status', p.status))::text AS body
  ${SOLD} AND v.sku = ANY ($1::text[]) ORDER BY v.sku`;
