import pg from 'pg';
import { StartError } from '../process/start-error.js';

/** Milliseconds that a database may take to answer at all. */
const PATIENCE = 5_000;
const OLDEST = 15;

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closed the connection: it may not be PostgreSQL',
  '28P01': 'the password is not right',
  '28000': 'it does not let this user in',
  '3D000': 'there is no such database',
  '53300': 'it has no connection left',
  '57P03': 'it is starting or stopping',
};

/** Makes sure that DATABASE_URL leads to a PostgreSQL that we can use. @throws {StartError} saying why not, without the password. */
export async function checkDatabase(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
    application_name: 'galley',
  });
  client.on('error', () => {});
  let version: number;
  let encoding: string | undefined;
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('server_version_num')::int AS version, getdatabaseencoding() AS encoding`,
    );
    ({ version, encoding } = rows[0] as { version: number; encoding: string });
  } catch (error) {
    throw new StartError(`DATABASE_URL: cannot use ${placeOf(url)}: ${reasonOf(error)}.`);
  } finally {
    void client.end().catch(() => {});
  }
  if (version < OLDEST * 10_000) {
    const found = Math.floor(version / 10_000);
    throw new StartError(
      `DATABASE_URL: ${placeOf(url)} is PostgreSQL ${found}; Galley needs PostgreSQL ${OLDEST} or later.`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new StartError(
      `DATABASE_URL: ${placeOf(url)} is in ${encoding}; Galley needs a database in UTF8: CREATE DATABASE … ENCODING 'UTF8'.`,
    );
  }
}

/** Where it is, without who enters and how. */
export function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname}`;
}

function reasonOf(error: unknown): string {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (REASONS[code]) return REASONS[code];
  if (/timeout expired|Query read timeout/.test(message)) return REASONS['ETIMEDOUT']!;
  if (/Connection terminated|Unknown authenticationOk|Invalid|unexpected/i.test(message)) return REASONS['ECONNRESET']!;
  return message.split('\n')[0]!.replace(/\.$/, '') || code || 'it does not answer';
}
