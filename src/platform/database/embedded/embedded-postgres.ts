import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { applicationUrl } from './credentials.js';
import { EmbeddedPostgresError, messageOf } from './errors.js';
import { findExistingHome, findHome } from './home.js';
import { LogFile } from './log-file.js';
import { findPostmaster } from './postmaster.js';
import { Supervisor } from './supervisor.js';

/** A PostgreSQL that this process owns. */
export interface EmbeddedPostgres {
  /** For the application's role, which owns the database and is no superuser. The same for as long as we own it. */
  readonly url: string;
  readonly owned: true;
  /** The folder of its data. */
  readonly data: string;
  /** Saves and ends; the data directory is free for others when this resolves. Harmless to repeat. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Folder of this installation (`GALLEY_DATA_DIR`); made when missing. */
  dataDir: string;
  /** Takes lines for the operator, for instance where the data went. */
  log?: (line: string) => void;
  /** For tests: a power cut may destroy the data. */
  fast?: boolean;
  /** PostgreSQL ended by itself and is back at the same url. */
  onRestart?: () => void;
  /** PostgreSQL ended by itself and could not be brought back; nothing more is tried. */
  onFailure?: (error: EmbeddedPostgresError) => void;
  /** Gives up a start that is under way, leaving nothing behind. */
  signal?: AbortSignal;
}

/** Milliseconds that a command waits for a server that is just starting. */
const START_PATIENCE = 10_000;

/**
 * Starts the PostgreSQL of this data directory, or takes over the one that a killed Galley left running, and owns it
 * until `stop`. Refuses with an {@link EmbeddedPostgresError} when another process owns it.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const home = await findHome(options.dataDir, log);
  const logFile = new LogFile(join(home.dataDir, 'postgres.log'));
  await logFile.keepBounded();
  const supervisor = new Supervisor(home, logFile, {
    fast: options.fast ?? false,
    log,
    onRestart: options.onRestart ?? (() => {}),
    onFailure: options.onFailure ?? ((error) => log(error.message)),
  });
  await startUnlessInterrupted(supervisor, options.signal);
  let stopped: Promise<void> | undefined;
  return {
    url: supervisor.url,
    owned: true,
    data: home.data,
    stop() {
      stopped ??= supervisor.stop();
      return stopped;
    },
  };
}

/**
 * The PostgreSQL that already runs for this data directory, for commands that work beside a running Galley (or beside
 * the orphan of a killed one). Null when none runs.
 */
export async function findEmbeddedPostgres(dataDir: string): Promise<{ url: string } | null> {
  const home = await findExistingHome(dataDir);
  if (!home) return null;
  for (const deadline = Date.now() + START_PATIENCE; Date.now() < deadline; await pause(20)) {
    const postmaster = await findPostmaster(home.data).catch((error) => {
      throw new EmbeddedPostgresError(
        `Cannot look into ${home.data} (${messageOf(error)}): run this as the user of Galley.`,
      );
    });
    if (!postmaster) return null;
    if (postmaster.status === 'ready') return { url: applicationUrl(home.credentials, postmaster.port) };
  }
  return null;
}

/** How many starts are under way in this process, each with a listener of its own. */
let starting = 0;

/**
 * Nobody has a handle to stop while the start is under way. A signal that comes then would end the process and leave
 * PostgreSQL behind, so it stops what was started; the process ends afterwards unless someone else handles the signal.
 */
async function startUnlessInterrupted(supervisor: Supervisor, signal?: AbortSignal): Promise<void> {
  const abort = () => void supervisor.stop();
  const interrupt = async (name: NodeJS.Signals) => {
    const alone = process.listenerCount(name) === starting;
    await supervisor.stop();
    if (alone) process.exit(name === 'SIGINT' ? 130 : 143);
  };
  starting++;
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  signal?.addEventListener('abort', abort);
  try {
    if (signal?.aborted) abort();
    await supervisor.start();
  } finally {
    starting--;
    signal?.removeEventListener('abort', abort);
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
