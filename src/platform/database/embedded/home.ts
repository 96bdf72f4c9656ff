import { randomBytes } from 'node:crypto';
import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type Account, canReach, findAccount, weAreRoot } from './account.js';
import { type Binaries, findBinaries } from './binaries.js';
import { copyForEveryone } from './binary-cache.js';
import { type Credentials, clusterFolder, createCredentials, readCredentials } from './credentials.js';
import { codeOf, EmbeddedPostgresError, messageOf } from './errors.js';

/** Where everything of one embedded PostgreSQL is, and as whom it runs. */
export interface Home {
  dataDir: string;
  /** The cluster: what PostgreSQL calls PGDATA. */
  data: string;
  binaries: Binaries;
  credentials: Credentials;
  /** Null: as ourselves. */
  account: Account | null;
}

const ELSEWHERE = '/var/lib/galley';

/**
 * Finds or chooses the places. PostgreSQL refuses to be root, so as root it runs as another user, who must be able to
 * reach its data and its programs; below a closed folder (root's home, say) both are put where that user can, and
 * `postgres.json` in the data directory remembers where.
 */
export async function findHome(path: string, log: (line: string) => void): Promise<Home> {
  const dataDir = await openDataDir(path);
  const [binaries, known] = await Promise.all([findBinaries(), readCredentials(dataDir)]);
  if (!weAreRoot()) {
    const credentials = known ?? (await createCredentials(dataDir, 'postgres'));
    return { dataDir, data: clusterFolder(dataDir, credentials), binaries, credentials, account: null };
  }
  const account = (known && (await ownerOf(clusterFolder(dataDir, known)))) ?? (await findAccount());
  const [credentials, reachable] = await Promise.all([
    known ? checkPlace(dataDir, known, account) : choosePlace(dataDir, account, log),
    reachableBinaries(binaries, account, log),
  ]);
  return { dataDir, data: clusterFolder(dataDir, credentials), binaries: reachable, credentials, account };
}

async function openDataDir(path: string): Promise<string> {
  try {
    const made = await mkdir(resolve(path), { recursive: true });
    // PostgreSQL's user passes through the folder when we are root; what is secret in it has modes of its own.
    if (made) await chmod(resolve(path), weAreRoot() ? 0o711 : 0o700);
    return await realpath(path);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `Cannot use the data directory ${path} (${messageOf(error)}): choose another with GALLEY_DATA_DIR, or set DATABASE_URL.`,
    );
  }
}

/** An existing cluster stays with whom it belongs to, also when a better user appears later. */
async function ownerOf(data: string): Promise<Account | null> {
  const found = await stat(data).catch(() => null);
  return found && found.uid !== 0 ? { name: `user ${found.uid}`, uid: found.uid, gid: found.gid } : null;
}

async function choosePlace(dataDir: string, account: Account, log: (line: string) => void): Promise<Credentials> {
  if (await canReach(account, dataDir)) return createCredentials(dataDir, 'postgres');
  const data = join(ELSEWHERE, randomBytes(6).toString('hex'));
  try {
    await mkdir(ELSEWHERE, { recursive: true });
    await chmod(ELSEWHERE, 0o755);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `PostgreSQL's user "${account.name}" may not enter ${dataDir}, and ${ELSEWHERE} cannot be made (${messageOf(error)}): set GALLEY_DATA_DIR to a folder that this user may enter, or set DATABASE_URL.`,
    );
  }
  log(`PostgreSQL's data is in ${data}, because its user "${account.name}" may not enter ${dataDir}.`);
  return createCredentials(dataDir, data);
}

async function checkPlace(dataDir: string, known: Credentials, account: Account): Promise<Credentials> {
  const parent = dirname(clusterFolder(dataDir, known));
  if (isAbsolute(known.data)) await mkdir(parent, { recursive: true, mode: 0o755 });
  if (await canReach(account, parent)) return known;
  throw new EmbeddedPostgresError(
    `PostgreSQL's user "${account.name}" may not enter ${parent}, where its data is: open the folders above it to others (chmod o+x), or move ${dataDir} and set GALLEY_DATA_DIR.`,
  );
}

async function reachableBinaries(binaries: Binaries, account: Account, log: (line: string) => void): Promise<Binaries> {
  const needed = [binaries.postgres, join(binaries.root, 'share/postgresql/postgres.bki')];
  if (await canReach(account, join(binaries.root, 'lib'), needed)) return binaries;
  const copy = await copyForEveryone(binaries);
  log(`PostgreSQL runs from ${copy.root}, because its user "${account.name}" may not enter ${binaries.root}.`);
  return copy;
}

/** The place of a data directory that was used before, for commands that only want to connect. */
export async function findExistingHome(path: string): Promise<Pick<Home, 'data' | 'credentials'> | null> {
  const dataDir = await realpath(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw new EmbeddedPostgresError(`Cannot read the data directory ${path} (${messageOf(error)}).`);
  });
  const credentials = dataDir && (await readCredentials(dataDir));
  return credentials ? { data: clusterFolder(dataDir, credentials), credentials } : null;
}
