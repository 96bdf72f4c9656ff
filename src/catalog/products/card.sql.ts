/** Whether a product `p` has a variant that can be had: a look-up per row, never a join over all stock. */
export const IN_STOCK = `coalesce((
  SELECT true FROM catalog.variants v JOIN catalog.stock s ON s.variant_id = v.id
  WHERE v.product_id = p.id AND v.archived_at IS NULL AND (s.on_hand > s.reserved OR s.backorderable)
  LIMIT 1), false)`;

const MONEY = (amount: string, currency: string) =>
  `CASE WHEN ${amount} IS NOT NULL THEN json_build_object('amount', ${amount}, 'currency', ${currency}) END`;

export const CATEGORY = `CASE WHEN c.id IS NOT NULL THEN json_build_object('id', c.id, 'slug', c.slug, 'name', c.name) END`;

/** A card as JSON text, from a product `p`, its category `c` and its price `k`. */
export const CARD = `json_build_object(
  'id', p.id, 'slug', p.slug, 'name', p.name, 'thumbnail', p.thumbnail,
  'price', ${MONEY('k.amount', 'k.currency')}, 'compareAtPrice', ${MONEY('k.compare_at_amount', 'k.currency')},
  'lowestPrice30Days', ${MONEY('k.lowest_amount', 'k.currency')},
  'inStock', ${IN_STOCK}, 'category', ${CATEGORY})::text`;

export const money = MONEY;
