import { expect, it } from 'vitest';
import { generateProducts } from '#src/catalog/demo/generate.js';
import { insertProducts } from '#src/catalog/products/insert-products.js';
import { galley } from '../support/app.js';
import { buffersOf, type PlanNode } from '../support/plans.ts';

const app = galley();

it('What is derived of many new products costs each the same, though nothing is known of their tables yet', async () => {
  const tables = ['products', 'variants', 'prices', 'stock', 'card_prices'];
  for (const table of tables) await app.db.query(`ALTER TABLE catalog.${table} SET (autovacuum_enabled = false)`);
  const pages: number[] = [];
  for (const [from, count] of [
    [0, 500],
    [500, 4000],
  ] as const) {
    const products = generateProducts(count, { from });
    await insertProducts((sql, params) => app.db.query(sql, params), products);
    const [row] = await app.db.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT catalog.refresh_products($1::uuid[])',
      [products.map(({ product }) => product.id)],
    );
    pages.push(buffersOf(row!['QUERY PLAN'][0]!.Plan) / count);
  }
  expect(pages[1]! / pages[0]!).toBeLessThan(1.15);
});
