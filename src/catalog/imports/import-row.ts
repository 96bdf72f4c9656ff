import type { Counts } from './import-report.js';
import type { ImportFormat } from './readers.js';

export const IMPORT_STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** What an import did so far, as it is stored. */
export interface StoredReport extends Counts {
  ignoredColumns: string[];
}

export const EMPTY_REPORT: StoredReport = {
  products: { created: 0, changed: 0, unchanged: 0 },
  variants: 0,
  prices: 0,
  stock: 0,
  categories: 0,
  ignoredColumns: [],
};

export interface ImportRow {
  id: string;
  format: ImportFormat;
  dryRun: boolean;
  columns: Record<string, string>;
  status: ImportStatus;
  bytes: number;
  bytesRead: number;
  entries: number;
  refused: number;
  report: StoredReport;
  error: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export const ROW = `
  id, format, dry_run AS "dryRun", columns, status, bytes, bytes_read AS "bytesRead", entries, refused, report, error,
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;
