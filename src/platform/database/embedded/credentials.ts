import { randomBytes } from 'node:crypto';
import { chown, link, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { weAreRoot } from './account.js';
import { codeOf, EmbeddedPostgresError, messageOf } from './errors.js';

/** `<dataDir>/postgres.json`, mode 0600: how to get into the database, and where its files are. */
export interface Credentials {
  /** Folder of the cluster: relative to the data directory unless it had to be put elsewhere. */
  data: string;
  /** Password of the role `postgres`, which only Galley's supervisor uses. */
  superuserPassword: string;
  /** Password of the role `galley`, as which the application connects. */
  password: string;
}

const FILE = 'postgres.json';

export async function readCredentials(dataDir: string): Promise<Credentials | null> {
  const path = join(dataDir, FILE);
  try {
    const credentials = JSON.parse(await readFile(path, 'utf8')) as Credentials;
    if (!credentials.data || !credentials.password || !credentials.superuserPassword) throw new Error('incomplete');
    return credentials;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    const remedy = ['EACCES', 'EPERM'].includes(codeOf(error))
      ? 'start Galley as the user who made it, or choose another GALLEY_DATA_DIR'
      : 'restore it from a backup, or choose another GALLEY_DATA_DIR';
    throw new EmbeddedPostgresError(`Cannot read ${path} (${messageOf(error)}): ${remedy}.`);
  }
}

/** Of two that create at once one wins, and both get the winner's. */
export async function createCredentials(dataDir: string, data: string): Promise<Credentials> {
  const credentials: Credentials = { data, superuserPassword: secret(), password: secret() };
  const draft = join(dataDir, `.${FILE}.${randomBytes(6).toString('hex')}`);
  await writeFile(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await giveToOwnerOf(dataDir, draft);
    await link(draft, join(dataDir, FILE));
    return credentials;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return (await readCredentials(dataDir)) ?? credentials;
  } finally {
    await unlink(draft);
  }
}

/** Root may serve a folder that belongs to someone else, who wants to start Galley there again without being root. */
export async function giveToOwnerOf(folder: string, path: string): Promise<void> {
  if (!weAreRoot()) return;
  const { uid, gid } = await stat(folder);
  await chown(path, uid, gid);
}

export function clusterFolder(dataDir: string, credentials: Credentials): string {
  return isAbsolute(credentials.data) ? credentials.data : join(dataDir, credentials.data);
}

export function applicationUrl(credentials: Credentials, port: number): string {
  // Without sslmode a PGSSLMODE in the environment would ask for TLS, which a loopback server has no use for.
  return `postgres://galley:${credentials.password}@127.0.0.1:${port}/galley?sslmode=disable`;
}

function secret(): string {
  return randomBytes(24).toString('hex');
}
