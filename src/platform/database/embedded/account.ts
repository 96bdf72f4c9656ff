import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './errors.js';

const run = promisify(execFile);

/** The user as whom PostgreSQL runs when Galley is root, because PostgreSQL refuses to be root itself. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

export function weAreRoot(): boolean {
  return process.getuid?.() === 0;
}

/** An existing unprivileged user; no user is ever created. */
export async function findAccount(): Promise<Account> {
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all([idOf(name, '-u'), idOf(name, '-g')]);
    if (ids[0] && ids[1]) return { name, uid: ids[0], gid: ids[1] };
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL cannot run as root, and there is no user "postgres" or "nobody" to run it as: create one, start Galley as another user, or set DATABASE_URL.',
  );
}

async function idOf(name: string, which: '-u' | '-g'): Promise<number> {
  return run('id', [which, name]).then(
    ({ stdout }) => Number(stdout.trim()),
    () => 0,
  );
}

/**
 * Can this user reach the folder, and in it the given files? Asked by trying it as that user: modes alone do not tell
 * (access lists, mounts, capabilities).
 */
export async function canReach(account: Account, folder: string, files: string[] = []): Promise<boolean> {
  const script = 'cd "$1" || exit 1; shift; for file; do test -r "$file" || exit 1; done';
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', script, 'sh', folder, ...files], {
      uid: account.uid,
      gid: account.gid,
      cwd: '/',
      stdio: 'ignore',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
