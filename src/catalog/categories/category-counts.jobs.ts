import { Injectable } from '@nestjs/common';
import { Database, Every, ReadCache } from '../../platform/index.js';
import { tags } from '../catalog.tags.js';

/**
 * Active products in each category or below it: the slugs in a path are those of the category and of all above it. By their
 * main categories, which an index alone tells; then those that further ones bring to where the main one is not. Whoever
 * deletes a category waits until its count is written, or is waited for.
 */
const COUNT = `
  WITH above AS MATERIALIZED (
    SELECT c.id, s.slug FROM catalog.categories c, unnest(string_to_array(c.path, '/')) AS s (slug)
  ), placed AS MATERIALIZED (
    SELECT category_id, count(*) AS products FROM catalog.products
    WHERE status = 'active' AND category_id IS NOT NULL GROUP BY category_id
  ), further AS MATERIALIZED (
    SELECT category_id, category_ids, count(*) AS products FROM catalog.products
    WHERE status = 'active' AND category_ids <> '{}' GROUP BY category_id, category_ids
  ), counted AS (
    SELECT slug, sum(products)::integer AS products
    FROM (
      SELECT a.slug, n.products FROM placed n JOIN above a ON a.id = n.category_id
      UNION ALL
      SELECT a.slug, n.products FROM further n CROSS JOIN LATERAL (
        SELECT slug FROM above WHERE id = ANY (n.category_ids) EXCEPT SELECT slug FROM above WHERE id = n.category_id
      ) a
    ) AS _
    GROUP BY slug
  ), changed AS MATERIALIZED (
    SELECT c.id, coalesce(n.products, 0) AS products
    FROM catalog.categories c
    LEFT JOIN counted n ON n.slug = c.slug
    LEFT JOIN catalog.category_counts k ON k.category_id = c.id
    WHERE coalesce(n.products, 0) <> coalesce(k.products, 0)
  ), locked AS MATERIALIZED (
    SELECT id FROM catalog.categories WHERE id IN (SELECT id FROM changed) ORDER BY id FOR KEY SHARE
  )
  INSERT INTO catalog.category_counts (category_id, products)
  SELECT id, products FROM changed JOIN locked USING (id)
  ON CONFLICT (category_id) DO UPDATE SET products = excluded.products, updated_at = now()
  RETURNING 1`;

/** Counts what stands in categories, so that whoever changes a product need not wait for whoever changes another. */
@Injectable()
export class CategoryCountsJobs {
  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
  ) {}

  @Every('* * * * *', 'catalog.count-categories')
  async count(): Promise<void> {
    const changed = await this.database.query(COUNT);
    if (changed.length > 0) this.cache.drop(tags.categories);
  }
}
