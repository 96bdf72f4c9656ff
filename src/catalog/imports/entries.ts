import type { CsvRow } from './csv-row.js';
import type { RefusedRow } from './import-report.js';

/** What an import takes at once or refuses at once: a row of a CSV file, or a product on a line of NDJSON. */
export interface Entry {
  /** Its place in the file, from 1. */
  number: number;
  /** The line that it begins on. */
  line: number;
  /** How much of the file has been read up to its end. */
  bytes: number;
  /** One, or several for a product with variants; none when it was refused. */
  rows: CsvRow[];
  refused: RefusedRow[];
}

/** The file cannot be read, from its first line on or from some later one. */
export class UnreadableFile extends Error {}

/** What a file says of itself before its first entry. */
export interface Preamble {
  ignoredColumns: string[];
}

export interface EntryReader {
  readonly preamble: Preamble;
  /** @throws {UnreadableFile} */
  entries(): AsyncIterable<Entry>;
}
