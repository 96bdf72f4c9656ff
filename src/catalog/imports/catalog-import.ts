import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { SkuTaken, SlugTaken } from '../catalog.errors.js';
import type { CsvRow } from './csv-row.js';
import { type Entry, type EntryReader, UnreadableFile } from './entries.js';
import { ImportBatch } from './import-batch.js';
import { ImportCategories } from './import-categories.js';
import { ImportReferences } from './import-references.js';
import { ImportReport } from './import-report.js';
import { ImportWriter } from './import-writer.js';

/** Rows of one transaction. Rows of one product that stand together stay together, up to the second bound. */
const BATCH = 500;
const LARGEST_BATCH = 5000;

/** How often a batch is tried that another writer got in the way of. */
const TRIES = 4;
/** Unique violation, dead-lock, serialization failure: what somebody else's simultaneous write can cause. */
const IN_THE_WAY = new Set(['23505', '40P01', '40001']);
const isInTheWay = (thrown: unknown): boolean =>
  thrown instanceof SkuTaken || thrown instanceof SlugTaken || IN_THE_WAY.has((thrown as { code?: string }).code ?? '');

export interface ImportOptions {
  /** Entries that were taken before: they are passed over. */
  after?: number;
  /** Nothing is kept: only what would be refused and changed is found out. */
  dryRun?: boolean;
  /**
   * Runs in the transaction of each batch, with what it did and the last entry that it took. When it throws, the batch
   * is undone and the import ends.
   */
  checkpoint?: (batch: ImportReport, last: Entry) => Promise<void>;
  /** Asked after each batch; true ends the import there. */
  stop?: () => boolean;
}

/**
 * While an import fills a shop that was empty, PostgreSQL takes the tables for small until autovacuum comes by, and would
 * read the whole of them, or of an index, for each batch.
 */
const ANALYZE = `
  ANALYZE catalog.products, catalog.variants, catalog.prices, catalog.public_prices, catalog.stock, catalog.card_prices,
    catalog.search_words, catalog.suggestions, catalog.product_sales`;

class DryRun extends Error {}

/** Takes products from files. Repeating an import changes nothing. */
@Injectable()
export class CatalogImport {
  constructor(
    private readonly database: Database,
    private readonly categories: ImportCategories,
    private readonly references: ImportReferences,
    private readonly writer: ImportWriter,
  ) {}

  /**
   * In constant memory, but for what is refused. `report` says what was done also when this throws.
   * @throws {UnreadableFile} for what is no such file; what came before it is then kept.
   */
  async run(reader: EntryReader, report = new ImportReport(), options: ImportOptions = {}): Promise<ImportReport> {
    const { after = 0, stop = () => false } = options;
    let batch: Entry[] = [];
    let rows = 0;
    let batches = 0;
    const finish = async () => {
      if (batch.length > 0) await this.take(batch, report, options);
      // After the first, second, fourth, eighth batch, and so on.
      if (batch.length > 0 && Math.log2(++batches) % 1 === 0) await this.database.query(ANALYZE);
      batch = [];
      rows = 0;
      report.ignoredColumns = reader.preamble.ignoredColumns;
    };
    try {
      for await (const entry of reader.entries()) {
        if (entry.number <= after) continue;
        if (isFull(batch, rows, entry)) {
          await finish();
          if (stop()) return report;
        }
        batch.push(entry);
        rows += entry.rows.length;
      }
    } catch (thrown) {
      if (thrown instanceof UnreadableFile) await finish();
      throw thrown;
    }
    await finish();
    return report;
  }

  /** One batch in one transaction: a fixed number of statements. */
  private async take(entries: Entry[], report: ImportReport, options: ImportOptions): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        report.add(await this.attempt(entries, report, options));
        return;
      } catch (thrown) {
        if (!isInTheWay(thrown) || attempt >= TRIES) throw thrown;
        await pause(Math.random() * 50 * attempt);
      }
    }
  }

  private async attempt(entries: Entry[], so: ImportReport, options: ImportOptions): Promise<ImportReport> {
    const { dryRun = false, checkpoint } = options;
    const did = new ImportReport();
    did.rows = entries.length;
    for (const { refused } of entries) for (const { line, column, reason } of refused) did.refuse(line, column, reason);
    const last = entries.at(-1) as Entry;
    await this.database
      .transaction(async () => {
        const rows = entries.flatMap((entry) => entry.rows);
        await this.apply(rows, did, so, dryRun);
        if (dryRun) {
          did.promise(rows);
          throw new DryRun();
        }
        await checkpoint?.(did, last);
      })
      .catch((thrown: unknown) => {
        if (!(thrown instanceof DryRun)) throw thrown;
      });
    if (dryRun && checkpoint) await this.database.transaction(() => checkpoint(did, last));
    return did;
  }

  private async apply(rows: CsvRow[], report: ImportReport, so: ImportReport, dryRun: boolean): Promise<void> {
    if (rows.length === 0) return;
    const { idOf, made } = await this.categories.ensure(
      rows.flatMap(({ master }) =>
        [master?.categoryNames, ...(master?.furtherNames ?? [])].filter((names) => names !== undefined),
      ),
    );
    report.categories += made;
    const known = await this.writer.load(rows, so);
    const versions = new Map([...known.products.values()].map(({ id, version }) => [id, version]));
    const references = await this.references.load(rows, known.products.values());
    const batch = new ImportBatch(
      { ...known, ...references, categoryId: idOf, isPromised: (slug) => dryRun && so.made(slug) },
      report,
    );
    batch.apply(rows);
    await this.writer.write(batch, rows, versions, report);
  }
}

const keyOf = ({ slug, externalId, sku }: CsvRow): string => slug || externalId || sku;

function isFull(batch: Entry[], rows: number, next: Entry): boolean {
  if (rows >= LARGEST_BATCH || batch.length >= LARGEST_BATCH) return true;
  if (rows < BATCH && batch.length < BATCH) return false;
  const before = batch.at(-1)?.rows.at(-1);
  const after = next.rows[0];
  return !before || !after || keyOf(before) !== keyOf(after);
}
