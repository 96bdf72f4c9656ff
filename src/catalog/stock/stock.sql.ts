// All of these lock the rows first, in id order, and then write what follows from the locked values. An UPDATE starts
// from the rows that its statement's snapshot shows, which may be older: its conditions would turn down what has become
// possible while it waited for the lock, and CHECK constraints would look at sums with the old values.

/**
 * Reserves for a reference $1 the variants $2 in the quantities $3, each variant once.
 *
 * Transactions with the same variants in other orders queue up at the locks instead of dead-locking. Variants that the
 * reference holds already count as done.
 */
export const RESERVE = `
  WITH wanted AS (
    SELECT variant_id, quantity FROM unnest($2::uuid[], $3::integer[]) AS w (variant_id, quantity)
  ), held AS MATERIALIZED (
    SELECT m.variant_id FROM catalog.stock_movements m
    WHERE m.reference = $1 AND m.kind = 'reservation' AND m.variant_id = ANY ($2::uuid[])
  ), locked AS MATERIALIZED (
    SELECT s.variant_id, s.on_hand, s.reserved, s.backorderable, w.quantity
    FROM wanted w JOIN catalog.stock s ON s.variant_id = w.variant_id
    WHERE s.variant_id NOT IN (SELECT variant_id FROM held)
    ORDER BY s.variant_id
    FOR NO KEY UPDATE OF s
  ), updated AS (
    UPDATE catalog.stock s
    SET on_hand = l.on_hand, reserved = l.reserved + l.quantity, backorderable = l.backorderable, updated_at = now()
    FROM locked l WHERE s.variant_id = l.variant_id AND (l.backorderable OR l.on_hand - l.reserved >= l.quantity)
    RETURNING s.variant_id, l.quantity, s.on_hand <= s.reserved AND NOT s.backorderable AS "soldOut"
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_reserved, reference)
    SELECT variant_id, 'reservation', quantity, $1 FROM updated
  )
  SELECT u.variant_id AS "variantId", v.product_id AS "productId", u."soldOut"
  FROM updated u JOIN catalog.variants v ON v.id = u.variant_id
  UNION ALL
  SELECT variant_id, NULL, false FROM held`;

/** What the variants $1 still have, for the refusal. Those that are not known have nothing. */
export const AVAILABLE = `
  SELECT w.variant_id AS "variantId", greatest(coalesce(s.on_hand - s.reserved, 0), 0) AS available
  FROM unnest($1::uuid[]) AS w (variant_id) LEFT JOIN catalog.stock s ON s.variant_id = w.variant_id`;

/**
 * Gives back what the reference $1 still holds. Two at once queue up at the row locks, and the second finds the first
 * one's movement in its way: it is given back once.
 */
export const RELEASE = `
  WITH held AS MATERIALIZED (
    SELECT variant_id, sum(delta_reserved)::integer AS quantity FROM catalog.stock_movements
    WHERE reference = $1 AND kind IN ('reservation', 'release')
    GROUP BY variant_id HAVING sum(delta_reserved) > 0
  ), locked AS MATERIALIZED (
    SELECT s.variant_id, s.on_hand, s.reserved, s.backorderable, h.quantity
    FROM held h JOIN catalog.stock s ON s.variant_id = h.variant_id
    ORDER BY s.variant_id
    FOR NO KEY UPDATE OF s
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_reserved, reference)
    SELECT variant_id, 'release', -quantity, $1 FROM locked ORDER BY variant_id
    ON CONFLICT (reference, variant_id, kind) WHERE kind IN ('reservation', 'release') DO NOTHING
    RETURNING variant_id
  ), updated AS (
    UPDATE catalog.stock s
    SET on_hand = l.on_hand, reserved = l.reserved - l.quantity, backorderable = l.backorderable, updated_at = now()
    FROM locked l JOIN moved m ON m.variant_id = l.variant_id WHERE s.variant_id = l.variant_id
    RETURNING s.variant_id, s.on_hand - s.reserved BETWEEN 1 AND l.quantity AND NOT s.backorderable AS back
  )
  SELECT v.product_id AS "productId", u.back FROM updated u JOIN catalog.variants v ON v.id = u.variant_id`;

const LEVEL = `s.variant_id AS "variantId", s.on_hand AS "onHand", s.reserved, s.backorderable, s.updated_at AS "updatedAt"`;

/** Changes what is on hand of $1 by $2, unless that would leave less than what is promised. */
export const ADJUST = `
  WITH locked AS MATERIALIZED (
    SELECT s.variant_id, s.on_hand, s.reserved, s.backorderable, v.product_id
    FROM catalog.stock s JOIN catalog.variants v ON v.id = s.variant_id
    WHERE s.variant_id = $1 AND v.archived_at IS NULL
    FOR NO KEY UPDATE OF s
  ), updated AS (
    UPDATE catalog.stock s
    SET on_hand = l.on_hand + $2::integer, reserved = l.reserved, backorderable = l.backorderable, updated_at = now()
    FROM locked l
    WHERE s.variant_id = l.variant_id AND (l.backorderable OR l.on_hand::bigint + $2::integer >= l.reserved)
      AND l.on_hand::bigint + $2::integer BETWEEN -2147483647 AND 2147483647
    RETURNING s.*, l.product_id
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_on_hand, reason, location, created_by)
    SELECT variant_id, 'adjustment', $2::integer, $3, $4, $5 FROM updated
  )
  SELECT ${LEVEL}, s.product_id AS "productId" FROM updated s`;

export const LEVEL_OF = `
  SELECT ${LEVEL} FROM catalog.stock s JOIN catalog.variants v ON v.id = s.variant_id
  WHERE s.variant_id = $1 AND v.archived_at IS NULL`;

/** Stock for the new variants $1: $2 are on hand. */
export const OPEN = `
  WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::boolean[]) AS g (variant_id, on_hand, backorderable)
  ), opened AS (
    INSERT INTO catalog.stock (variant_id, on_hand, backorderable) SELECT * FROM given
  )
  INSERT INTO catalog.stock_movements (variant_id, kind, delta_on_hand)
  SELECT variant_id, 'opening', on_hand FROM given WHERE on_hand <> 0`;

/** Sets what was counted; gives the variants of which more is promised than was counted, which stay as they were. */
export const COUNT = `
  WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::boolean[]) AS g (variant_id, counted, backorderable)
  ), locked AS MATERIALIZED (
    SELECT s.variant_id, s.reserved, g.counted, g.backorderable, g.counted - s.on_hand AS delta,
      g.counted >= s.reserved OR g.backorderable AS covered
    FROM given g JOIN catalog.stock s ON s.variant_id = g.variant_id
    WHERE (s.on_hand, s.backorderable) IS DISTINCT FROM (g.counted, g.backorderable)
    ORDER BY s.variant_id
    FOR NO KEY UPDATE OF s
  ), updated AS (
    UPDATE catalog.stock s
    SET on_hand = l.counted, reserved = l.reserved, backorderable = l.backorderable, updated_at = now()
    FROM locked l WHERE s.variant_id = l.variant_id AND l.covered
    RETURNING s.variant_id, l.delta
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_on_hand, reason)
    SELECT variant_id, 'import', delta, $4 FROM updated WHERE delta <> 0
  )
  SELECT l.variant_id AS "variantId", v.product_id AS "productId", l.covered
  FROM locked l JOIN catalog.variants v ON v.id = l.variant_id`;

/** A page of movements of $1, newest first, after the one at ($2, $3). */
export const MOVEMENTS = `
  SELECT id, kind, delta_on_hand AS "deltaOnHand", delta_reserved AS "deltaReserved", reason, reference, location,
    created_by AS "createdBy", created_at AS "createdAt"
  FROM catalog.stock_movements
  WHERE variant_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
  ORDER BY created_at DESC, id DESC LIMIT $4`;
