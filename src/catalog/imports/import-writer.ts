import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { PriceBook } from '../prices/price-book.js';
import type { PriceDraft } from '../products/insert-products.js';
import type { Product } from '../products/product.entity.js';
import { ProductsService } from '../products/products.service.js';
import { slugOf } from '../products/slug.js';
import { Variant } from '../products/variant.entity.js';
import { Stock } from '../stock/stock.js';
import type { CsvRow } from './csv-row.js';
import type { ImportBatch, Known } from './import-batch.js';
import type { ImportReport } from './import-report.js';

const OWNERS = `
  SELECT v.sku, NULL AS "externalId", p.slug FROM catalog.variants v JOIN catalog.products p ON p.id = v.product_id
  WHERE v.sku = ANY ($1::text[]) AND v.archived_at IS NULL
  UNION ALL
  SELECT NULL, external_id, slug FROM catalog.products WHERE external_id = ANY ($2::text[])`;

/** Of the product on each line that has one of its SKUs; where there is none, the slug that its name would have. */
function slugsBySku(rows: CsvRow[], ownerOf: Map<string, string>): Map<number, string> {
  const owned = rows.flatMap(({ line, sku }) => (ownerOf.has(sku) ? [[line, ownerOf.get(sku) ?? ''] as const] : []));
  const named = rows.flatMap(({ line, master }) => (master ? [[line, slugOf(master.name)] as const] : []));
  // The first SKU of a line that somebody has comes last, and wins.
  return new Map([...named, ...owned.reverse()]);
}

const unique = (values: string[]): string[] => [...new Set(values.filter((value) => value !== ''))];

/** Loads what a batch touches and writes what it changed: a fixed number of statements, however many rows. */
@Injectable()
export class ImportWriter {
  constructor(
    private readonly database: Database,
    private readonly products: ProductsService,
    private readonly prices: PriceBook,
    private readonly stock: Stock,
  ) {}

  /**
   * The products of these rows by slug, locked, with their variants; and which product has each SKU. Rows that name their
   * product in another way get its slug. What was promised so far counts as if it were there.
   */
  async load(
    rows: CsvRow[],
    { promisedSkus, promisedExternalIds }: ImportReport,
  ): Promise<Pick<Known, 'products' | 'ownerOf' | 'isChangeOfArchived'>> {
    const skus = unique(rows.map(({ sku }) => sku));
    const externalIds = unique(rows.map(({ externalId }) => externalId ?? ''));
    const found = await this.database.query<{ sku: string | null; externalId: string | null; slug: string }>(OWNERS, [
      skus,
      externalIds,
    ]);
    const byExternalId = new Map(found.flatMap(({ externalId, slug }) => (externalId ? [[externalId, slug]] : [])));
    const ownerOf = new Map(found.flatMap(({ sku, slug }) => (sku ? [[sku, slug]] : [])));
    for (const { sku, externalId } of rows) {
      const [bySku, byId] = [promisedSkus.get(sku), promisedExternalIds.get(externalId ?? '')];
      if (bySku && !ownerOf.has(sku)) ownerOf.set(sku, bySku);
      if (byId && externalId && !byExternalId.has(externalId)) byExternalId.set(externalId, byId);
    }
    const bySku = slugsBySku(rows, ownerOf);
    for (const row of rows) {
      row.slug = byExternalId.get(row.externalId ?? '') ?? (row.slug || (bySku.get(row.line) ?? ''));
      if (row.externalId && row.slug) byExternalId.set(row.externalId, row.slug);
    }
    const products = await this.products.lockBySlugs(unique(rows.map(({ slug }) => slug)));
    const isChangeOfArchived = await this.pricesOfArchived(products, rows);
    return { products: new Map(products.map((product) => [product.slug, product])), ownerOf, isChangeOfArchived };
  }

  async write(batch: ImportBatch, rows: CsvRow[], versions: Map<string, number>, report: ImportReport): Promise<void> {
    const added = batch.newProducts;
    if (added.length > 0) await this.products.insert(added);
    const old = batch.oldProducts;
    const oldVariants = old.flatMap(({ variants }) => variants.map(({ id }) => id));
    await this.writeVariants(batch, new Set(oldVariants));
    const repriced = await this.writePrices(batch, oldVariants, report);
    const changed = old.filter(
      (product) => batch.changed.has(product) || product.variants.some(({ id }) => repriced.has(id)),
    );
    await this.writeProducts(changed, versions);
    report.stock += await this.writeStock(batch, oldVariants, report);
    this.count(batch, rows, changed, report);
    report.prices += repriced.size;
  }

  private async pricesOfArchived(products: Product[], rows: CsvRow[]): Promise<Known['isChangeOfArchived']> {
    const priced = new Set(rows.flatMap(({ slug, price }) => (price ? [slug] : [])));
    const archived = products.filter(({ slug, status }) => status === 'archived' && priced.has(slug));
    const ids = archived.flatMap(({ variants }) => variants.map(({ id }) => id));
    const prices = new Map(ids.map((id) => [id, new Map<string, Required<PriceDraft>>()]));
    for (const price of await this.prices.of(ids)) prices.get(price.variantId)?.set(price.currency, price);
    return (variantId, { currency, amount, compareAtAmount }) => {
      if (!prices.has(variantId)) return false;
      const now = prices.get(variantId)?.get(currency);
      return now?.amount !== amount || (compareAtAmount !== undefined && now.compareAtAmount !== compareAtAmount);
    };
  }

  private async writeVariants(batch: ImportBatch, old: Set<string>): Promise<void> {
    const added = [...batch.addedVariants].filter(({ id }) => old.has(id));
    const rows = [...added, ...batch.changedVariants].map(({ product: _, ...columns }) => columns);
    if (rows.length > 0) await this.database.manager.upsert(Variant, rows, ['id']);
    await this.stock.open(added.map(({ id }) => ({ variantId: id, onHand: 0, backorderable: false })));
  }

  private async writePrices(
    batch: ImportBatch,
    variants: string[],
    report: ImportReport,
  ): Promise<Map<string, number>> {
    const rows = variants.flatMap((variantId) =>
      [...(batch.prices.get(variantId)?.values() ?? [])].map(({ line: _, ...price }) => ({ variantId, ...price })),
    );
    const { changed, refused } = await this.prices.merge(rows);
    for (const { variantId, currency } of refused) {
      report.refuse(
        batch.prices.get(variantId)?.get(currency)?.line ?? 0,
        'price',
        'is not below the compare_at_price that stays: give that column too, empty if need be; the rest of the row was taken',
      );
    }
    const changes = new Map<string, number>();
    for (const { variantId } of changed) changes.set(variantId, (changes.get(variantId) ?? 0) + 1);
    return changes;
  }

  /** However much of a product changed, its version moves by one. */
  private async writeProducts(changed: Product[], versions: Map<string, number>): Promise<void> {
    for (const product of changed) {
      product.touch();
      product.version = (versions.get(product.id) ?? 0) + 1;
    }
    await this.products.saveAllChanged(changed);
  }

  private async writeStock(batch: ImportBatch, variants: string[], report: ImportReport): Promise<number> {
    const counts = variants.flatMap((variantId) => {
      const count = batch.counts.get(variantId);
      return count ? [{ variantId, ...count }] : [];
    });
    const { changed, refused } = await this.stock.count(counts, 'Import');
    for (const { variantId, elsewhere } of refused) {
      const { line = 0, onHand = 0 } = batch.counts.get(variantId) ?? {};
      const reason =
        onHand < elsewhere
          ? `counts all locations together, and ${elsewhere} lie elsewhere than at main: count those at their locations first`
          : 'is less than what orders and carts have reserved';
      report.refuse(line, 'inventory_count', `${reason}; the rest of the row was taken`);
    }
    return changed.length;
  }

  /** A product of which no row was taken is none that was found as it should be. */
  private count(batch: ImportBatch, rows: CsvRow[], changed: Product[], report: ImportReport): void {
    const taken = new Set(rows.flatMap(({ line, slug }) => (report.hasRefused(line) ? [] : slug)));
    for (const { slug } of changed) report.saw(slug, 'changed');
    for (const { slug } of batch.oldProducts) if (taken.has(slug)) report.saw(slug, 'unchanged');
    for (const { product, offers } of batch.newProducts) {
      report.saw(product.slug, 'created');
      report.variants += offers.length;
      report.prices += offers.reduce((sum, { prices }) => sum + prices.length, 0);
      report.stock += offers.filter(({ onHand }) => onHand > 0).length;
    }
    const old = new Set(batch.oldProducts.flatMap(({ variants }) => variants));
    report.variants +=
      [...batch.addedVariants].filter((variant) => old.has(variant)).length + batch.changedVariants.size;
  }
}
