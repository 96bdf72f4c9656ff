import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import {
  BodyTooLarge,
  type Caller,
  Database,
  decodeCursor,
  isId,
  Jobs,
  NotFoundProblem,
  newId,
  type PageQuery,
  paginate,
  type StreamedBody,
  Transactional,
} from '../../platform/index.js';
import { ImportIsOver } from '../catalog.errors.js';
import { EMPTY_REPORT, type ImportRow, ROW } from './import-row.js';
import { ImportsSettings } from './imports.settings.js';
import type { ImportFormat } from './readers.js';

export const IMPORT = 'catalog.import';

/** Bytes of a part of the file, as it is kept. */
const PART = 1024 * 1024;

export interface ImportWish {
  dryRun: boolean;
  columns: Record<string, string>;
}

/** Files of products that were sent to be imported, and what came of them. */
@Injectable()
export class ImportsService {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly settings: ImportsSettings,
  ) {}

  /** Keeps the file, part by part as it comes, and then a job to import it. An upload that breaks off leaves nothing. */
  async create({ type, pieces }: StreamedBody, { dryRun, columns }: ImportWish, by: Caller): Promise<ImportRow> {
    const id = newId();
    const format: ImportFormat = type === 'text/csv' ? 'csv' : 'ndjson';
    await this.database.query(
      'INSERT INTO catalog.imports (id, format, dry_run, columns, report, created_by) VALUES ($1, $2, $3, $4, $5, $6)',
      [id, format, dryRun, JSON.stringify(columns), JSON.stringify(EMPTY_REPORT), by.id],
    );
    try {
      const bytes = await this.keep(id, pieces);
      return await this.enqueue(id, bytes);
    } catch (error) {
      await this.database.query('DELETE FROM catalog.imports WHERE id = $1', [id]);
      throw error;
    }
  }

  async list({ limit, cursor }: PageQuery): Promise<{ data: ImportRow[]; nextCursor: string | null }> {
    const [before = null] = cursor === undefined ? [] : decodeCursor(cursor, 'imports', [isId]);
    const rows = await this.database.query<ImportRow>(
      `SELECT ${ROW} FROM catalog.imports
       WHERE status <> 'uploading' AND ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2`,
      [before, limit + 1],
    );
    return paginate({ rows, limit, bind: 'imports', cursorOf: ({ id }) => [id] });
  }

  async find(id: string): Promise<ImportRow> {
    const [row] = await this.database.query<ImportRow>(`SELECT ${ROW} FROM catalog.imports WHERE id = $1`, [id]);
    if (!row) throw new NotFoundProblem('Import', id);
    return row;
  }

  /** What has been taken stays; nothing more is. @throws {ImportIsOver} */
  async cancel(id: string): Promise<ImportRow> {
    const [row] = await this.database.query<ImportRow>(
      `UPDATE catalog.imports SET status = 'cancelled', finished_at = now(), updated_at = now()
       WHERE id = $1 AND status IN ('queued', 'running', 'cancelled') RETURNING ${ROW}`,
      [id],
    );
    if (row) return row;
    throw new ImportIsOver(id, (await this.find(id)).status);
  }

  /** What could not be taken, in the order of the file. */
  async refusals(id: string, { limit, cursor }: PageQuery) {
    const bind = `refusals ${id}`;
    const isNumber = (value: unknown) => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
    const [after = 0] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isNumber]);
    const rows = await this.database.query<{ number: number; line: number; column: string; reason: string }>(
      `SELECT number, line, column_name AS "column", reason FROM catalog.import_refusals
       WHERE import_id = $1 AND number > $2 ORDER BY number LIMIT $3`,
      [id, after, limit + 1],
    );
    if (rows.length === 0) await this.find(id);
    return paginate({ rows, limit, bind, cursorOf: ({ number }) => [number] });
  }

  /** All of them as lines of CSV, a page at a time. */
  async *refusalLines(id: string): AsyncIterable<string> {
    yield 'line,column,reason\n';
    const quote = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await this.refusals(id, { limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
      yield page.data.map(({ line, column, reason }) => `${line},${quote(column)},${quote(reason)}\n`).join('');
      cursor = page.nextCursor;
    }
  }

  /** The file as it came. */
  file(id: string): Readable {
    return Readable.from(this.parts(id), { objectMode: false });
  }

  private async *parts(id: string): AsyncIterable<Buffer> {
    for (let number = 0; ; number++) {
      const [part] = await this.database.detached(() =>
        this.database.query<{ bytes: Buffer }>(
          'SELECT bytes FROM catalog.import_parts WHERE import_id = $1 AND number = $2',
          [id, number],
        ),
      );
      if (!part) return;
      yield part.bytes;
    }
  }

  private async keep(id: string, file: StreamedBody['pieces']): Promise<number> {
    const most = this.settings.megabytes * 1024 * 1024;
    let [total, number, held] = [0, 0, 0];
    let pieces: Buffer[] = [];
    const write = async () => {
      await this.database.query('INSERT INTO catalog.import_parts (import_id, number, bytes) VALUES ($1, $2, $3)', [
        id,
        number++,
        Buffer.concat(pieces),
      ]);
      [pieces, held] = [[], 0];
    };
    for await (const piece of file) {
      total += piece.length;
      held += piece.length;
      if (total > most) throw new BodyTooLarge(`The file may have at most ${most} bytes.`);
      pieces.push(piece);
      if (held >= PART) await write();
    }
    if (held > 0) await write();
    return total;
  }

  @Transactional()
  protected async enqueue(id: string, bytes: number): Promise<ImportRow> {
    const [row] = await this.database.query<ImportRow>(
      `UPDATE catalog.imports SET status = 'queued', bytes = $2, updated_at = now() WHERE id = $1 RETURNING ${ROW}`,
      [id, bytes],
    );
    await this.jobs.enqueue(IMPORT, { importId: id });
    return row as ImportRow;
  }
}
