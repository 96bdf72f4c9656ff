import { Injectable } from '@nestjs/common';
import { Database, Events, Every, Job } from '../../platform/index.js';
import { PriceListChanged } from '../catalog.events.js';
import { Shelf } from '../products/shelf.js';
import { APPLY_PRICE_LIST } from './price-lists.service.js';

/** Variants whose prices are brought up to date in one transaction. */
const BATCH = 500;

interface Due {
  id: string;
  version: number;
  deleted: boolean;
  moment: Date;
}

/** Lists that have changed, begun or ended since shoppers were last shown what they say. */
const DUE = `
  SELECT id, version, deleted_at IS NOT NULL AS deleted, clock_timestamp() AS moment
  FROM catalog.price_lists
  WHERE applied_at IS NULL OR customer_group IS NULL AND (
    starts_at > applied_at AND starts_at <= clock_timestamp() OR ends_at > applied_at AND ends_at <= clock_timestamp())
  ORDER BY id LIMIT 100`;

const VARIANTS = `
  SELECT DISTINCT variant_id AS id FROM catalog.price_list_prices
  WHERE list_id = $1 AND ($2::uuid IS NULL OR variant_id > $2) ORDER BY variant_id LIMIT ${BATCH}`;

const CLEAR = `
  DELETE FROM catalog.price_list_prices p USING catalog.price_lists l
  WHERE l.id = $1 AND l.deleted_at IS NOT NULL AND p.list_id = l.id AND p.variant_id = ANY ($2::uuid[])`;

const PRODUCTS = 'SELECT DISTINCT product_id AS id FROM catalog.variants WHERE id = ANY ($1::uuid[])';

// Another version needs another round, which whoever made it has asked for.
const APPLIED = 'UPDATE catalog.price_lists SET applied_at = $3 WHERE id = $1 AND version = $2 RETURNING id';
const GONE = `
  DELETE FROM catalog.price_lists l WHERE id = $1 AND deleted_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM catalog.price_list_prices p WHERE p.list_id = l.id)
  RETURNING id`;

/** What shoppers are shown follows the lists, batch by batch; whatever dies in between is done again. */
@Injectable()
export class PriceListsJobs {
  constructor(
    private readonly database: Database,
    private readonly shelf: Shelf,
    private readonly events: Events,
  ) {}

  /** Also when nothing else asks: lists begin and end by the clock. One that cannot be applied does not hold up the others. */
  @Every('* * * * *', 'catalog.follow-price-lists')
  async follow(): Promise<void> {
    const failures: unknown[] = [];
    for (const due of await this.database.query<Due>(DUE)) {
      await this.apply(due).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  @Job(APPLY_PRICE_LIST)
  async changed(_: { listId: string }): Promise<void> {
    await this.follow();
  }

  private async apply({ id, version, deleted, moment }: Due): Promise<void> {
    for (let after: string | null = null, more = true; more; ) {
      const variants: { id: string }[] = await this.database.query(VARIANTS, [id, after]);
      await this.applyTo(
        id,
        variants.map((variant) => variant.id),
        deleted,
      );
      after = variants.at(-1)?.id ?? null;
      more = variants.length === BATCH;
    }
    await this.database.transaction(async () => {
      const done = deleted
        ? await this.database.query(GONE, [id])
        : await this.database.query(APPLIED, [id, version, moment]);
      if (done.length > 0) this.events.publish(new PriceListChanged(id));
    });
  }

  private async applyTo(listId: string, variantIds: string[], deleted: boolean): Promise<void> {
    if (variantIds.length === 0) return;
    await this.database.transaction(async () => {
      if (deleted) await this.database.query(CLEAR, [listId, variantIds]);
      const products = await this.database.query<{ id: string }>(PRODUCTS, [variantIds]);
      await this.shelf.reprice(products.map(({ id }) => id));
    });
  }
}
