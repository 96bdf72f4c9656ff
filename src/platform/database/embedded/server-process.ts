import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { runAs } from './cluster.js';
import { giveToOwnerOf } from './credentials.js';
import { EmbeddedPostgresError } from './errors.js';
import type { Home } from './home.js';
import { type LogFile, reasonIn } from './log-file.js';
import { findPostmaster } from './postmaster.js';
import { serverArguments } from './settings.js';

/** What became of an attempt to start the server. */
export type Launch =
  | { kind: 'ready' }
  /** Another server of this cluster is up or on its way up or down. */
  | { kind: 'occupied' }
  | { kind: 'port taken' }
  | { kind: 'failed'; reason: string };

/**
 * Starts the server and waits until it accepts connections. It gets a session of its own (`detached`): Ctrl-C in a
 * terminal reaches every process of the foreground group, and PostgreSQL has to outlive the requests that still run.
 */
export async function launch(
  home: Home,
  options: { port: number; fast: boolean; logFile: LogFile; started: (pid: number) => void },
): Promise<Launch> {
  const offset = await options.logFile.size();
  const output = await options.logFile.open();
  let child: ChildProcess;
  let ended: Promise<string>;
  try {
    await giveToOwnerOf(home.dataDir, options.logFile.path);
    child = spawn(home.binaries.postgres, serverArguments(home.data, options.port, options.fast), {
      ...runAs(home.account),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    // At once: a server that is refused ends so soon that it would be gone after the next wait, and waited for for ever.
    ended = endOf(child, options.logFile, offset);
  } finally {
    await output.close();
  }
  if (child.pid) options.started(child.pid);
  child.unref();
  return waitUntilReady(child, home.data, ended);
}

/** What the server wrote, once it has ended. */
function endOf(child: ChildProcess, logFile: LogFile, offset: number): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => logFile.since(offset).then(resolve, (error: unknown) => resolve(String(error))));
  });
}

async function waitUntilReady(child: ChildProcess, data: string, ended: Promise<string>): Promise<Launch> {
  let output: string | undefined;
  ended.then((text) => {
    output = text;
  });
  // No deadline: replaying the log after a crash takes as long as it takes, and it is progress.
  for (;;) {
    if (output !== undefined) return judge(output);
    const postmaster = await findPostmaster(data);
    if (postmaster && postmaster.pid === child.pid && postmaster.status === 'ready') return { kind: 'ready' };
    await pause(10);
  }
}

function judge(output: string): Launch {
  if (/lock file .* (already exists|is empty)|pre-existing shared memory block/.test(output))
    return { kind: 'occupied' };
  if (/could not create any TCP\/IP sockets|could not bind/.test(output)) return { kind: 'port taken' };
  return { kind: 'failed', reason: reasonIn(output) };
}

export function launchError(reason: string, logFile: LogFile): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `PostgreSQL does not start (${reason}): see ${logFile.path}, or set DATABASE_URL to another PostgreSQL 18 database.`,
  );
}
