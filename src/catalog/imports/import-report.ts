import type { CsvRow } from './csv-row.js';

/** A row that was not taken. */
export interface RefusedRow {
  line: number;
  column: string;
  reason: string;
}

/** Products that are remembered, so that one whose rows stand apart in the file counts once. */
const MOST_REMEMBERED = 20_000;

/** Remembers so many of the latest. */
class Remembered<T> extends Map<string, T> {
  constructor(private readonly most: number) {
    super();
  }

  override set(key: string, value: T): this {
    super.set(key, value);
    const [oldest] = this.keys();
    if (this.size > this.most && oldest !== undefined) this.delete(oldest);
    return this;
  }
}

type Outcome = 'created' | 'changed' | 'unchanged';

/** How many things were made or changed. */
export interface Counts {
  products: Record<Outcome, number>;
  variants: number;
  prices: number;
  stock: number;
  categories: number;
}

/** Counts a product under the most that was done to it so far. False when that is no news. */
function counts(before: Outcome | undefined, what: Outcome, products: Record<Outcome, number>): boolean {
  if (before === 'created' || before === what || (before === 'changed' && what === 'unchanged')) return false;
  if (before) products[before] -= 1;
  products[what] += 1;
  return true;
}

/** What an import, or a batch of it, did. */
export class ImportReport {
  rows = 0;
  refusedRows = 0;
  readonly products = { created: 0, changed: 0, unchanged: 0 };
  variants = 0;
  prices = 0;
  stock = 0;
  categories = 0;
  ignoredColumns: string[] = [];
  readonly refused: RefusedRow[] = [];
  private readonly refusedLines = new Set<number>();
  private readonly outcomes = new Remembered<Outcome>(MOST_REMEMBERED);
  /** Slugs of the products that have new SKUs and external ids by now, were this not a dry run. */
  readonly promisedSkus = new Remembered<string>(MOST_REMEMBERED);
  readonly promisedExternalIds = new Remembered<string>(MOST_REMEMBERED);

  refuse(line: number, column: string, reason: string): void {
    // Several things can be wrong with one row.
    if (!this.refusedLines.has(line)) this.refusedRows += 1;
    this.refusedLines.add(line);
    this.refused.push({ line, column, reason });
  }

  hasRefused(line: number): boolean {
    return this.refusedLines.has(line);
  }

  /** Products whose rows stand apart in the file come by more than once and count once. */
  saw(slug: string, what: Outcome): void {
    if (!counts(this.outcomes.get(slug), what, this.products)) return;
    this.outcomes.set(slug, what);
  }

  /** Whether the import has made this product. */
  made(slug: string): boolean {
    return this.outcomes.get(slug) === 'created';
  }

  /** What these rows name is theirs by now, were this not a dry run. */
  promise(rows: CsvRow[]): void {
    for (const { line, sku, externalId, slug } of rows) {
      if (this.hasRefused(line)) continue;
      if (sku !== '') this.promisedSkus.set(sku, slug);
      if (externalId) this.promisedExternalIds.set(externalId, slug);
    }
  }

  /** The sums with what a batch did, before it is added. */
  with({ products: _, outcomes, variants, prices, stock, categories }: ImportReport): Counts {
    const products = { ...this.products };
    for (const [slug, outcome] of outcomes) counts(this.outcomes.get(slug), outcome, products);
    return {
      products,
      variants: this.variants + variants,
      prices: this.prices + prices,
      stock: this.stock + stock,
      categories: this.categories + categories,
    };
  }

  /** Adds what a batch did. */
  add(batch: ImportReport): void {
    this.rows += batch.rows;
    this.refusedRows += batch.refusedRows;
    this.variants += batch.variants;
    this.prices += batch.prices;
    this.stock += batch.stock;
    this.categories += batch.categories;
    for (const row of batch.refused) this.refused.push(row);
    for (const [slug, outcome] of batch.outcomes) this.saw(slug, outcome);
    for (const [sku, slug] of batch.promisedSkus) this.promisedSkus.set(sku, slug);
    for (const [id, slug] of batch.promisedExternalIds) this.promisedExternalIds.set(id, slug);
  }

  get lines(): string[] {
    const { created, changed, unchanged } = this.products;
    const taken = this.rows - this.refusedRows;
    return [
      ...[...this.refused]
        .sort((a, b) => a.line - b.line)
        .map(({ line, column, reason }) => `Refused line ${line}, column ${column}: ${reason}.`),
      `Rows: ${this.rows} read, ${taken} taken, ${this.refusedRows} refused.`,
      `Products: ${created} created, ${changed} changed, ${unchanged} unchanged.`,
      `New or changed: ${this.categories} categories, ${this.variants} variants, ${this.prices} prices, ${this.stock} stock levels.`,
      ...(this.ignoredColumns.length > 0 ? [`Columns without a use here: ${this.ignoredColumns.join(', ')}.`] : []),
    ];
  }
}
