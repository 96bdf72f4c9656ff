import { Injectable, Logger } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { Database, NotAvailable } from '../../platform/index.js';
import type { ImportFormat } from '../imports/readers.js';
import type { ProductStatus } from '../products/product.entity.js';
import { type AttributeColumn, CsvLines } from './csv-lines.js';
import { COLUMNS, PRODUCTS } from './export.sql.js';
import type { ExportedProduct } from './exported-product.js';
import { ndjsonLine } from './ndjson-lines.js';

/** Products that are read at once: what is in memory of an export. */
const PAGE = 500;
const FIRST = '00000000-0000-0000-0000-000000000000';
/** Each holds a connection for as long as its reader takes. */
const AT_ONCE = 2;

/** A reader may take its time: the transaction is idle for as long. Its snapshot is held that long too, so not for ever. */
const BEGIN = `
  BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL idle_in_transaction_session_timeout = '10min'`;

/** All products as they were at one moment, in a form that an import takes. */
@Injectable()
export class ProductExport {
  private readonly logger = new Logger(ProductExport.name);
  private running = 0;

  constructor(private readonly database: Database) {}

  /**
   * The lines, as fast as they are read and no faster. What changes meanwhile is not in them: they come from one snapshot.
   * @throws {NotAvailable} while too many exports run in this process.
   */
  async *lines(format: ImportFormat, status?: ProductStatus): AsyncIterable<string> {
    if (this.running >= AT_ONCE) throw new NotAvailable('Two exports are running here. Wait for one to end.');
    this.running++;
    let client: PoolClient | undefined;
    try {
      client = await this.database.pool.connect();
      await client.query(BEGIN);
      yield* format === 'csv' ? csv(client, status) : ndjson(client, status);
    } catch (error) {
      // Its reader sees no more than that the answer breaks off.
      this.logger.warn(`An export broke off: ${String(error)}`);
      throw error;
    } finally {
      this.running--;
      // Also when the reader went away in the middle.
      await client?.query('ROLLBACK').catch(() => {});
      client?.release();
    }
  }
}

async function* csv(client: PoolClient, status: ProductStatus | undefined): AsyncIterable<string> {
  const { rows } = await client.query<{ attributes: AttributeColumn[]; media: number; categories: number }>(COLUMNS, [
    status ?? null,
  ]);
  const { attributes = [], media = 0, categories = 0 } = rows[0] ?? {};
  const lines = new CsvLines(attributes, { media, categories });
  yield lines.header;
  for await (const page of pages(client, status)) yield page.map((product) => lines.of(product)).join('');
}

async function* ndjson(client: PoolClient, status: ProductStatus | undefined): AsyncIterable<string> {
  for await (const page of pages(client, status)) yield page.map(ndjsonLine).join('');
}

async function* pages(client: PoolClient, status: ProductStatus | undefined): AsyncIterable<ExportedProduct[]> {
  let after = FIRST;
  for (;;) {
    const { rows } = await client.query<ExportedProduct>(PRODUCTS, [after, status ?? null, PAGE]);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.id;
  }
}
