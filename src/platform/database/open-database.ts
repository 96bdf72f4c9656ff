import { readSettings } from '../config/settings.js';
import { ProcessSettings } from '../process/process.settings.js';
import { StartError } from '../process/start-error.js';
import { checkDatabase, placeOf } from './check-database.js';
import { DatabaseSettings } from './database.settings.js';

export interface OpenDatabase {
  url: string;
  /** For the operator: where the data is. */
  place: string;
  close(): Promise<void>;
}

export interface OpenOptions {
  log: (line: string) => void;
  /** The embedded PostgreSQL ended and does not come back. */
  onFailure?: (error: Error) => void;
  signal?: AbortSignal;
}

/** The database of DATABASE_URL, or the embedded one. @throws {StartError | EmbeddedPostgresError} in one line. */
export async function openDatabase(options: OpenOptions): Promise<OpenDatabase> {
  const given = givenUrl();
  if (given) {
    await checkDatabase(given);
    return { url: given, place: placeOf(given), close: async () => {} };
  }
  const { dataDir } = readSettings(ProcessSettings);
  const { startEmbeddedPostgres } = await import('./embedded/index.js');
  const { log, onFailure, signal } = options;
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log,
    ...(onFailure ? { onFailure } : {}),
    ...(signal ? { signal } : {}),
  });
  return { url: postgres.url, place: `${postgres.data} (embedded PostgreSQL)`, close: () => postgres.stop() };
}

/** For commands: the database that a running Galley uses, or one opened for as long as the command takes. */
export async function joinDatabase(options: OpenOptions): Promise<OpenDatabase> {
  if (!givenUrl()) {
    const { dataDir } = readSettings(ProcessSettings);
    const { findEmbeddedPostgres } = await import('./embedded/index.js');
    const running = await findEmbeddedPostgres(dataDir);
    if (running) return { url: running.url, place: dataDir, close: async () => {} };
  }
  return openDatabase(options);
}

function givenUrl(): string | undefined {
  const { url } = readSettings(DatabaseSettings);
  if (!url && readSettings(ProcessSettings).production) {
    throw new StartError(
      'DATABASE_URL is not set, and NODE_ENV=production does not use the embedded PostgreSQL: set DATABASE_URL to a PostgreSQL 15 or later, such as postgres://user:password@host:5432/galley.',
    );
  }
  return url;
}
