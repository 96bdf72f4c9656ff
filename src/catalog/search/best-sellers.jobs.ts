import { Injectable } from '@nestjs/common';
import { Database, Every, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';

/**
 * What orders took in the last 90 days, less what they gave back. Products are locked first and in one order, as whoever
 * changes many of them does: else both could wait for each other's rows.
 */
const COUNT = `
  WITH sold AS (
    SELECT v.product_id, least(greatest(sum(m.delta_reserved), 0), 2147483647)::integer AS sold
    FROM catalog.stock_movements m JOIN catalog.variants v ON v.id = m.variant_id
    WHERE m.created_at > now() - interval '90 days' AND m.kind IN ('reservation', 'release')
    GROUP BY v.product_id
  ), changed AS (
    SELECT s.product_id, n.sold
    FROM (
      SELECT product_id, sold FROM sold
      UNION ALL
      SELECT product_id, 0 FROM catalog.product_sales s WHERE s.sold > 0 AND product_id NOT IN (SELECT product_id FROM sold)
    ) n JOIN catalog.product_sales s ON s.product_id = n.product_id AND s.sold <> n.sold
  ), locked AS MATERIALIZED (
    SELECT id FROM catalog.products WHERE id IN (SELECT product_id FROM changed) ORDER BY id FOR NO KEY UPDATE
  )
  UPDATE catalog.product_sales s SET sold = n.sold FROM changed n JOIN locked l ON l.id = n.product_id
  WHERE s.product_id = n.product_id RETURNING 1`;

/** Keeps in mind what sells. */
@Injectable()
export class BestSellersJobs {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
  ) {}

  @Every('*/15 * * * *', 'catalog.count-sales')
  async count(): Promise<void> {
    const changed = await this.database.query(COUNT);
    if (changed.length > 0) this.cache.drop(tags.lists);
  }
}
