import type { Rule } from './rule.js';
import { ruleSql } from './rule.sql.js';

/**
 * Brings to a collection those of these products that are as its rule says, and takes out the others. Writes and counts
 * only what differs; gives a row when something did. Whoever calls it holds the collection. Products are named in id order,
 * as all do who lock several.
 */
export function setMembers(collection: { id: string; rule: Rule }, ids: string[]): { sql: string; params: unknown[] } {
  const params: unknown[] = [collection.id, ids];
  const rule = ruleSql(collection.rule, (given) => `$${params.push(given)}`);
  const sql = `
    WITH before AS MATERIALIZED (
      SELECT product_id, status FROM catalog.collection_products
      WHERE collection_id = $1::uuid AND product_id = ANY ($2::uuid[])
    ), fits AS MATERIALIZED (
      SELECT p.id, p.status, p.created_at FROM catalog.products p WHERE p.id = ANY ($2::uuid[]) AND ${rule}
    ), gone AS (
      DELETE FROM catalog.collection_products m
      WHERE m.collection_id = $1::uuid AND m.product_id = ANY ($2::uuid[])
        AND NOT EXISTS (SELECT FROM fits WHERE fits.id = m.product_id)
      RETURNING 1
    ), put AS (
      INSERT INTO catalog.collection_products AS m (collection_id, product_id, status, created_at)
      SELECT $1::uuid, id, status, created_at FROM fits ORDER BY id
      ON CONFLICT (collection_id, product_id) DO UPDATE SET status = excluded.status WHERE m.status <> excluded.status
      RETURNING 1
    ), difference AS (
      SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put) AS rows,
        (SELECT count(*) FROM fits WHERE status = 'active') - (SELECT count(*) FROM before WHERE status = 'active') AS more
    )
    UPDATE catalog.collections SET product_count = product_count + more FROM difference
    WHERE id = $1::uuid AND rows > 0 RETURNING id`;
  return { sql, params };
}
