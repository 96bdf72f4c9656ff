// All of these lock the rows first, in id order, and then write what follows from the locked values. An UPDATE starts
// from the rows that its statement's snapshot shows, which may be older: its conditions would turn down what has become
// possible while it waited for the lock, and CHECK constraints would look at sums with the old values.
//
// Whatever refers to a stock by a foreign key is written after the stock has been locked: the KEY SHARE lock of another's
// check, taken on a row that a statement locks and then updates, makes PostgreSQL see a deadlock where there is none.

/** How many may be sold beyond what is on hand of a stock `s`. 2^32 is no limit: integers cannot be further apart. */
export const beyond = (s: string): string =>
  `(CASE WHEN ${s}.backorderable THEN coalesce(${s}.beyond_limit, 4294967296) ELSE 0::bigint END)`;

// The columns of CHECK constraints that stay as they are.
const KEPT = 's.backorderable, s.elsewhere, s.beyond_limit, s.preorder_from';
const KEEP = 'elsewhere = l.elsewhere, beyond_limit = l.beyond_limit, preorder_from = l.preorder_from';

/** What follows from a change of a stock `s` whose variant is `v`: what could be had before it and after it. */
export const changed = (s: string, before: string): string => `
  ${s}.variant_id AS "variantId", v.product_id AS "productId", ${before} AS "before",
  ${s}.on_hand::bigint - ${s}.reserved AS "after", ${beyond(s)} AS beyond, ${s}.low_stock_at AS "lowStockAt"`;

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
    SELECT s.variant_id, s.on_hand, s.reserved, ${KEPT}, w.quantity
    FROM wanted w JOIN catalog.stock s ON s.variant_id = w.variant_id
    WHERE s.variant_id NOT IN (SELECT variant_id FROM held)
    ORDER BY s.variant_id
    FOR NO KEY UPDATE OF s
  ), updated AS (
    UPDATE catalog.stock s
    SET on_hand = l.on_hand, reserved = l.reserved + l.quantity, backorderable = l.backorderable,
      ${KEEP}, updated_at = now()
    FROM locked l
    WHERE s.variant_id = l.variant_id AND l.on_hand + ${beyond('l')} - l.reserved >= l.quantity
    RETURNING s.variant_id, l.quantity, s.on_hand, s.reserved, s.backorderable, s.beyond_limit, s.low_stock_at
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_reserved, reference)
    SELECT variant_id, 'reservation', quantity, $1 FROM updated
  )
  SELECT ${changed('u', 'u.on_hand::bigint - u.reserved + u.quantity')}
  FROM updated u JOIN catalog.variants v ON v.id = u.variant_id
  UNION ALL
  SELECT variant_id, NULL, 0, 0, 0, NULL FROM held`;

/** What can still be ordered of the variants $1 by the reference $2, for the refusal: also what it holds already. Those that are not known have nothing. */
export const AVAILABLE = `
  SELECT w.variant_id AS "variantId",
    greatest(coalesce(s.on_hand + ${beyond('s')} - s.reserved + coalesce(h.quantity, 0), 0), 0) AS available
  FROM unnest($1::uuid[]) AS w (variant_id) LEFT JOIN catalog.stock s ON s.variant_id = w.variant_id
  LEFT JOIN catalog.stock_holds h ON h.variant_id = w.variant_id AND h.reference = $2`;

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
    SELECT s.variant_id, s.on_hand, s.reserved, ${KEPT}, h.quantity
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
    SET on_hand = l.on_hand, reserved = l.reserved - l.quantity, backorderable = l.backorderable,
      ${KEEP}, updated_at = now()
    FROM locked l JOIN moved m ON m.variant_id = l.variant_id WHERE s.variant_id = l.variant_id
    RETURNING s.variant_id, l.quantity, s.on_hand, s.reserved, s.backorderable, s.beyond_limit, s.low_stock_at
  )
  SELECT ${changed('u', 'u.on_hand::bigint - u.reserved - u.quantity')}
  FROM updated u JOIN catalog.variants v ON v.id = u.variant_id`;

/** Stock for the new variants $1: $2 are on hand. */
export const OPEN = `
  WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::boolean[]) AS g (variant_id, on_hand, backorderable)
  ), opened AS (
    INSERT INTO catalog.stock (variant_id, on_hand, backorderable) SELECT * FROM given
  )
  INSERT INTO catalog.stock_movements (variant_id, kind, delta_on_hand)
  SELECT variant_id, 'opening', on_hand FROM given WHERE on_hand <> 0`;

/**
 * Sets what was counted in all: the difference is at the main location. Whether more may be sold stays where that is null.
 * Gives also the variants of which more is promised, or lies elsewhere, than was counted: they stay as they were.
 */
export const COUNT = `
  WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::integer[], $3::boolean[]) AS g (variant_id, counted, backorderable)
  ), locked AS MATERIALIZED (
    SELECT s.variant_id, s.on_hand, s.reserved, s.elsewhere, s.beyond_limit, s.preorder_from, g.counted,
      coalesce(g.backorderable, s.backorderable) AS backorderable,
      coalesce(g.backorderable, s.backorderable) AND g.counted + coalesce(s.beyond_limit, 4294967296) >= s.reserved
        OR g.counted >= greatest(s.reserved, s.elsewhere) AS covered
    FROM given g JOIN catalog.stock s ON s.variant_id = g.variant_id
    WHERE (s.on_hand, s.backorderable) IS DISTINCT FROM (g.counted, coalesce(g.backorderable, s.backorderable))
    ORDER BY s.variant_id
    FOR NO KEY UPDATE OF s
  ), updated AS (
    UPDATE catalog.stock s
    SET on_hand = l.counted, reserved = l.reserved, backorderable = l.backorderable, ${KEEP}, updated_at = now()
    FROM locked l WHERE s.variant_id = l.variant_id AND l.covered
    RETURNING s.variant_id, l.counted - l.on_hand AS delta, s.on_hand, s.reserved, s.backorderable, s.beyond_limit,
      s.low_stock_at
  ), moved AS (
    INSERT INTO catalog.stock_movements (variant_id, kind, delta_on_hand, reason, location)
    SELECT variant_id, 'import', delta, $4, 'main' FROM updated WHERE delta <> 0
  )
  SELECT l.variant_id AS "variantId", v.product_id AS "productId", l.covered, l.elsewhere, l.on_hand::bigint - l.reserved AS "before",
    u.on_hand::bigint - u.reserved AS "after", ${beyond('u')} AS beyond, u.low_stock_at AS "lowStockAt"
  FROM locked l JOIN catalog.variants v ON v.id = l.variant_id LEFT JOIN updated u ON u.variant_id = l.variant_id`;
