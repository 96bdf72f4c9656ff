import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, cloneDatabase } from '../support/clone.js';
import { until } from '../support/until.js';
import { freePort, MainProcess, statusOf, type Variables } from './main-process.js';

const HTTP_400 = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n';

const processes: MainProcess[] = [];

function main(variables: Variables, command?: string[]): MainProcess {
  const started = new MainProcess(variables, command);
  processes.push(started);
  return started;
}

afterEach(async () => {
  for (const each of processes.splice(0)) await each.kill();
});

let clone: Clone;
beforeAll(async () => {
  clone = await cloneDatabase();
});
afterAll(() => clone.drop());

/** A server that gives these answers, one to each thing that it is told, and then hangs up; without any it is silent. */
async function stranger(answers: (Buffer | string)[] = []): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    let count = 0;
    socket.on('data', () => {
      const answer = answers[count++];
      if (answer !== undefined) socket.write(answer);
      if (count === answers.length) socket.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

describe('a start that cannot succeed says why in one line and exits with 1', () => {
  it.each<[string, Variables, RegExp]>([
    ['a bad PORT', { PORT: '70000' }, /^PORT is "70000", but takes a port number, 0 to 65535\.$/],
    [
      'a bad level',
      { GALLEY_LOG_LEVEL: 'loud' },
      /^GALLEY_LOG_LEVEL is "loud", but takes trace, debug, .* or silent\.$/,
    ],
    ['a bad switch', { GALLEY_DEMO: 'perhaps' }, /^GALLEY_DEMO is "perhaps", but takes true or false\.$/],
    ['a setting of a module', { GALLEY_TAX_RATES: 'DE' }, /^GALLEY_TAX_RATES is "DE", but takes /],
    ['a secret, without showing it', { GALLEY_ADMIN_PASSWORD: 'hunter2' }, /^GALLEY_ADMIN_PASSWORD is (?!.*hunter2)/],
    ['another database', { DATABASE_URL: 'mysql://a:hunter2@b/c' }, /^DATABASE_URL is (?!.*hunter2).*postgres:\/\//],
    [
      'production on the embedded database',
      { NODE_ENV: 'production' },
      /^DATABASE_URL is not set, and NODE_ENV=production/,
    ],
    [
      'a host that is not known',
      { DATABASE_URL: 'postgres://a:hunter2@nowhere.invalid/c' },
      /^DATABASE_URL: cannot use nowhere\.invalid:5432\/c: (?!.*hunter2)/,
    ],
    [
      'a port where nothing listens',
      { DATABASE_URL: 'postgres://a:hunter2@127.0.0.1:1/c' },
      /^DATABASE_URL: cannot use 127\.0\.0\.1:1\/c: nothing listens there\.$/,
    ],
    [
      'a data directory that cannot be',
      { GALLEY_DATA_DIR: '/dev/null/galley' },
      /^Cannot use the data directory \/dev\/null\/galley .*GALLEY_DATA_DIR/,
    ],
  ])('%s', async (_, variables, line) => {
    const refused = main({ PORT: '0', ...variables });
    expect(await refused.ended).toBe(1);
    expect(await refused.lines()).toEqual([expect.stringMatching(line)]);
    expect(refused.stdout).toBe('');
  });

  it('production without a key for secrets', async () => {
    const refused = main({ PORT: '0', DATABASE_URL: clone.url, NODE_ENV: 'production' });
    expect(await refused.ended).toBe(1);
    expect(await refused.lines()).toEqual([expect.stringMatching(/^GALLEY_SECRETS_KEY is not set, .*openssl rand/)]);
  });

  it.each<[string, (url: URL) => void, RegExp]>([
    [
      'a wrong password',
      (url) => {
        url.password = 'hunter2';
      },
      /: the password is not right\.$/,
    ],
    [
      'a database that is not there',
      (url) => {
        url.pathname = '/nope';
      },
      /\/nope: there is no such database\.$/,
    ],
  ])('%s', async (_, change, line) => {
    const url = new URL(clone.url);
    change(url);
    const refused = main({ PORT: '0', DATABASE_URL: url.href });
    expect(await refused.ended).toBe(1);
    expect(await refused.lines()).toEqual([expect.stringMatching(line)]);
    expect(refused.stderr).not.toContain('hunter2');
  });

  it('a database in another encoding', async () => {
    const admin = new pg.Client(clone.url);
    await admin.connect();
    await admin.query(`CREATE DATABASE elsewhere ENCODING 'WIN1252' TEMPLATE template0 LOCALE 'C'`);
    const url = new URL(clone.url);
    url.pathname = '/elsewhere';
    const refused = main({ PORT: '0', DATABASE_URL: url.href });
    expect(await refused.ended).toBe(1);
    expect(await refused.lines()).toEqual([expect.stringMatching(/is in WIN1252; Galley needs a database in UTF8/)]);
    await admin.query('DROP DATABASE elsewhere');
    await admin.end();
  });

  it.each<[string, (Buffer | string)[], RegExp]>([
    ['a server that never answers', [], /: it does not answer\.$/],
    ['a server that is not PostgreSQL', [HTTP_400], /may not be PostgreSQL\.$/],
    ['a PostgreSQL that is too old', postgres14(), /is PostgreSQL 14; Galley needs PostgreSQL 15 or later\.$/],
  ])('%s, within seconds', async (_, says, line) => {
    const { server, port } = await stranger(says);
    const began = Date.now();
    const refused = main({ PORT: '0', DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c?sslmode=disable` });
    expect(await refused.ended).toBe(1);
    expect(Date.now() - began).toBeLessThan(12_000);
    expect(await refused.lines()).toEqual([expect.stringMatching(line)]);
    server.close();
  });

  it('a port that is taken', async () => {
    const { server, port } = await stranger();
    const refused = main({ PORT: String(port), DATABASE_URL: clone.url, GALLEY_DEMO: 'false' });
    expect(await refused.ended).toBe(1);
    expect(await refused.lines()).toEqual([
      `PORT: 127.0.0.1:${port} is in use: stop what listens there, or set PORT to another.`,
    ]);
    server.close();
  });
});

/** Lets anyone in, and answers each query with one row: 140012. */
function postgres14(): Buffer[] {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.from(`${type}0000`);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const int = (bytes: 2 | 4, value: number) => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeIntBE(value, 0, bytes);
    return buffer;
  };
  const column = Buffer.concat([
    int(2, 1),
    Buffer.from('version\0'),
    int(4, 0),
    int(2, 0),
    int(4, 23),
    int(2, 4),
    int(4, -1),
    int(2, 0),
  ]);
  const ready = message('Z', Buffer.from('I'));
  const row = message('D', Buffer.concat([int(2, 1), int(4, 6), Buffer.from('140012')]));
  return [
    Buffer.concat([message('R', int(4, 0)), ready]),
    Buffer.concat([message('T', column), row, message('C', Buffer.from('SELECT 1\0')), ready]),
  ];
}

it('guesses what a variable was meant to be, and starts', async () => {
  const running = main({
    PORT: await freePort(),
    DATABASE_URL: clone.url,
    GALLEY_DEM0: 'false',
    GALLEY_SOMETHING: '1',
  });
  await running.ready();
  const [first, ...rest] = running.stderr.split('\n');
  expect(first).toBe('GALLEY_DEM0 is not a setting; did you mean GALLEY_DEMO?');
  expect(rest.join('\n')).not.toContain('is not a setting');
  expect(await running.stop()).toBe(0);
});

it('serves nothing but health and metrics as a worker', async () => {
  const worker = main({ PORT: await freePort(), DATABASE_URL: clone.url, GALLEY_ROLE: 'worker' });
  await worker.ready();
  expect(await statusOf(`${worker.url}/metrics`)).toBe(200);
  expect(await statusOf(`${worker.url}/v1/products`)).toBe(404);
  expect(await statusOf(`${worker.url}/docs`)).toBe(404);
  expect(await worker.stop()).toBe(0);
});

describe('on its own database', () => {
  let dataDir: string;
  let port: string;
  let password = '';

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'galley-start-'));
    // For when we are root: PostgreSQL's user passes through.
    await chmod(dataDir, 0o711);
    port = await freePort();
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const start = (variables: Variables = {}) => main({ PORT: port, GALLEY_DATA_DIR: dataDir, ...variables }).ready();
  const login = async (url: string) => {
    const response = await fetch(`${url}/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'admin@galley.example', password }),
    });
    return response.status;
  };
  const products = async (url: string) =>
    ((await (await fetch(`${url}/v1/products?limit=100`)).json()) as { data: object[] }).data.length;
  const postgresPid = () => Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

  it('makes an administrator and a demo shop at the first start, and says where everything is', async () => {
    const first = await start();
    await until(() => first.stderr.includes('Password') || null);
    for (const path of ['/v1', '/docs', '/health/ready']) expect(first.stderr).toContain(`${first.url}${path}\n`);
    expect(first.stderr).toContain(join(dataDir, 'postgres'));
    password = /Password {2}(\S+)/.exec(first.stderr)?.[1] ?? '';
    expect(await login(first.url)).toBe(200);
    expect(await products(first.url)).toBeGreaterThan(30);
    expect(await first.stop()).toBe(0);
    for (const line of first.stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(first.stdout).not.toContain(password);
    expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
  });

  it('keeps everything, and shows the password no more, at the second', async () => {
    const second = await start();
    await until(() => second.stderr.includes('Galley is ready.') || null);
    expect(second.stderr).not.toContain('Password');
    expect(await login(second.url)).toBe(200);
    expect(await second.stop()).toBe(0);
  });

  it('stops its database when the port turns out to be taken', async () => {
    const { server, port: taken } = await stranger();
    const refused = main({ PORT: String(taken), GALLEY_DATA_DIR: dataDir });
    expect(await refused.ended).toBe(1);
    expect(await refused.lines()).toEqual([expect.stringContaining(`127.0.0.1:${taken} is in use`)]);
    expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
    server.close();
  });

  it('refuses a data directory that another Galley uses, and leaves that one alone', async () => {
    const owner = await start();
    const refused = main({ PORT: '0', GALLEY_DATA_DIR: dataDir });
    expect(await refused.ended).toBe(1);
    expect(await refused.lines()).toEqual([
      `The data directory ${dataDir} is in use by another Galley (pid ${owner.child.pid}): stop that one, or choose another with GALLEY_DATA_DIR.`,
    ]);
    expect(await login(owner.url)).toBe(200);
    expect(await owner.stop()).toBe(0);
  });

  it.each(['Galley', 'Galley and PostgreSQL'])('recovers after kill -9 of %s', async (victims) => {
    const killed = await start();
    const pid = postgresPid();
    killed.signal('SIGKILL');
    if (victims !== 'Galley') process.kill(pid, 'SIGKILL');
    await killed.ended;
    const next = await start();
    expect(await login(next.url)).toBe(200);
    expect(await next.stop()).toBe(0);
  });

  it('answers 503 while PostgreSQL is gone, and goes on when it is back', async () => {
    const running = await start();
    const seen = new Set<number>();
    process.kill(postgresPid(), 'SIGKILL');
    await until(async () => {
      seen.add(await login(running.url).catch(() => -1));
      return (seen.has(503) && (await login(running.url)) === 200) || null;
    });
    seen.delete(200);
    expect([...seen]).toEqual([503]);
    expect(await running.stop()).toBe(0);
  });

  it('leaves nothing behind when npm is told to stop', async () => {
    const npm = main({ PORT: port, GALLEY_DATA_DIR: dataDir }, ['npm', 'start']);
    await npm.ready();
    const postgres = postgresPid();
    npm.signal('SIGTERM');
    await npm.ended;
    await until(async () => (await statusOf(npm.url)) === undefined || null);
    await until(() => (isAlive(postgres) ? null : true));
    expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
  });

  it('stops in order at Ctrl-C, which npm and the terminal both pass on', async () => {
    const npm = main({ PORT: port, GALLEY_DATA_DIR: dataDir }, ['npm', 'start']);
    await npm.ready();
    process.kill(-(npm.child.pid ?? 0), 'SIGINT');
    await npm.ended;
    expect(npm.stdout.match(/"stopping"/g)).toHaveLength(1);
    expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
