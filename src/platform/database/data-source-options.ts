import { join } from 'node:path';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { SnakeNaming } from './naming.js';

const INT8 = 20;

/** bigint columns arrive as numbers; one that a number cannot hold exactly is an error, never a wrong amount. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The database sent ${text}, which is beyond 2^53.`);
  return value;
}

const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === INT8 && format !== ('binary' as string)
      ? parseInt8
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** What each connection begins with, in one round trip. */
export const SET_UP = [
  // Statements are planned once per connection, not once per call: their text never depends on values that would ask for
  // another plan, and planning the joins of a checkout takes several times as long as running them.
  'SET plan_cache_mode = force_generic_plan',
  // Starting workers takes longer than a request may, and there are other requests to keep the processors busy.
  'SET max_parallel_workers_per_gather = 0',
  // A page of a list wants the first rows that fit. A merge is thought to meet them soon, and walks half of both tables when
  // they are the newest.
  'SET enable_mergejoin = off',
  // The locks of a process whose machine has vanished are free again before its TCP connection is missed.
  `SET idle_in_transaction_session_timeout = '60s'`,
].join('; ');

async function prepare(client: pg.PoolClient): Promise<void> {
  // A connection that breaks fails its statements, and the pool lets it go. It may say so once more while nobody listens,
  // between two hands, and an error that nobody hears ends the process.
  client.on('error', () => {});
  await client.query(SET_UP);
}

const modules = join(import.meta.dirname, '..', '..');

/** How Galley connects: used by the application and, through ormconfig.ts, by TypeORM's command line. */
export function dataSourceOptions(url: string, poolSize = 10): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'galley',
    namingStrategy: new SnakeNaming(),
    entities: [join(modules, '*', '**', '*.entity.js')],
    migrations: [join(modules, '*', 'migrations', '*.js')],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    schema: 'public',
    synchronize: false,
    installExtensions: false,
    poolSize,
    // Also how long a request waits for a connection while all are busy: a burst is better late than refused.
    connectTimeoutMS: 20_000,
    // Statements of a transaction do not wait for each other (pipelined-transactions.ts).
    extra: { types, keepAlive: true, pipeline: true, onConnect: prepare },
  };
}
