import type { CsvRow } from './csv-row.js';
import type { ImportBatch, Known } from './import-batch.js';

/**
 * Returns what takes back all that applying these rows will do in memory. They are those of one line, so that they name one
 * product, and have not been applied yet.
 */
export function undoOf(rows: CsvRow[], batch: ImportBatch, known: Pick<Known, 'products' | 'ownerOf'>): () => void {
  const slug = rows[0]?.slug ?? '';
  const product = known.products.get(slug);
  const skus = new Set(rows.map(({ sku }) => sku));
  const before = new Set(product?.variants);
  const named = [...before].filter(({ sku }) => skus.has(sku));
  const puts = named.flatMap((variant) => [
    memberOf(batch.changedVariants, variant),
    entryOf(batch.prices, variant.id, (prices) => new Map(prices)),
    entryOf(batch.counts, variant.id),
  ]);
  if (product) puts.push(memberOf(batch.changed, product), product.remember(named));
  return () => {
    const after = known.products.get(slug);
    for (const variant of after?.variants ?? []) {
      if (before.has(variant)) continue;
      batch.addedVariants.delete(variant);
      batch.changedVariants.delete(variant);
      batch.prices.delete(variant.id);
      batch.counts.delete(variant.id);
      known.ownerOf.delete(variant.sku);
    }
    if (after && !product) {
      batch.changed.delete(after);
      batch.created.delete(slug);
      known.products.delete(slug);
    }
    for (const put of puts) put();
  };
}

function memberOf<T>(set: Set<T>, member: T): () => void {
  const was = set.has(member);
  return () => void (was || set.delete(member));
}

function entryOf<T>(map: Map<string, T>, key: string, copyOf = (value: T): T => value): () => void {
  const value = map.get(key);
  const was = value && copyOf(value);
  return () => void (was ? map.set(key, was) : map.delete(key));
}
