import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { type Binaries, binariesIn, makeLinks } from './binaries.js';
import { codeOf, EmbeddedPostgresError, messageOf } from './errors.js';

const CACHE = '/var/cache/galley';
/** Milliseconds after which a half-made copy can only be the remains of a killed process. */
const ABANDONED = 10 * 60_000;

/**
 * A copy of the binaries that every user can run, for projects in a folder that PostgreSQL's user may not enter.
 * Made beside its final name and renamed, so that it is complete or absent; of two at once either may win.
 */
export async function copyForEveryone(binaries: Binaries, cache = CACHE): Promise<Binaries> {
  const name = `postgresql-${binaries.version}-${platform()}-${arch()}`;
  const target = join(cache, name, 'native');
  const copy = binariesIn(target, binaries.version);
  if (await isFile(copy.postgres)) return copy;
  const draft = join(cache, `.${name}.${randomBytes(6).toString('hex')}`);
  try {
    await makeFolder(cache);
    await removeAbandoned(cache);
    await makeFolder(draft);
    await copyFolder(binaries.root, join(draft, 'native'));
    await makeLinks(join(draft, 'native'));
    await rename(draft, join(cache, name));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) {
      throw new EmbeddedPostgresError(
        `Cannot copy PostgreSQL to ${cache} (${messageOf(error)}), which is needed because its user may not enter ${binaries.root}: set DATABASE_URL, or move the project.`,
      );
    }
  }
  return copy;
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}

/** Modes are set, not taken over: node_modules may have been installed for one user's eyes only. */
async function copyFolder(from: string, to: string): Promise<void> {
  await makeFolder(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target);
    // Static libraries are for compiling; links are made anew from the list.
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target);
      await chmod(target, 0o755);
    }
  }
}

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (name.startsWith('.postgresql-') && age > ABANDONED) await rm(path, { recursive: true, force: true });
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
