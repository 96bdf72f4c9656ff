import { Injectable, Logger } from '@nestjs/common';
import { Database, Jobs, Readiness } from '../../platform/index.js';
import { CatalogImport } from './catalog-import.js';
import { type Entry, UnreadableFile } from './entries.js';
import { ImportReport } from './import-report.js';
import { type ImportRow, ROW, type StoredReport } from './import-row.js';
import { IMPORT, ImportsService } from './imports.service.js';
import { readerOf } from './readers.js';

/** Milliseconds after which a job hands on to the next, so that none runs for longer than jobs may. */
const LONGEST_RUN = 5 * 60_000;
/** Starts without taking anything, after which an import is given up. */
const MOST_ATTEMPTS = 5;

const BEGIN = `
  UPDATE catalog.imports
  SET status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()), updated_at = now()
  WHERE id = $1 AND status IN ('queued', 'running') AND attempts < ${MOST_ATTEMPTS}
  RETURNING ${ROW}`;

// Only the one that took the entries before goes on: when a job was started twice, the second one to get here is undone.
const ADVANCE = `
  UPDATE catalog.imports
  SET entries = $3, bytes_read = $4, report = $5, refused = refused + $6, attempts = 0, updated_at = now()
  WHERE id = $1 AND status = 'running' AND entries = $2
  RETURNING id`;

const NOTE_REFUSALS = `
  INSERT INTO catalog.import_refusals (import_id, number, line, column_name, reason)
  SELECT $1, known.count + row_number() OVER (), line, "column", reason
  FROM (SELECT count(*)::int AS count FROM catalog.import_refusals WHERE import_id = $1) AS known,
    jsonb_to_recordset($2::jsonb) AS r (line integer, "column" text, reason text)`;

const FINISH = `
  UPDATE catalog.imports SET status = $2, error = $3, finished_at = now(), updated_at = now(),
    bytes_read = CASE $2 WHEN 'completed' THEN bytes ELSE bytes_read END
  WHERE id = $1 AND status IN ('queued', 'running')`;

/** Somebody has cancelled the import, or another process is ahead with it. */
class Superseded extends Error {}

/**
 * Imports a file that was sent, batch by batch. How far it is stands in the transaction of each batch: killed at any
 * moment, it goes on where it was, and nothing is taken twice.
 */
@Injectable()
export class ImportRunner {
  private readonly logger = new Logger('Imports');

  constructor(
    private readonly database: Database,
    private readonly imports: ImportsService,
    private readonly catalog: CatalogImport,
    private readonly jobs: Jobs,
    private readonly readiness: Readiness,
  ) {}

  async run(id: string): Promise<void> {
    const [row] = await this.database.query<ImportRow>(BEGIN, [id]);
    if (!row) return this.giveUp(id);
    try {
      await this.take(row);
    } catch (thrown) {
      if (thrown instanceof Superseded) return;
      if (!(thrown instanceof UnreadableFile)) throw thrown;
      await this.database.query(FINISH, [id, 'failed', thrown.message]);
    }
  }

  /** Imports that nobody works at, because a process was killed: started again. */
  async resume(): Promise<void> {
    const abandoned = await this.database.query<{ id: string }>(
      `UPDATE catalog.imports SET updated_at = now()
       WHERE status IN ('queued', 'running') AND updated_at < now() - interval '1 minute' RETURNING id`,
    );
    for (const { id } of abandoned) await this.jobs.enqueue(IMPORT, { importId: id });
  }

  /** Uploads that broke off with their process, and files that nobody needs any more. */
  async forget(): Promise<void> {
    await this.database.query(
      `DELETE FROM catalog.imports WHERE status = 'uploading' AND created_at < now() - interval '1 day'`,
    );
    await this.database.query(
      `DELETE FROM catalog.import_parts p USING catalog.imports i
       WHERE i.id = p.import_id AND i.finished_at < now() - interval '7 days'`,
    );
  }

  private async take(row: ImportRow): Promise<void> {
    const { id, format, columns, dryRun } = row;
    const report = restored(row);
    let taken = row.entries;
    const checkpoint = async (batch: ImportReport, last: Entry) => {
      const sum = { ...report.with(batch), ignoredColumns: reader.preamble.ignoredColumns };
      await this.advance(row, taken, sum, batch, last);
      this.database.afterCommit(() => {
        taken = last.number;
        report.refused.length = 0;
      });
    };
    const reader = readerOf(format, this.imports.file(id), columns);
    const until = Date.now() + LONGEST_RUN;
    let unfinished = false;
    const stop = () => {
      unfinished = this.readiness.stopping || Date.now() > until;
      return unfinished;
    };
    await this.catalog.run(reader, report, { after: row.entries, dryRun, checkpoint, stop });
    if (unfinished) await this.jobs.enqueue(IMPORT, { importId: id });
    else await this.database.query(FINISH, [id, 'completed', null]);
  }

  private async advance(
    { id }: ImportRow,
    taken: number,
    sum: StoredReport,
    batch: ImportReport,
    last: Entry,
  ): Promise<void> {
    const [advanced] = await this.database.query(ADVANCE, [
      id,
      taken,
      last.number,
      last.bytes,
      JSON.stringify(sum),
      batch.refusedRows,
    ]);
    if (!advanced) throw new Superseded();
    if (batch.refused.length > 0) await this.database.query(NOTE_REFUSALS, [id, JSON.stringify(batch.refused)]);
  }

  private async giveUp(id: string): Promise<void> {
    const [row] = await this.database.query<{ attempts: number }>(
      `SELECT attempts FROM catalog.imports WHERE id = $1 AND status IN ('queued', 'running')`,
      [id],
    );
    if (!row) return;
    this.logger.error({ importId: id }, 'An import was given up.');
    await this.database.query(FINISH, [id, 'failed', 'Galley could not go on with it; its log says why.']);
  }
}

/** What was done before, to add to. */
function restored({ report: { products, ...counts } }: ImportRow): ImportReport {
  const report = Object.assign(new ImportReport(), counts);
  Object.assign(report.products, products);
  return report;
}
