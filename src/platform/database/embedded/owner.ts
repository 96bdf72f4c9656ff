import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Credentials } from './credentials.js';
import { codeOf, messageOf } from './errors.js';

/** Any constant will do: the lock lives in the database `postgres` of this cluster alone. */
const LOCK = 7_164_772;
/** Milliseconds; a server whose Galley was just killed needs a moment to notice and give up the lock. */
const GRACE = 500;

/** What came of asking for the lock that says "this data directory is mine". */
export type Claim =
  | { kind: 'owner'; connection: pg.Client }
  | { kind: 'taken'; by: string }
  | { kind: 'unreachable'; reason: string; passwordRefused: boolean };

/**
 * Connects as superuser and takes the lock of the data directory. The lock belongs to this connection: however the
 * process ends, it is free the moment the connection is gone, so it can neither leak nor be forgotten.
 */
export async function claim(credentials: Credentials, port: number): Promise<Claim> {
  const connection = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: credentials.superuserPassword,
    database: 'postgres',
    ssl: false,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    application_name: `galley owner ${process.pid}`,
  });
  // Without a listener a server that dies would take the process with it; callers watch for 'end'.
  connection.on('error', () => {});
  try {
    await connection.connect();
    for (const deadline = Date.now() + GRACE; ; await pause(20)) {
      if (await tryLock(connection)) {
        await provision(connection, credentials);
        return { kind: 'owner', connection };
      }
      if (Date.now() > deadline) break;
    }
    const by = await holder(connection);
    await connection.end();
    return { kind: 'taken', by };
  } catch (error) {
    await connection.end().catch(() => {});
    return { kind: 'unreachable', reason: messageOf(error), passwordRefused: codeOf(error).startsWith('28') };
  }
}

async function tryLock(connection: pg.Client): Promise<boolean> {
  const { rows } = await connection.query(`SELECT pg_try_advisory_lock(${LOCK}) AS locked`);
  return rows[0].locked;
}

async function holder(connection: pg.Client): Promise<string> {
  const { rows } = await connection.query(
    `SELECT substring(a.application_name FROM '[0-9]+$') AS pid
       FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.objid = ${LOCK} AND l.granted`,
  );
  return rows[0]?.pid ?? 'unknown';
}

/**
 * The role and the database of the application. The role is no superuser, so that constraints, REVOKEs and ownership
 * bind it as they would in production; it may create databases, which tests clone from a template.
 */
async function provision(connection: pg.Client, credentials: Credentials): Promise<void> {
  const { rows } = await connection.query(
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'galley') AS role,
            EXISTS (SELECT FROM pg_database WHERE datname = 'galley') AS database`,
  );
  if (!rows[0].role) {
    await connection.query(
      `CREATE ROLE galley LOGIN NOSUPERUSER NOCREATEROLE CREATEDB PASSWORD ${pg.escapeLiteral(credentials.password)}`,
    );
  }
  if (!rows[0].database) await connection.query('CREATE DATABASE galley OWNER galley');
}
