/** A row that was not taken. */
export interface RefusedRow {
  line: number;
  column: string;
  reason: string;
}

/** What an import did. */
export class ImportReport {
  rows = 0;
  readonly products = { created: 0, changed: 0, unchanged: 0 };
  variants = 0;
  prices = 0;
  stock = 0;
  categories = 0;
  /** Whether there was a line that names the columns. */
  headed = false;
  ignoredColumns: string[] = [];
  readonly refused: RefusedRow[] = [];
  private readonly slugs = new Map<string, 'created' | 'changed' | 'unchanged'>();

  refuse(line: number, column: string, reason: string): void {
    this.refused.push({ line, column, reason });
  }

  /** Products whose rows stand apart in the file come by more than once and count once. */
  saw(slug: string, what: 'created' | 'changed' | 'unchanged'): void {
    const before = this.slugs.get(slug);
    if (before === 'created' || before === what || (before === 'changed' && what === 'unchanged')) return;
    if (before) this.products[before] -= 1;
    this.products[what] += 1;
    this.slugs.set(slug, what);
  }

  get lines(): string[] {
    const { created, changed, unchanged } = this.products;
    const taken = this.rows - this.refused.length;
    return [
      ...[...this.refused]
        .sort((a, b) => a.line - b.line)
        .map(({ line, column, reason }) => `Refused line ${line}, column ${column}: ${reason}.`),
      `Rows: ${this.rows} read, ${taken} taken, ${this.refused.length} refused.`,
      `Products: ${created} created, ${changed} changed, ${unchanged} unchanged.`,
      `New or changed: ${this.categories} categories, ${this.variants} variants, ${this.prices} prices, ${this.stock} stock levels.`,
      ...(this.ignoredColumns.length > 0 ? [`Columns without a use here: ${this.ignoredColumns.join(', ')}.`] : []),
    ];
  }
}
