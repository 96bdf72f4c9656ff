import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '#src/platform/database/embedded/index.js';
import { fillCatalog } from '../support/fill.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface Server {
  url: string;
  /** Milliseconds from spawn to the first answer of /health/ready. */
  startMs: number;
  /** Seconds of processor time so far. */
  cpu(): number;
  /** Resident memory in MB. */
  memory(): number;
  stop(): Promise<void>;
}

export interface Shop {
  databaseUrl: string;
  query: <T>(sql: string, params?: unknown[]) => Promise<T[]>;
  /** The built Galley, on its own, with cheap logs and no limits in the way. */
  galley(environment?: Record<string, string>): Promise<Server>;
  /** node:http and pg with the same SQL. */
  bare(): Promise<Server>;
  /** Fastify and nothing else, answering with the bytes that this Galley answers. */
  bytes(galley: Server): Promise<Server>;
  close(): Promise<void>;
}

/** A shop of so many products with two variants each, in a PostgreSQL that keeps its promises (fsync on). */
export async function openShop(products: number): Promise<Shop> {
  const folder = await temporaryFolder();
  const postgres = await startEmbeddedPostgres({ dataDir: folder.path });
  const galley = (environment: Record<string, string> = {}) =>
    start(['--max-semi-space-size=16', '--max-old-space-size=256', 'dist/src/main.js'], {
      DATABASE_URL: postgres.url,
      GALLEY_DATA_DIR: folder.path,
      MALLOC_ARENA_MAX: '2',
      GALLEY_RATE_LIMIT: 'off',
      GALLEY_DEMO: 'false',
      GALLEY_SANDBOX_WEBHOOK_DELAY_MS: '-1',
      GALLEY_ADMIN_PASSWORD: 'bench password',
      ...environment,
    });
  await (await galley()).stop();
  const pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  const query = async <T>(sql: string, params: unknown[] = []): Promise<T[]> =>
    (await pool.query(sql, params)).rows as T[];
  await fillCatalog(postgres.url, products, 1_000_000);
  // Else the operating system writes gigabytes while reads are timed.
  await promisify(execFile)('sync');
  return {
    databaseUrl: postgres.url,
    query,
    galley,
    bare: () => start(['test/bench/bare.ts'], { DATABASE_URL: postgres.url }),
    bytes: ({ url }) => start(['test/bench/bytes.ts'], { GALLEY_URL: url }),
    async close() {
      await pool.end();
      await postgres.stop();
      await folder.remove();
    },
  };
}

async function start(command: string[], environment: Record<string, string>): Promise<Server> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), ...environment },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child);
  const startMs = performance.now() - began;
  return { url, startMs, cpu: () => cpuOf(child), memory: () => memoryOf(child), stop: () => stop(child) };
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && child.exitCode === null) {
    if (
      await fetch(`${url}/health/ready`)
        .then((answer) => answer.ok)
        .catch(() => false)
    )
      return;
    await pause(5);
  }
  throw new Error(`Nothing answers at ${url}.`);
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 25_000);
  await gone;
  clearTimeout(timer);
}

/** Processor time of the process, in seconds (proc(5): utime and stime, in hundredths). */
function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function memoryOf({ pid }: ChildProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
