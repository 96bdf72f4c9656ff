import { execFile } from 'node:child_process';
import { link, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf } from './errors.js';

const run = promisify(execFile);

/** The server process of a cluster, as its `postmaster.pid` describes it. */
export interface Postmaster {
  pid: number;
  /** NaN while it has only just begun to start. */
  port: number;
  status: 'starting' | 'ready' | 'stopping';
}

/**
 * The live server of this cluster, whoever started it. A `postmaster.pid` that a crash left behind counts for nothing,
 * even if another program has got the process id since.
 */
export async function findPostmaster(data: string): Promise<Postmaster | null> {
  const lines = await readLines(data);
  const pid = Math.abs(Number(lines[0]));
  if (!pid || !(await isPostmaster(pid, data))) return null;
  const word = lines[7]?.trim();
  const status = word === 'ready' || word === 'stopping' ? word : 'starting';
  return { pid, port: Number.parseInt(lines[3] ?? '', 10), status };
}

/** Is this process alive, and the PostgreSQL of this cluster? A zombie is not alive. */
export async function isPostmaster(pid: number, data: string): Promise<boolean> {
  if (!isProcess(pid)) return false;
  if (process.platform === 'win32') return true;
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout.includes('postgres') && stdout.includes(data);
  }
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  if (basename(words[0] ?? '') !== 'postgres') return false;
  // The server works in its folder, wherever that has been moved to; not everyone may look there.
  const [cwd, folder] = await Promise.all([data, `/proc/${pid}/cwd`].map((path) => stat(path).catch(() => null)));
  if (cwd && folder) return (cwd.ino === folder.ino && cwd.dev === folder.dev) || words.includes(data);
  return words.includes(data);
}

/**
 * PostgreSQL refuses to start while the process named in `postmaster.pid` exists, even if that is another program by
 * now. Takes such a file away; one that a new server has just written is put back.
 */
export async function removeStalePidFile(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid');
  const pid = Math.abs(Number((await readLines(data))[0]));
  if (!pid) return removeOldEmptyFile(path);
  if (!isProcess(pid) || (await isPostmaster(pid, data))) return;
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
    const moved = Math.abs(Number((await readFile(aside, 'utf8')).split('\n')[0]));
    if (moved !== pid) await link(aside, path);
    await rm(aside);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

/** A power cut can leave an empty file, which PostgreSQL takes for a server that is just starting. */
async function removeOldEmptyFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.size === 0 && Date.now() - found.mtimeMs > 5_000) await rm(path, { force: true });
}

/** How to ask the server to end: `fast` breaks off sessions and saves, `immediate` relies on recovery. */
export function signalPostmaster(pid: number, mode: 'fast' | 'immediate' | 'kill'): void {
  try {
    process.kill(pid, { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' }[mode]);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** Ends the server and waits until it is gone, first politely. */
export async function stopPostmaster(pid: number, data: string): Promise<void> {
  for (const [mode, patience] of [
    ['fast', 30_000],
    ['immediate', 10_000],
    ['kill', 10_000],
  ] as const) {
    if (!(await isPostmaster(pid, data))) return;
    signalPostmaster(pid, mode);
    for (const deadline = Date.now() + patience; Date.now() < deadline; await pause(10)) {
      if (!(await isPostmaster(pid, data))) return;
    }
  }
}

async function readLines(data: string): Promise<string[]> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch((error) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return '';
    throw error;
  });
  return text.split('\n');
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
