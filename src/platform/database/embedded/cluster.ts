import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, lchown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.js';
import { codeOf, EmbeddedPostgresError, messageOf } from './errors.js';
import type { Home } from './home.js';
import { reasonIn } from './log-file.js';

const run = promisify(execFile);
/** Milliseconds after which a half-made cluster can only be the remains of a killed process. */
const ABANDONED = 5 * 60_000;

/**
 * Makes the files of the cluster unless they are there. They are made beside their final name and renamed, so a crash
 * leaves a complete cluster or none, and of two at once one wins.
 */
export async function ensureCluster(home: Home, options: { fast: boolean; signal: AbortSignal }): Promise<void> {
  const version = await readFile(join(home.data, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null) return createCluster(home, options);
  const [major] = home.binaries.version.split('.');
  if (version.trim() !== major) {
    throw new EmbeddedPostgresError(
      `The data in ${home.data} was made by PostgreSQL ${version.trim()}, and this Galley brings ${major}: dump it with the Galley that made it and load it into a new GALLEY_DATA_DIR.`,
    );
  }
  if (home.account && (await stat(home.data)).uid === 0) await giveAll(home.data, home.account);
}

async function createCluster(home: Home, options: { fast: boolean; signal: AbortSignal }): Promise<void> {
  await removeAbandoned(home.data);
  const draft = `${home.data}.new-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(draft, { mode: 0o700 });
    if (home.account) await chown(draft, home.account.uid, home.account.gid);
    await initialize(home, draft, options);
    await rename(draft, home.data);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw asOperatorError(error, home);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(`${draft}.password`, { force: true });
  }
}

async function initialize(home: Home, folder: string, options: { fast: boolean; signal: AbortSignal }): Promise<void> {
  const passwordFile = `${folder}.password`;
  await writeFile(passwordFile, home.credentials.superuserPassword, { mode: 0o600 });
  if (home.account) await chown(passwordFile, home.account.uid, home.account.gid);
  const flags = [
    ['--pgdata', folder],
    ['--username', 'postgres'],
    ['--pwfile', passwordFile],
    ['--auth', 'scram-sha-256'],
    ['--encoding', 'UTF8'],
    // Built into PostgreSQL 17 and later: the same order and case rules on every machine, whatever locales it has.
    ['--locale-provider', 'builtin'],
    ['--builtin-locale', 'C.UTF-8'],
    ['--locale', 'C'],
    ['--no-instructions'],
    options.fast ? ['--no-sync'] : [],
  ];
  await run(home.binaries.initdb, flags.flat(), {
    ...runAs(home.account),
    signal: options.signal,
    killSignal: 'SIGINT',
  });
}

/** Programs of PostgreSQL get no environment of ours: PGDATA, PGPORT and their like would steer them. */
export function runAs(account: Account | null): { uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv } {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', ...(process.platform === 'win32' ? process.env : {}) };
  return { cwd: '/', env, ...(account && { uid: account.uid, gid: account.gid }) };
}

async function removeAbandoned(data: string): Promise<void> {
  const parent = dirname(data);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(data)}.new-`)) continue;
    const path = join(parent, name);
    const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > ABANDONED) await rm(path, { recursive: true, force: true });
  }
}

/** After a copy by root, say: PostgreSQL insists on owning its files. */
async function giveAll(folder: string, account: Account): Promise<void> {
  await lchown(folder, account.uid, account.gid);
  for (const entry of await readdir(folder, { recursive: true })) {
    await lchown(join(folder, entry), account.uid, account.gid);
  }
}

function asOperatorError(error: unknown, home: Home): EmbeddedPostgresError {
  if (error instanceof EmbeddedPostgresError) return error;
  const stderr = (error as { stderr?: string }).stderr;
  const reason = stderr ? reasonIn(stderr) : messageOf(error);
  return new EmbeddedPostgresError(
    `Cannot make a PostgreSQL database in ${home.data} (${reason}): free space or choose a folder on a local disk with GALLEY_DATA_DIR, or set DATABASE_URL.`,
  );
}
