import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { CatalogImport } from './catalog-import.js';
import { type Entry, UnreadableFile } from './entries.js';
import { ImportReport } from './import-report.js';
import { readerOf } from './readers.js';

const WIDTH = 30;

/**
 * `galley catalog:import FILE`, CSV or NDJSON by its ending. Exit code 0: all rows taken; 1: the file cannot be read;
 * 2: some rows refused. On a terminal it shows how far it is.
 */
@Injectable()
@CliCommand('catalog:import <file>', 'Import products from a CSV or NDJSON file; repeating it changes nothing')
export class ImportCommand implements CliAction {
  constructor(private readonly imports: CatalogImport) {}

  async run([file = '']: string[]): Promise<number> {
    const report = new ImportReport();
    try {
      const { size } = await stat(file);
      const reader = readerOf(/\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'csv', createReadStream(file));
      await this.imports.run(reader, report, { checkpoint: async (_, last) => showProgress(last, size) });
      endProgress();
      process.stdout.write(`${report.lines.join('\n')}\n`);
      return report.refusedRows > 0 ? 2 : 0;
    } catch (thrown) {
      endProgress();
      const { code = '' } = thrown as { code?: string };
      if (!(thrown instanceof UnreadableFile) && !['ENOENT', 'EACCES', 'EISDIR'].includes(code)) throw thrown;
      if (report.rows > 0) process.stdout.write(`${report.lines.join('\n')}\n`);
      const whole = report.rows > 0 ? ' as a whole' : '';
      process.stderr.write(`${file} cannot be imported${whole}: ${(thrown as Error).message}\n`);
      return 1;
    }
  }
}

function showProgress({ number, bytes }: Entry, size: number): void {
  if (!process.stderr.isTTY) return;
  const share = Math.min(1, bytes / Math.max(1, size));
  const done = Math.round(share * WIDTH);
  process.stderr.write(
    `\r[${'#'.repeat(done)}${'.'.repeat(WIDTH - done)}] ${Math.round(share * 100)} %, ${number} taken`,
  );
}

function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
}
