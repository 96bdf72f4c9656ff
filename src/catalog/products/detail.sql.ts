import { PUBLIC_LISTS, SHOWN_PRICE, TIERS } from '../prices/shown-price.sql.js';
import { CATEGORY, money } from './card.sql.js';

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

/** A whole product as JSON text. $1 is its id or slug, $2 the currency, $3 the channel or null. */
const detail = (where: string) => `
  WITH ${PUBLIC_LISTS}
  SELECT p.id, p.category_id AS "categoryId", json_build_object(
    'id', p.id, 'slug', p.slug, 'name', p.name, 'description', p.description, 'status', p.status,
    'category', ${CATEGORY}, 'attributes', p.attributes, 'options', p.options, 'tags', p.tags, 'media', p.media,
    'thumbnail', p.thumbnail,
    'variants', coalesce((
      SELECT json_agg(json_build_object(${VARIANT_MEMBERS}) ORDER BY v.position, v.id)
      FROM ${VARIANT_SOURCE}
      WHERE v.product_id = p.id AND v.archived_at IS NULL), '[]'),
    'version', p.version, 'createdAt', ${time('p.created_at')}, 'updatedAt', ${time('p.updated_at')})::text AS body
  FROM catalog.products p LEFT JOIN catalog.categories c ON c.id = p.category_id
  WHERE ${where}`;

export const DETAIL = {
  byId: detail('p.id = $1'),
  bySlug: detail('p.slug = $1'),
  activeById: detail(`p.id = $1 AND p.status = 'active'`),
  activeBySlug: detail(`p.slug = $1 AND p.status = 'active'`),
};

/** One variant as JSON text. $1 is its id, $2 the currency, $3 the channel or null. */
export const VARIANT_DETAIL = `
  WITH ${PUBLIC_LISTS}
  SELECT json_build_object(${VARIANT_MEMBERS}, 'productId', p.id, 'version', p.version)::text AS body
  FROM ${VARIANT_SOURCE} JOIN catalog.products p ON p.id = v.product_id
  WHERE v.id = $1 AND v.archived_at IS NULL`;
