import { createReadStream } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { CatalogImport, UnreadableFile } from './catalog-import.js';

/** `galley catalog:import FILE.csv`. Exit code 0: all rows taken; 1: the file cannot be read; 2: some rows refused. */
@Injectable()
@CliCommand('catalog:import <file>', 'Import products from a CSV file; repeating it changes nothing')
export class ImportCommand implements CliAction {
  constructor(private readonly imports: CatalogImport) {}

  async run([file = '']: string[]): Promise<number> {
    try {
      const report = await this.imports.run(createReadStream(file));
      process.stdout.write(`${report.lines.join('\n')}\n`);
      return report.refused.length > 0 ? 2 : 0;
    } catch (thrown) {
      const { code = '' } = thrown as { code?: string };
      if (!(thrown instanceof UnreadableFile) && !['ENOENT', 'EACCES', 'EISDIR'].includes(code)) throw thrown;
      const { message, report } = thrown as UnreadableFile;
      if (report) process.stdout.write(`${report.lines.join('\n')}\n`);
      process.stderr.write(`${file} cannot be imported${report ? ' as a whole' : ''}: ${message}\n`);
      return 1;
    }
  }
}
