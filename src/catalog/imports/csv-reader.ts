import type { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { columnOf, isKnownColumn, REQUIRED_COLUMNS, rowOf } from './csv-row.js';
import { type Entry, type EntryReader, type Preamble, UnreadableFile } from './entries.js';
import { RowRefused } from './fields.js';

interface Parsed {
  info: { lines: number; bytes: number; error?: Error };
  record: Record<string, string>;
}

/** Reads products from CSV as other shops export it. `columns` says which of its columns stands for which of ours. */
export class CsvReader implements EntryReader {
  readonly preamble: Preamble = { ignoredColumns: [] };
  private headed = false;

  constructor(
    private readonly file: Readable,
    private readonly columns: Record<string, string> = {},
  ) {}

  async *entries(): AsyncIterable<Entry> {
    const parser = parse({
      columns: (header: string[]) => this.header(header),
      info: true,
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: 1_000_000,
    });
    this.file.on('error', (error) => parser.destroy(error));
    this.file.pipe(parser);
    let number = 0;
    let line = 2;
    try {
      for await (const { info, record } of parser as AsyncIterable<Parsed>) {
        number += 1;
        yield { number, line, bytes: info.bytes, ...entryOf(record, info.error, line) };
        line = info.lines + 1;
      }
    } catch (thrown) {
      if (!(thrown instanceof CsvError)) throw thrown;
      const end = number > 0 ? ` Nothing from line ${line} on was taken.` : this.headed ? '' : hintAt(thrown.message);
      throw new UnreadableFile(`${thrown.message.replace(/\.?$/, '.')}${end}`);
    }
    if (!this.headed) throw new UnreadableFile('The file is empty.');
  }

  private header(header: string[]): string[] {
    const columns = header.map(columnOf);
    for (const [own, theirs] of Object.entries(this.columns)) {
      const place = placeOf(theirs, header);
      if (place < 0) {
        const absent = theirs.trim().toLowerCase();
        throw new UnreadableFile(`The first line does not name the column ${absent}.${hintAt(header.join())}`);
      }
      columns[place] = columnOf(own);
    }
    const missing = REQUIRED_COLUMNS.filter((column) => !columns.includes(column));
    if (missing.length > 0) {
      const columns = missing.join(', ');
      throw new UnreadableFile(`The first line does not name the columns ${columns}.${hintAt(header.join())}`);
    }
    const twice = columns.find((column, index) => columns.indexOf(column) !== index);
    if (twice !== undefined) throw new UnreadableFile(`The first line names the column "${twice}" twice.`);
    this.headed = true;
    this.preamble.ignoredColumns = columns.filter((column) => !isKnownColumn(column));
    return columns;
  }
}

/** Of the column that is called so; where there is none, of one that differs in case. */
function placeOf(name: string, header: string[]): number {
  const names = header.map((column) => column.trim());
  const exact = names.indexOf(name.trim());
  if (exact >= 0) return exact;
  return names.findIndex((column) => column.toLowerCase() === name.trim().toLowerCase());
}

/** Spreadsheets put something else between columns where a comma is the decimal mark. */
function hintAt(text: string): string {
  const mark = text.includes(';') ? 'semicolons' : text.includes('\t') ? 'tabs' : null;
  return mark === null ? '' : ` It has ${mark}: columns are to be separated by commas.`;
}

function entryOf(
  record: Record<string, string>,
  error: Error | undefined,
  line: number,
): Pick<Entry, 'rows' | 'refused'> {
  try {
    if (error) throw new RowRefused('slug', 'the row has more or fewer columns than the header');
    return { rows: [rowOf(record, line)], refused: [] };
  } catch (thrown) {
    if (!(thrown instanceof RowRefused)) throw thrown;
    return { rows: [], refused: [{ line, column: thrown.column, reason: thrown.message }] };
  }
}
