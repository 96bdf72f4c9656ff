import type { Readable } from 'node:stream';
import { CsvReader } from './csv-reader.js';
import type { EntryReader } from './entries.js';
import { NdjsonReader } from './ndjson-reader.js';

export const FORMATS = ['csv', 'ndjson'] as const;
export type ImportFormat = (typeof FORMATS)[number];

export function readerOf(format: ImportFormat, file: Readable, columns: Record<string, string> = {}): EntryReader {
  return format === 'csv' ? new CsvReader(file, columns) : new NdjsonReader(file);
}
