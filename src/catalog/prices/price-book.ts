import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { MediaAddresses } from '../media/media-addresses.js';
import { thumbnailOf } from '../media/shown-media.sql.js';
import type { PriceDraft } from '../products/insert-products.js';
import { beyond } from '../stock/stock.sql.js';

/** For whom and where prices are asked for. */
export interface PriceTerms {
  currency: string;
  /** What the seller calls the place of sale; none for null. */
  channel?: string | null;
  /** The groups that the customer belongs to. */
  groups?: string[];
  /** When; now unless it is said. */
  at?: Date;
}

/** Why a line costs what it costs. Amounts in minor units. */
export interface LinePrice {
  source: 'base' | 'list';
  /** Of the price list, when one applies. */
  listCode: string | null;
  listName: string | null;
  /** From how many on this price holds. */
  minQuantity: number;
  /** What it costs where no list applies. */
  baseAmount: number;
}

/** What a line would cost, and whether it can be had. Amounts in minor units of `currency`. */
export interface PricedLine {
  variantId: string;
  quantity: number;
  productId: string;
  slug: string;
  name: string;
  variantTitle: string;
  sku: string;
  thumbnail: string | null;
  unitAmount: number;
  price: LinePrice;
  currency: string;
  /** How many can be had now. */
  available: number;
  /** How many can be ordered now, those that are not there yet included. */
  orderable: number;
  weightGrams: number | null;
}

const PRICE_LINES = `
  WITH lists AS MATERIALIZED (
    SELECT array_agg(id) AS ids FROM catalog.price_lists_for($4, $5::text[], coalesce($6::timestamptz, now()))
  )
  SELECT v.id AS "variantId", l.quantity::integer AS quantity, p.id AS "productId", p.slug, p.name,
    v.title AS "variantTitle", v.sku, coalesce(v.image, ${thumbnailOf('p', '$7::text')}) AS thumbnail,
    coalesce(t.amount, x.amount) AS "unitAmount", x.currency,
    json_build_object('source', CASE WHEN t.amount IS NULL THEN 'base' ELSE 'list' END, 'listCode', t.list_code,
      'listName', t.list_name, 'minQuantity', coalesce(t.min_quantity, 1), 'baseAmount', x.amount) AS price,
    greatest(s.on_hand - s.reserved, 0) AS available,
    greatest(s.on_hand + ${beyond('s')} - s.reserved, 0) AS orderable,
    v.weight_grams AS "weightGrams"
  FROM lists CROSS JOIN unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS l (variant_id, quantity, place)
  JOIN catalog.variants v ON v.id = l.variant_id AND v.archived_at IS NULL
  JOIN catalog.products p ON p.id = v.product_id AND p.status = 'active'
  JOIN catalog.prices x ON x.variant_id = v.id AND x.currency = $3
  JOIN catalog.stock s ON s.variant_id = v.id
  LEFT JOIN LATERAL catalog.list_price(v.id, $3, l.quantity, lists.ids) t ON true
  ORDER BY l.place`;

const PUT_PRICES = `
  WITH given AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS x (currency text, amount bigint, "compareAtAmount" bigint)
  ), gone AS (
    DELETE FROM catalog.prices
    WHERE variant_id = $1 AND currency NOT IN (SELECT currency FROM given)
    RETURNING 1
  ), put AS (
    INSERT INTO catalog.prices AS p (variant_id, currency, amount, compare_at_amount)
    SELECT $1, currency, amount, "compareAtAmount" FROM given
    ON CONFLICT (variant_id, currency) DO UPDATE
      SET amount = excluded.amount, compare_at_amount = excluded.compare_at_amount, updated_at = now()
      WHERE (p.amount, p.compare_at_amount) IS DISTINCT FROM (excluded.amount, excluded.compare_at_amount)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put) AS changes`;

const MERGE_PRICES = `
  WITH given AS MATERIALIZED (
    SELECT "variantId", currency, amount, CASE WHEN keeps THEN (
        SELECT p.compare_at_amount FROM catalog.prices p WHERE p.variant_id = "variantId" AND p.currency = x.currency
      ) ELSE "compareAtAmount" END AS compare_at_amount
    FROM jsonb_to_recordset($1::jsonb)
      AS x ("variantId" uuid, currency text, amount bigint, "compareAtAmount" bigint, keeps boolean)
  ), merged AS (
    INSERT INTO catalog.prices AS p (variant_id, currency, amount, compare_at_amount)
    SELECT * FROM given WHERE compare_at_amount IS NULL OR compare_at_amount > amount
    ON CONFLICT (variant_id, currency) DO UPDATE
      SET amount = excluded.amount, compare_at_amount = excluded.compare_at_amount, updated_at = now()
      WHERE (p.amount, p.compare_at_amount) IS DISTINCT FROM (excluded.amount, excluded.compare_at_amount)
    RETURNING p.variant_id, p.currency
  )
  SELECT variant_id AS "variantId", currency, true AS merged FROM merged
  UNION ALL
  SELECT "variantId", currency, false FROM given WHERE compare_at_amount <= amount`;

const PRICES_OF = `
  SELECT variant_id AS "variantId", currency, amount, compare_at_amount AS "compareAtAmount"
  FROM catalog.prices WHERE variant_id = ANY ($1::uuid[])`;

/** A price of a variant. */
export interface PriceKey {
  variantId: string;
  currency: string;
}

/** What things cost. */
@Injectable()
export class PriceBook {
  constructor(
    private readonly database: Database,
    private readonly addresses: MediaAddresses,
  ) {}

  /**
   * Prices lines in the order given: one statement. Lines of the same variant come merged. What is unknown, not sold,
   * or has no base price in the currency is absent, and the caller decides what that means.
   */
  async priceLines(
    lines: { variantId: string; quantity: number }[],
    { currency, channel = null, groups = [], at }: PriceTerms,
  ): Promise<PricedLine[]> {
    if (lines.length === 0) return [];
    return this.database.query<PricedLine>(PRICE_LINES, [
      lines.map(({ variantId }) => variantId),
      lines.map(({ quantity }) => quantity),
      currency,
      channel,
      groups,
      at ?? null,
      this.addresses.prefix,
    ]);
  }

  /** What these variants cost where no list applies. */
  async of(variantIds: string[]): Promise<(PriceKey & Required<PriceDraft>)[]> {
    return variantIds.length > 0 ? this.database.query(PRICES_OF, [variantIds]) : [];
  }

  /** Makes these the prices of a variant, and there are no others. True when something changed. */
  async put(variantId: string, prices: PriceDraft[]): Promise<boolean> {
    const [row] = await this.database.query<{ changes: number }>(PUT_PRICES, [variantId, JSON.stringify(prices)]);
    return (row?.changes ?? 0) > 0;
  }

  /**
   * Sets these prices and leaves others alone: one statement, while the caller holds their products. A `compareAtAmount` that
   * is left out stays; a price that is not below it is refused.
   */
  async merge(prices: (PriceDraft & { variantId: string })[]): Promise<{ changed: PriceKey[]; refused: PriceKey[] }> {
    if (prices.length === 0) return { changed: [], refused: [] };
    const given = prices.map((price) => ({ ...price, keeps: price.compareAtAmount === undefined }));
    const rows = await this.database.query<PriceKey & { merged: boolean }>(MERGE_PRICES, [JSON.stringify(given)]);
    return { changed: rows.filter(({ merged }) => merged), refused: rows.filter(({ merged }) => !merged) };
  }
}
