import { beyond } from './stock.sql.js';

/** The location $1, which stays until the transaction ends: locations are locked before stock. */
export const HOLD_LOCATION = 'SELECT active FROM catalog.stock_locations WHERE code = $1 FOR KEY SHARE';

/** Nobody else changes the stock of the variants $1 until the transaction ends. What follows sees it as it is by then. */
export const LOCK_STOCK = `
  SELECT FROM catalog.stock WHERE variant_id = ANY ($1::uuid[]) ORDER BY variant_id FOR NO KEY UPDATE`;

/** What lies at the location `code` of a stock `s`. */
const lyingAt = (code: string): string => `
  CASE WHEN ${code} = 'main' THEN s.on_hand::bigint - s.elsewhere ELSE coalesce((
    SELECT l.on_hand FROM catalog.stock_levels l WHERE l.variant_id = s.variant_id AND l.location = ${code}), 0) END`;

const LOCATIONS = `
  SELECT json_agg(json_build_object('code', c.code, 'name', c.name, 'onHand', ${lyingAt('c.code')})
    ORDER BY c.id)
  FROM catalog.stock_locations c
  WHERE c.code = 'main' OR EXISTS (
    SELECT FROM catalog.stock_levels l WHERE l.variant_id = s.variant_id AND l.location = c.code AND l.on_hand > 0)`;

/** The whole stock of the variant $1. */
export const LEVEL_OF = `
  SELECT s.variant_id AS "variantId", v.product_id AS "productId", s.on_hand AS "onHand", s.reserved, s.elsewhere,
    s.backorderable, s.beyond_limit AS "beyondLimit", s.preorder_from AS "preorderFrom", s.low_stock_at AS "lowStockAt",
    s.version, s.updated_at AS "updatedAt", (${LOCATIONS}) AS locations
  FROM catalog.stock s JOIN catalog.variants v ON v.id = s.variant_id
  WHERE s.variant_id = $1 AND v.archived_at IS NULL`;

/**
 * Books at the location $5 what came or went ($2) or was counted ($3) of each of the variants $1, whose stock is locked,
 * as $6 because of $7, for $8, by $9. Where $4 names a version, only if that is the one there is. A row for each that was
 * given, in order, saying why it was turned down.
 */
export const BOOK = `
  WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::bigint[])
      WITH ORDINALITY AS g (variant_id, delta, counted, expected, place)
  ), known AS (
    SELECT s.variant_id, s.on_hand, s.reserved, s.elsewhere, s.backorderable, s.beyond_limit, s.low_stock_at, s.version,
      v.product_id, g.expected, ${lyingAt('$5::text')} AS here,
      coalesce(g.delta::bigint, g.counted - ${lyingAt('$5::text')}) AS delta
    FROM given g JOIN catalog.stock s ON s.variant_id = g.variant_id
    -- What was on its way arrives, also when it is no longer sold.
    JOIN catalog.variants v ON v.id = g.variant_id AND (v.archived_at IS NULL OR $6 = 'transfer_in')
  ), judged AS (
    SELECT k.*, CASE
      WHEN expected <> version THEN 'stale'
      WHEN on_hand + delta NOT BETWEEN -2147483647 AND 2147483647 OR here + delta > 2147483647
        OR abs(delta) > 2147483647 OR $5 <> 'main' AND elsewhere + delta > 2147483647 THEN 'too_many'
      WHEN delta < 0 AND on_hand + delta + ${beyond('k')} < reserved THEN 'promised'
      WHEN delta < 0 AND here + delta < 0 AND NOT ($5 = 'main' AND backorderable) THEN 'not_there'
    END AS refusal
    FROM known k
  ), updated AS (
    UPDATE catalog.stock s
    SET on_hand = s.on_hand + j.delta, elsewhere = s.elsewhere + CASE WHEN $5 = 'main' THEN 0 ELSE j.delta END,
      updated_at = now()
    FROM judged j WHERE s.variant_id = j.variant_id AND j.refusal IS NULL AND j.delta <> 0
    RETURNING s.variant_id, s.version
  ), placed AS (
    INSERT INTO catalog.stock_levels AS l (variant_id, location, on_hand)
    SELECT variant_id, $5, here + delta FROM judged WHERE refusal IS NULL AND delta <> 0 AND $5 <> 'main'
    ON CONFLICT (variant_id, location) DO UPDATE SET on_hand = excluded.on_hand, updated_at = now()
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_on_hand, location, reason, reference, created_by)
    SELECT variant_id, $6, delta, $5, $7, $8, $9::uuid FROM judged WHERE refusal IS NULL AND delta <> 0
  )
  SELECT g.variant_id AS "variantId", j.product_id AS "productId", j.refusal, j.here, j.reserved, j.delta,
    j.on_hand AS "onHand", coalesce(u.version, j.version) AS version, j.on_hand::bigint - j.reserved AS "before",
    j.on_hand::bigint - j.reserved + CASE WHEN j.refusal IS NULL THEN j.delta ELSE 0 END AS "after",
    ${beyond('j')} AS beyond, j.low_stock_at AS "lowStockAt"
  FROM given g LEFT JOIN judged j ON j.variant_id = g.variant_id LEFT JOIN updated u ON u.variant_id = g.variant_id
  ORDER BY g.place`;

/** Sets how the variant $1, whose stock is locked, is sold. */
export const SET_TERMS = `
  UPDATE catalog.stock
  SET backorderable = $2, beyond_limit = $3, preorder_from = $4, low_stock_at = $5, updated_at = now()
  WHERE variant_id = $1`;

/**
 * So many movements of $1, newest first, after the one at ($2, $3) where it goes `further`. Not for which cart goods were held: whoever knows the
 * id of a guest's cart has the cart, and the address in it.
 */
export const movementsOf = (further: boolean, limit: number): string => `
  SELECT id, kind, delta_on_hand AS "deltaOnHand", delta_reserved AS "deltaReserved", reason,
    CASE WHEN kind NOT IN ('hold', 'hold_end') THEN reference END AS reference, location,
    created_by AS "createdBy", created_at AS "createdAt"
  FROM catalog.stock_movements
  WHERE variant_id = $1 ${further ? 'AND (created_at, id) < ($2::timestamptz, $3::uuid)' : ''}
  ORDER BY created_at DESC, id DESC LIMIT ${limit}`;
