import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { CsvError, parse } from 'csv-parse';
import { Transactional } from '../../platform/index.js';
import { type CsvRow, isKnownColumn, REQUIRED_COLUMNS, rowOf } from './csv-row.js';
import { RowRefused } from './fields.js';
import { ImportBatch } from './import-batch.js';
import { ImportCategories } from './import-categories.js';
import { ImportReport } from './import-report.js';
import { ImportWriter } from './import-writer.js';

/** Rows of one transaction. Rows of one product that stand together stay together, up to the second bound. */
const BATCH = 500;
const LARGEST_BATCH = 5000;

/** The file cannot be read, from its first line on or from some later one; then `report` says what came of those before. */
export class UnreadableFile extends Error {
  constructor(
    message: string,
    readonly report?: ImportReport,
  ) {
    super(message);
  }
}

interface Parsed {
  info: { lines: number; error?: Error };
  record: Record<string, string>;
}

/** Takes products from CSV files as other shops export them. Repeating an import changes nothing. */
@Injectable()
export class CatalogImport {
  constructor(
    private readonly categories: ImportCategories,
    private readonly writer: ImportWriter,
  ) {}

  /** @throws {UnreadableFile} for what is no such CSV; what came before it in the file is then kept. */
  async run(file: Readable): Promise<ImportReport> {
    const report = new ImportReport();
    const parser = file.pipe(
      parse({
        columns: (header: string[]) => headerOf(header, report),
        info: true,
        bom: true,
        skip_empty_lines: true,
        relax_column_count: true,
        max_record_size: 1_000_000,
      }),
    );
    file.on('error', (error) => parser.destroy(error));
    let batch: CsvRow[] = [];
    let line = 2;
    try {
      for await (const { info, record } of parser as AsyncIterable<Parsed>) {
        const row = this.row(record, info, line, report);
        line = info.lines + 1;
        if (!row) continue;
        if (batch.length >= LARGEST_BATCH || (batch.length >= BATCH && batch.at(-1)?.slug !== row.slug)) {
          await this.take(batch, report);
          batch = [];
        }
        batch.push(row);
      }
    } catch (thrown) {
      if (!(thrown instanceof CsvError)) throw thrown;
      if (batch.length > 0) await this.take(batch, report);
      const end = report.rows > 0 ? ` Nothing from line ${line} on was taken.` : '';
      throw new UnreadableFile(`${thrown.message.replace(/\.?$/, '.')}${end}`, report.rows > 0 ? report : undefined);
    }
    if (line === 2 && report.rows === 0 && !report.headed) throw new UnreadableFile('The file is empty.');
    if (batch.length > 0) await this.take(batch, report);
    return report;
  }

  private row(
    record: Record<string, string>,
    info: Parsed['info'],
    line: number,
    report: ImportReport,
  ): CsvRow | undefined {
    report.rows += 1;
    try {
      if (info.error) throw new RowRefused('slug', 'the row has more or fewer columns than the header');
      return rowOf(record, line);
    } catch (thrown) {
      if (!(thrown instanceof RowRefused)) throw thrown;
      report.refuse(line, thrown.column, thrown.message);
      return undefined;
    }
  }

  /** One batch in one transaction: a fixed number of statements. */
  @Transactional()
  private async take(rows: CsvRow[], report: ImportReport): Promise<void> {
    const { idOf, made } = await this.categories.ensure(
      rows.flatMap(({ master }) => (master ? [master.categoryNames] : [])),
    );
    report.categories += made;
    const unique = (values: string[]) => [...new Set(values)];
    const known = await this.writer.load(unique(rows.map(({ slug }) => slug)), unique(rows.map(({ sku }) => sku)));
    const versions = new Map([...known.products.values()].map(({ id, version }) => [id, version]));
    const batch = new ImportBatch({ ...known, categoryId: idOf }, report);
    batch.apply(rows);
    await this.writer.write(batch, versions, report);
  }
}

function headerOf(header: string[], report: ImportReport): string[] {
  const columns = header.map((column) => column.trim().toLowerCase());
  const missing = REQUIRED_COLUMNS.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new UnreadableFile(`The first line does not name the columns ${missing.join(', ')}.`);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw new UnreadableFile(`The first line names the column "${twice}" twice.`);
  report.headed = true;
  report.ignoredColumns = columns.filter((column) => !isKnownColumn(column));
  return columns;
}
