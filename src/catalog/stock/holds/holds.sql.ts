import { beyond, changed } from '../stock.sql.js';

// Each of the writes runs under the lock on all stock that it may touch, taken by a statement before: it sees the holds
// as they are by then, and nobody else changes them, because everybody takes that lock first.

/**
 * Lets one at a time change what the references $1 hold. Else the stock that a hold locks could be less than what it turns out
 * to touch: what another, for whom it waited, has just begun to hold.
 */
export const TAKE_TURN = `
  SELECT pg_advisory_xact_lock(hashtextextended(reference, 0))
  FROM (SELECT unnest($1::text[]) AS reference ORDER BY 1) AS asked`;

/** Locks the stock of the variants $2 and of whatever the references $1 hold. */
export const LOCK_HELD = `
  SELECT FROM catalog.stock WHERE variant_id = ANY (ARRAY(
    SELECT unnest($2::uuid[]) UNION SELECT variant_id FROM catalog.stock_holds WHERE reference = ANY ($1::text[])))
  ORDER BY variant_id FOR NO KEY UPDATE`;

/**
 * Makes what the reference $1 holds the variants $2 in the quantities $3, until $4. A row for each variant that it had or
 * has now; those of which there are not enough are missing.
 */
export const HOLD = `
  WITH wanted AS (
    SELECT variant_id, quantity FROM unnest($2::uuid[], $3::integer[]) AS w (variant_id, quantity)
  ), held AS (
    SELECT variant_id, quantity FROM catalog.stock_holds WHERE reference = $1
  ), lines AS (
    SELECT variant_id, coalesce(w.quantity, 0) AS quantity, coalesce(w.quantity, 0) - coalesce(h.quantity, 0) AS delta
    FROM wanted w FULL JOIN held h USING (variant_id)
  ), fitting AS (
    SELECT l.variant_id, l.quantity, l.delta FROM lines l JOIN catalog.stock s ON s.variant_id = l.variant_id
    WHERE l.delta <= 0 OR s.on_hand + ${beyond('s')} - s.reserved >= l.delta
  ), updated AS (
    UPDATE catalog.stock s SET reserved = s.reserved + f.delta, updated_at = now()
    FROM fitting f WHERE s.variant_id = f.variant_id AND f.delta <> 0
    RETURNING s.variant_id, f.delta, s.on_hand, s.reserved, s.backorderable, s.beyond_limit, s.low_stock_at
  ), kept AS (
    INSERT INTO catalog.stock_holds (reference, variant_id, quantity, expires_at)
    SELECT $1, variant_id, quantity, $4 FROM fitting WHERE quantity > 0
    ON CONFLICT (reference, variant_id) DO UPDATE
      SET quantity = excluded.quantity, expires_at = excluded.expires_at, updated_at = now()
  ), gone AS (
    DELETE FROM catalog.stock_holds h USING fitting f
    WHERE h.reference = $1 AND h.variant_id = f.variant_id AND f.quantity = 0
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_reserved, reference)
    SELECT variant_id, CASE WHEN delta > 0 THEN 'hold' ELSE 'hold_end' END, delta, $1 FROM updated
  )
  SELECT ${changed('u', 'u.on_hand::bigint - u.reserved + u.delta')}
  FROM updated u JOIN catalog.variants v ON v.id = u.variant_id
  UNION ALL
  SELECT variant_id, NULL, 0, 0, 0, NULL FROM fitting WHERE delta = 0`;

const end = (which: string): string => `
  WITH gone AS (
    DELETE FROM catalog.stock_holds WHERE ${which} RETURNING reference, variant_id, quantity
  ), freed AS (
    SELECT variant_id, sum(quantity)::integer AS quantity FROM gone GROUP BY variant_id
  ), updated AS (
    UPDATE catalog.stock s SET reserved = s.reserved - f.quantity, updated_at = now()
    FROM freed f WHERE s.variant_id = f.variant_id
    RETURNING s.variant_id, f.quantity, s.on_hand, s.reserved, s.backorderable, s.beyond_limit, s.low_stock_at
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_reserved, reference)
    SELECT variant_id, 'hold_end', -quantity, reference FROM gone
  )
  SELECT ${changed('u', 'u.on_hand::bigint - u.reserved - u.quantity')}
  FROM updated u JOIN catalog.variants v ON v.id = u.variant_id`;

/** Gives back what the references $1 hold. */
export const END_HOLDS = end('reference = ANY ($1::text[])');

/** Gives back what is held of the variants $1 and was to be held no longer. */
export const END_EXPIRED = end('variant_id = ANY ($1::uuid[]) AND expires_at <= now()');

/** Variants of which something is held that is to be held no longer. */
export const EXPIRED = `
  SELECT DISTINCT variant_id AS "variantId" FROM (
    SELECT variant_id FROM catalog.stock_holds WHERE expires_at <= now() ORDER BY expires_at LIMIT $1) AS expired`;

/**
 * How many of the variants $1 can be ordered, those included that are only held by those whose time is over. All of one
 * moment: who looks at the one and then at the other misses what is given back in between.
 */
export const ORDERABLE = `
  SELECT s.variant_id AS "variantId", greatest(s.on_hand + ${beyond('s')} - s.reserved + (
      SELECT coalesce(sum(h.quantity), 0) FROM catalog.stock_holds h
      WHERE h.variant_id = s.variant_id AND h.expires_at <= now()), 0)::bigint AS orderable
  FROM catalog.stock s WHERE s.variant_id = ANY ($1::uuid[])`;
