import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { findHome } from '#src/platform/database/embedded/home.js';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '#src/platform/database/embedded/index.js';
import { LogFile } from '#src/platform/database/embedded/log-file.js';
import { pickFreePort } from '#src/platform/database/embedded/port.js';
import { launch } from '#src/platform/database/embedded/server-process.js';
import { until } from '../support/until.js';
import { OwnerProcess } from './embedded-owner.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let dataDir: string;
let owned: EmbeddedPostgres[];
let processes: OwnerProcess[];

// Making a cluster takes a second: most tests share one, each begins and ends with it stopped.
let shared: string;

beforeAll(async () => {
  shared = await emptyFolder();
});

afterAll(() => rm(shared, { recursive: true, force: true }));

beforeEach(() => {
  dataDir = shared;
  owned = [];
  processes = [];
});

afterEach(async () => {
  await Promise.all(owned.map((each) => each.stop()));
  await Promise.all(processes.map((each) => each.kill('SIGTERM')));
  const orphan = postmasterPid();
  if (orphan) await kill(orphan);
  if (dataDir !== shared) await rm(dataDir, { recursive: true, force: true });
});

/** Is closed only once the server that it was opened for has been refused, and has ended. */
class SlowLog extends LogFile {
  override async open() {
    const begun = await this.size();
    const file = await super.open();
    const close = file.close.bind(file);
    file.close = async () => {
      const pid = await until(async () => /\[(\d+)\] FATAL: +lock file/.exec(await this.since(begun))?.[1] ?? null);
      await until(() => (isAlive(Number(pid)) ? null : true));
      await close();
    };
    return file;
  }
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'galley-pg-'));
  // As root PostgreSQL runs as another user, who has to pass.
  await chmod(folder, 0o711);
  return folder;
}

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, fast: true, ...options });
  owned.push(postgres);
  return postgres;
}

function startElsewhere(): OwnerProcess {
  const owner = new OwnerProcess(dataDir);
  processes.push(owner);
  return owner;
}

async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

function postmasterPid(): number | null {
  const file = join(dataDir, 'postgres/postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : null;
}

async function kill(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
  await until(() => (isAlive(pid) ? null : true));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim()[0] !== 'Z';
  } catch {
    return false;
  }
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data over a stop, and starts again in less than 1.5 s', async () => {
    const first = await start({ fast: false });
    await query(
      first.url,
      'DROP TABLE IF EXISTS kept',
      'CREATE TABLE kept (word text)',
      `INSERT INTO kept VALUES ('galley')`,
    );
    await first.stop();
    expect(postmasterPid()).toBeNull();

    const began = performance.now();
    const second = await start({ fast: false });
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(await query(second.url, 'SELECT word FROM kept')).toEqual([{ word: 'galley' }]);
  });

  it('gives the application a role that is no superuser, yet can make extensions and databases', async () => {
    const { url } = await start();
    expect(await query(url, 'SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user')).toEqual([
      { rolsuper: false, rolcreaterole: false },
    ]);
    expect(
      await query(
        url,
        'CREATE EXTENSION pg_trgm',
        `SELECT round(similarity('galley', 'gally')::numeric, 2)::text AS s`,
      ),
    ).toEqual([{ s: '0.44' }]);
    await query(url, 'CREATE DATABASE cloned TEMPLATE galley');
    expect(await query(url.replace('/galley?', '/cloned?'), 'SELECT current_database() AS name')).toEqual([
      { name: 'cloned' },
    ]);
    await query(url, 'CREATE TABLE log (id int)', 'REVOKE UPDATE ON log FROM CURRENT_USER');
    await expect(query(url, 'UPDATE log SET id = 1')).rejects.toThrow('permission denied');
    await expect(query(url, `SELECT pg_read_file('PG_VERSION')`)).rejects.toThrow('permission denied');
  });

  it('stores UTF-8 with the built-in collation and checksums', async () => {
    const { url } = await start();
    expect(
      await query(
        url,
        `SELECT datlocprovider AS provider, datlocale AS locale, pg_encoding_to_char(encoding) AS encoding,
                upper('straße é') AS upper, current_setting('data_checksums') AS checksums
           FROM pg_database WHERE datname = current_database()`,
      ),
    ).toEqual([
      { provider: 'b', locale: 'C.UTF-8', encoding: 'UTF8', upper: 'STRASSE É'.replace('SS', 'ß'), checksums: 'on' },
    ]);
  });

  it('is reached on loopback with a password only, and keeps its secrets in a file for its owner', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    expect(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n').slice(3, 6)).toEqual([
      port,
      '', // no folder for a Unix socket
      '127.0.0.1',
    ]);
    const guess = new URL(url);
    guess.password = 'galley';
    await expect(query(guess.href)).rejects.toThrow('password authentication failed');
    for (const file of ['postgres.json', 'postgres.log'])
      expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
  });

  it('is found by commands while it runs, and not otherwise', async () => {
    expect(await findEmbeddedPostgres(join(dataDir, 'nowhere'))).toBeNull();
    const postgres = await start();
    expect(await findEmbeddedPostgres(dataDir)).toEqual({ url: postgres.url });
    await postgres.stop();
    expect(await findEmbeddedPostgres(dataDir)).toBeNull();
  });
});

describe('a data directory', () => {
  it('has one owner: a second one is told who has it', async () => {
    const owner = startElsewhere();
    const { url } = await owner.report('ready');
    await expect(start()).rejects.toThrow(
      new RegExp(
        `^The data directory ${dataDir} is in use by another Galley \\(pid ${owner.pid}\\): .*GALLEY_DATA_DIR\\.$`,
      ),
    );
    expect(await query(url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
  });

  it.each(['new', 'existing'])(
    'goes to exactly one of four that start at the same instant when it is %s',
    async (kind) => {
      if (kind === 'new') dataDir = await emptyFolder();
      const contenders = Array.from({ length: 4 }, startElsewhere);
      const reports = await Promise.all(contenders.map((each) => each.report('ready', 'refused')));
      const refusals = reports.filter(({ event }) => event === 'refused');
      expect(refusals.map(({ name }) => name)).toEqual(Array(3).fill('EmbeddedPostgresError'));
      const winner = contenders[reports.findIndex(({ event }) => event === 'ready')]!;
      for (const { message } of refusals) expect(message).toContain(`in use by another Galley (pid ${winner.pid})`);
      expect(await query(reports.find(({ event }) => event === 'ready')!.url, 'SELECT 1 AS alive')).toEqual([
        { alive: 1 },
      ]);
      expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.json', 'postgres.log']);
    },
  );

  it('that is taken is noticed, although the server that is refused ends before its log has been closed', async () => {
    await start();
    const home = await findHome(dataDir, () => {});
    const logFile = new SlowLog(join(dataDir, 'postgres.log'));
    const launched = await launch(home, { port: await pickFreePort(), fast: true, logFile, started: () => {} });
    expect(launched).toEqual({ kind: 'occupied' });
  });

  it('is free again the moment its owner has stopped', async () => {
    for (let round = 0; round < 3; round++) {
      const owner = startElsewhere();
      await owner.report('ready');
      await owner.kill('SIGTERM');
      await (await start()).stop();
    }
  });

  it('is handed over when the next owner starts while the last one still stops', async () => {
    const last = await start();
    const stopped = last.stop();
    const next = await start();
    await stopped;
    expect(await query(next.url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
  });

  it('made by another major version of PostgreSQL is refused, not touched', async () => {
    dataDir = await emptyFolder();
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 17, and this Galley brings 18: dump it/);
    expect(readdirSync(join(dataDir, 'postgres'))).toEqual(['PG_VERSION']);
  });

  it('that cannot be made is refused with the remedy', async () => {
    await writeFile(join(dataDir, 'file'), '');
    await expect(start({ dataDir: join(dataDir, 'file/data') })).rejects.toThrow(/ENOTDIR.*GALLEY_DATA_DIR/);
  });
});

describe('after kill -9', () => {
  it('of the owner, the next start takes over the PostgreSQL that still runs', async () => {
    const owner = startElsewhere();
    const { url } = await owner.report('ready');
    await query(url, 'DROP TABLE IF EXISTS kept', 'CREATE TABLE kept AS SELECT 1 AS one');
    const pid = postmasterPid();
    await owner.kill('SIGKILL');

    const next = await start();
    expect(postmasterPid()).toBe(pid);
    expect(next.url).toBe(url);
    expect(await query(next.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await next.stop();
    expect(isAlive(pid!)).toBe(false);
  });

  it('of PostgreSQL, it comes back on the same port and says so', async () => {
    const owner = startElsewhere();
    const { url } = await owner.report('ready');
    await query(url, 'DROP TABLE IF EXISTS kept', 'CREATE TABLE kept AS SELECT 1 AS one');
    const pid = postmasterPid()!;
    await kill(pid);
    await owner.report('restart');
    expect(postmasterPid()).not.toBe(pid);
    expect(await query(url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await expect(start()).rejects.toThrow('in use by another Galley');
  });

  it('of PostgreSQL that was taken over, it comes back on the same port too', async () => {
    const owner = startElsewhere();
    await owner.report('ready');
    await owner.kill('SIGKILL');
    let restarted = 0;
    const next = await start({ onRestart: () => restarted++ });
    await kill(postmasterPid()!);
    await until(() => restarted || null);
    expect(await query(next.url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
  });

  it('of one session, which makes PostgreSQL drop all of them, the owner keeps the directory', async () => {
    let restarted = 0;
    const { url } = await start({ onRestart: () => restarted++ });
    const pid = postmasterPid();
    const client = new pg.Client(url);
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    process.kill(rows[0].pid, 'SIGKILL');
    await until(() => restarted || null);
    expect(postmasterPid()).toBe(pid);
    await expect(start()).rejects.toThrow(`in use by another Galley (pid ${process.pid})`);
  });

  it('of both, the next start recovers what was committed', async () => {
    const owner = startElsewhere();
    const { url } = await owner.report('ready');
    await query(url, 'DROP TABLE IF EXISTS kept', 'CREATE TABLE kept AS SELECT 1 AS one');
    const pid = postmasterPid()!;
    await owner.kill('SIGKILL');
    await kill(pid);
    expect(await query((await start()).url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  it('a process id that another program has got since does not block the start', async () => {
    const file = join(dataDir, 'postgres/postmaster.pid');
    await writeFile(file, `${process.pid}\n${join(dataDir, 'postgres')}\n1767225600\n25432\n\n127.0.0.1\n\nready\n`);
    const { uid, gid } = statSync(join(dataDir, 'postgres'));
    execFileSync('chown', [`${uid}:${gid}`, file]);
    expect(await findEmbeddedPostgres(dataDir)).toBeNull();
    expect(await query((await start()).url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
  });

  it('of a PostgreSQL that cannot start any more, it gives up and names the log', async () => {
    dataDir = await emptyFolder();
    const owner = startElsewhere();
    await owner.report('ready');
    const control = join(dataDir, 'postgres/global/pg_control');
    await writeFile(control, Buffer.alloc((await readFile(control)).length));
    await kill(postmasterPid()!);
    const { message } = await owner.report('failure');
    expect(message).toMatch(/^PostgreSQL does not start \(.*\): see .*postgres\.log, or set DATABASE_URL/);
    expect(message).not.toContain('\n');
  });
});

describe('a signal', () => {
  it('that Ctrl-C sends to the group of the terminal does not reach PostgreSQL', async () => {
    await start();
    const group = (pid: number) => execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    expect(group(postmasterPid()!)).not.toBe(group(process.pid));
  });

  it.each(['initdb', 'server'])(
    'that ends Galley while the %s starts leaves nothing running and nothing half made',
    async (phase) => {
      dataDir = await emptyFolder();
      const owner = startElsewhere();
      await until(() =>
        phase === 'server' ? postmasterPid() : (readdirSync(dataDir).find((name) => name.includes('.new-')) ?? null),
      );
      const pid = postmasterPid();
      await owner.kill('SIGTERM');
      expect(postmasterPid()).toBeNull();
      if (pid) expect(isAlive(pid)).toBe(false);
      expect(readdirSync(dataDir).filter((name) => name.includes('.new-'))).toEqual([]);
      expect(await query((await start()).url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    },
  );

  it('to abandon the start ends it with one line', async () => {
    dataDir = await emptyFolder();
    const controller = new AbortController();
    const starting = start({ signal: controller.signal });
    controller.abort();
    await expect(starting).rejects.toThrow('PostgreSQL was stopped while it was starting');
    expect(postmasterPid()).toBeNull();
  });
});
