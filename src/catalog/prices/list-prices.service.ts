import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../auth/index.js';
import {
  type Caller,
  Database,
  decodeCursor,
  Events,
  type FieldError,
  isCurrency,
  isId,
  NotFoundProblem,
  paginate,
  Transactional,
  ValidationFailed,
  whereOf,
} from '../../platform/index.js';
import { PriceListChanged } from '../catalog.events.js';
import { Shelf } from '../products/shelf.js';
import type { ListListPricesQuery, ListPriceResponse, RemoveListPricesQuery } from './list-prices.dto.js';

export interface ListPriceDraft {
  variantId: string;
  currency: string;
  minQuantity: number;
  amount: number;
}

// Others may put prices on the list at the same time; whoever changes or deletes it waits.
const HOLD = `
  SELECT customer_group AS "customerGroup" FROM catalog.price_lists WHERE id = $1 AND deleted_at IS NULL FOR SHARE`;

interface Held {
  customerGroup: string | null;
}

/** All or nothing: nothing is put while one of them has no base price to stand beside. In the order of the key, as every writer. */
const PUT = `
  WITH given AS MATERIALIZED (
    SELECT g.*, v.product_id FROM jsonb_to_recordset($2::jsonb) AS g (place integer, "variantId" uuid, currency text,
      "minQuantity" integer, amount bigint)
    LEFT JOIN catalog.prices b ON b.variant_id = g."variantId" AND b.currency = g.currency
    LEFT JOIN catalog.variants v ON v.id = b.variant_id AND v.archived_at IS NULL
  ), put AS (
    INSERT INTO catalog.price_list_prices AS p (variant_id, currency, list_id, min_quantity, amount)
    SELECT "variantId", currency, $1, "minQuantity", amount FROM given
    WHERE NOT EXISTS (SELECT FROM given WHERE product_id IS NULL)
      AND EXISTS (SELECT FROM catalog.price_lists WHERE id = $1 AND deleted_at IS NULL)
    ORDER BY "variantId", currency, "minQuantity"
    ON CONFLICT (variant_id, currency, list_id, min_quantity) DO UPDATE SET amount = excluded.amount, updated_at = now()
      WHERE p.amount <> excluded.amount
    RETURNING p.variant_id
  )
  SELECT (SELECT coalesce(json_agg(place ORDER BY place), '[]') FROM given WHERE product_id IS NULL) AS refused,
    (SELECT count(*) FROM put) AS changed,
    (SELECT coalesce(json_agg(DISTINCT g.product_id), '[]') FROM put JOIN given g ON g."variantId" = put.variant_id) AS products`;

const REMOVE = `
  WITH gone AS (
    DELETE FROM catalog.price_list_prices
    WHERE list_id = $1 AND variant_id = $2 AND ($3::text IS NULL OR currency = $3)
      AND ($4::integer IS NULL OR min_quantity = $4)
    RETURNING variant_id
  )
  SELECT count(*) AS changed, (SELECT json_agg(product_id) FROM catalog.variants WHERE id = $2) AS products FROM gone`;

interface Put {
  refused: number[];
  changed: number;
  products: string[];
}

/** The prices on a list. */
@Injectable()
export class ListPrices {
  constructor(
    private readonly database: Database,
    private readonly shelf: Shelf,
    private readonly events: Events,
    private readonly audit: AuditLog,
  ) {}

  /** In the order of their key. One statement. */
  async list(
    id: string,
    { limit, cursor, variantId, currency }: ListListPricesQuery,
  ): Promise<{ data: ListPriceResponse[]; nextCursor: string | null }> {
    const bind = JSON.stringify(['list-prices', id, variantId, currency]);
    const after = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId, isCurrency, isQuantity]);
    const { where, params } = whereOf([
      ['a.list_id = ?', id],
      ['a.variant_id = ?', variantId],
      ['a.currency = ?', currency],
    ]);
    const from = params.length;
    const beyond = `AND (a.variant_id, a.currency, a.min_quantity) > ($${from + 1}::uuid, $${from + 2}, $${from + 3}::integer)`;
    const rows = await this.database.query<ListPriceResponse>(
      `SELECT a.variant_id AS "variantId", v.sku, a.amount, a.currency, a.min_quantity AS "minQuantity"
       FROM catalog.price_list_prices a JOIN catalog.variants v ON v.id = a.variant_id
       ${where} ${after.length > 0 ? beyond : ''}
       ORDER BY a.variant_id, a.currency, a.min_quantity LIMIT ${limit + 1}`,
      [...params, ...after],
    );
    return paginate({ rows, limit, bind, cursorOf: (row) => [row.variantId, row.currency, row.minQuantity] });
  }

  /** Sets these prices and leaves others alone; all or nothing. Gives how many changed. @throws {ValidationFailed} */
  @Transactional()
  async put(listId: string, given: ListPriceDraft[], caller: Caller): Promise<number> {
    const prices = distinct(given);
    const [[list], [row]] = await this.database.together([
      () => this.database.query<Held>(HOLD, [listId]),
      () => this.database.query<Put>(PUT, [listId, JSON.stringify(prices)]),
    ]);
    if (!list) throw new NotFoundProblem('Price list', listId);
    if (row && row.refused.length > 0) throw new ValidationFailed(row.refused.map((place) => unsold(prices, place)));
    if (row && row.changed > 0) await this.follow(listId, list, row, caller);
    return row?.changed ?? 0;
  }

  /** Removing what is not there changes nothing. @throws {NotFoundProblem} when there is no such list. */
  @Transactional()
  async remove(listId: string, variantId: string, which: RemoveListPricesQuery, caller: Caller): Promise<void> {
    const [[list], [row]] = await this.database.together([
      () => this.database.query<Held>(HOLD, [listId]),
      () => this.database.query<Put>(REMOVE, [listId, variantId, which.currency ?? null, which.minQuantity ?? null]),
    ]);
    if (!list) throw new NotFoundProblem('Price list', listId);
    if (row && row.changed > 0) await this.follow(listId, list, row, caller);
  }

  /** What shoppers are shown changes in the same transaction; what a group pays is not shown. */
  private async follow(listId: string, list: Held, { products, changed }: Put, caller: Caller): Promise<void> {
    if (list.customerGroup === null) await this.shelf.reprice(products);
    this.events.publish(new PriceListChanged(listId));
    const after = { changed };
    await this.audit.record('price_list.priced', { by: caller, on: { type: 'price_list', id: listId }, after });
  }
}

const isQuantity = (value: unknown): boolean => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;

/** @throws {ValidationFailed} when a price is named twice. */
function distinct(given: ListPriceDraft[]): (ListPriceDraft & { place: number })[] {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  const prices = given.map((price, place) => ({ ...price, variantId: price.variantId.toLowerCase(), place }));
  for (const { variantId, currency, minQuantity, place } of prices) {
    const key = `${variantId} ${currency} ${minQuantity}`;
    if (seen.has(key)) {
      errors.push({ pointer: `/prices/${place}`, code: 'duplicate', message: 'has been named above already.' });
    }
    seen.add(key);
  }
  if (errors.length > 0) throw new ValidationFailed(errors);
  return prices;
}

function unsold(prices: ListPriceDraft[], place: number): FieldError {
  const message = `must be a variant that has a base price in ${prices[place]?.currency}.`;
  return { pointer: `/prices/${place}/variantId`, code: 'not_sold', message };
}
