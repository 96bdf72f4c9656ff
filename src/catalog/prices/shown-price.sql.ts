/** The lists that apply to anyone in channel $3, or where none is named: `lists`, for what follows. */
export const PUBLIC_LISTS = `lists AS MATERIALIZED (
  SELECT array_agg(id) AS ids FROM catalog.price_lists_for($3::text, '{}', now()))`;

/**
 * The price `x` that a variant `v` is shown with, in currency $2: as cards show it, or as channel $3 has it now. A price
 * of a channel has no history of its own, so that its lowest one is known only where it is the public price.
 */
export const SHOWN_PRICE = `LEFT JOIN LATERAL (
    SELECT u.currency, u.amount, u.compare_at_amount, u.lowest_amount
    FROM catalog.public_prices u WHERE $3::text IS NULL AND u.variant_id = v.id AND u.currency = $2
    UNION ALL
    SELECT b.currency, coalesce(t.amount, b.amount),
      CASE WHEN t.amount IS NULL THEN b.compare_at_amount WHEN b.amount > t.amount THEN b.amount END,
      CASE WHEN u.amount = coalesce(t.amount, b.amount) THEN u.lowest_amount END
    FROM catalog.prices b
    LEFT JOIN catalog.public_prices u ON u.variant_id = b.variant_id AND u.currency = b.currency
    LEFT JOIN LATERAL catalog.list_price(v.id, $2, 1, lists.ids) t ON true
    WHERE $3::text IS NOT NULL AND b.variant_id = v.id AND b.currency = $2
  ) x ON true`;

/** What one of several costs, from each quantity on at which that changes: JSON. */
export const TIERS = `coalesce((
    SELECT json_agg(json_build_object('minQuantity', q.min_quantity, 'amount', q.amount, 'currency', x.currency)
      ORDER BY q.min_quantity)
    FROM (
      SELECT s.min_quantity, t.amount, lag(t.amount, 1, x.amount) OVER (ORDER BY s.min_quantity) AS before
      FROM (
        SELECT DISTINCT a.min_quantity FROM catalog.price_list_prices a
        WHERE x.amount IS NOT NULL AND a.variant_id = v.id AND a.currency = $2 AND a.list_id = ANY (lists.ids)
          AND a.min_quantity > 1
      ) s
      CROSS JOIN LATERAL catalog.list_price(v.id, $2, s.min_quantity, lists.ids) t
    ) q
    WHERE q.amount <> q.before), '[]')`;
