import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { FORMATS, type ImportFormat } from '../imports/readers.js';
import { ProductExport } from './product-export.service.js';

/** `galley catalog:export ndjson > products.ndjson`. */
@Injectable()
@CliCommand('catalog:export <format>', 'Write all products to standard output, as csv or ndjson')
export class ExportCommand implements CliAction {
  constructor(private readonly products: ProductExport) {}

  async run([format = '']: string[]): Promise<number> {
    if (!FORMATS.includes(format as ImportFormat)) {
      process.stderr.write(`"${format}" is neither ${FORMATS.join(' nor ')}.\n`);
      return 1;
    }
    for await (const lines of this.products.lines(format as ImportFormat)) {
      if (!process.stdout.write(lines)) await once(process.stdout, 'drain');
    }
    return 0;
  }
}
