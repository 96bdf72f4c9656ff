import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Download, NotAvailable, Refuses, Requires } from '../../platform/index.js';
import { ExportProductsQuery } from './exports.dto.js';
import { ProductExport } from './product-export.service.js';

const TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

@ApiTags('catalog')
@Controller('exports/products')
export class ExportsController {
  constructor(private readonly products: ProductExport) {}

  /**
   * Export products
   * @remarks All of them as they are at this moment, in the form that `POST /v1/imports` takes: NDJSON with one product
   * on each line, which loses next to nothing, or CSV. What is below zero on hand is left out.
   */
  @Get()
  @Requires('products:write')
  @Download('A stream of lines.', 'application/x-ndjson', 'text/csv')
  @Refuses(NotAvailable)
  async read(@Query() { format, status }: ExportProductsQuery): Promise<StreamableFile> {
    const lines = await begun(this.products.lines(format, status));
    return new StreamableFile(Readable.from(lines, { objectMode: false }), {
      type: TYPES[format],
      disposition: `attachment; filename="products.${format}"`,
    });
  }
}

/** Waits for the first line, so that what goes wrong before it is answered as a problem. */
async function begun(lines: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  let waiting: typeof first | undefined = first;
  const next = async () => {
    const line = waiting ?? (await iterator.next());
    waiting = undefined;
    return line;
  };
  // The reader may go away before it has asked for anything: also then the export ends.
  const end = async () => (await iterator.return?.()) ?? { done: true as const, value: undefined };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}
