import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotFoundProblem, PermissionDenied } from '../../platform/index.js';
import { CatalogSettings } from '../catalog.settings.js';
import type { Choice, Offer } from './price-reasons.js';
import { ShopperGroups } from './shopper-groups.js';
import type { PriceQuery } from './variant-prices.dto.js';

/** More are not shown: those that apply come first. */
const MOST = 200;

/**
 * The price by the very rule that carts go by ($4 channel, $5 groups), and what is on lists beside it: for staff ($6) all,
 * else what the caller may know, which is neither what others pay nor what is to come.
 */
const EXPLAIN = `
  WITH asked AS MATERIALIZED (SELECT now() AS moment), lists AS MATERIALIZED (
    SELECT array_agg(l.id) AS ids FROM asked, catalog.price_lists_for($4::text, $5::text[], asked.moment) l
  )
  SELECT asked.moment, b.amount AS "baseAmount", t.list_id AS "listId", coalesce(t.min_quantity, 1) AS "minQuantity",
    coalesce(t.amount, b.amount) AS amount, coalesce((
      SELECT json_agg(json_build_object('listId', o.id, 'listCode', o.code, 'listName', o.name,
        'customerGroup', o.customer_group, 'channel', o.channel, 'startsAt', o.starts_at, 'endsAt', o.ends_at,
        'priority', o.priority, 'active', o.active, 'minQuantity', o.min_quantity, 'amount', o.amount)
        ORDER BY o.applies DESC, o.priority DESC, o.amount, o.id, o.min_quantity)
      FROM (
        SELECT l.id, l.code, l.name, l.customer_group, l.channel, l.starts_at, l.ends_at, l.priority, l.active,
          a.min_quantity, a.amount, coalesce(l.id = ANY (lists.ids), false) AS applies
        FROM catalog.price_list_prices a JOIN catalog.price_lists l ON l.id = a.list_id
        WHERE a.variant_id = v.id AND a.currency = $2 AND l.deleted_at IS NULL AND ($6 OR l.id = ANY (lists.ids))
        ORDER BY applies DESC, l.priority DESC, a.amount, l.id, a.min_quantity LIMIT ${MOST}
      ) o), '[]') AS offers
  FROM asked CROSS JOIN lists CROSS JOIN catalog.variants v
  JOIN catalog.products p ON p.id = v.product_id AND ($6 OR p.status = 'active')
  JOIN catalog.prices b ON b.variant_id = v.id AND b.currency = $2
  LEFT JOIN LATERAL catalog.list_price(v.id, $2, $3::bigint, lists.ids) t ON true
  WHERE v.id = $1 AND v.archived_at IS NULL`;

export interface Explained extends Choice {
  currency: string;
  baseAmount: number;
  amount: number;
  offers: Offer[];
}

/** Why something costs what it costs. */
@Injectable()
export class PriceExplanation {
  constructor(
    private readonly database: Database,
    private readonly settings: CatalogSettings,
    private readonly shoppers: ShopperGroups,
  ) {}

  /** @throws {NotFoundProblem} when it is not sold in the currency. @throws {PermissionDenied} for who names a group. */
  async of(variantId: string, query: PriceQuery, caller: Caller): Promise<Explained> {
    const { quantity, currency = this.settings.currency, channel = null, group } = query;
    const staff = caller.can('products:read');
    if (group !== undefined && !staff) throw new PermissionDenied('products:read');
    const groups = group === undefined ? await this.shoppers.of(caller) : [group];
    const params = [variantId, currency, quantity, channel, groups, staff];
    const [row] = await this.database.query<Explained>(EXPLAIN, params);
    if (!row) throw new NotFoundProblem(`A price in ${currency} of variant`, variantId);
    return { ...row, quantity, currency, channel, groups };
  }
}
