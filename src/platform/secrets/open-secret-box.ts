import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings, SettingError } from '../config/settings.js';
import { giveToOwnerOf } from '../database/embedded/credentials.js';
import { ProcessSettings } from '../process/process.settings.js';
import { SecretBox } from './secret-box.js';
import type { SecretsSettings } from './secrets.settings.js';

const FILE = 'secrets.key';
const KEY_BYTES = 32;

/**
 * With the keys of the settings, or with one that is made in the data directory. Not in production: there the data
 * directory is often gone with its container, and a second machine would make a key of its own.
 * @throws {SettingError}
 */
export function openSecretBox({ keys }: SecretsSettings): SecretBox {
  if (keys.length > 0) return new SecretBox(async () => keys, true);
  const { production, dataDir } = readSettings(ProcessSettings);
  if (production) {
    throw new SettingError(
      'GALLEY_SECRETS_KEY is not set, and NODE_ENV=production makes no key of its own: set it to what `openssl rand -base64 32` prints, the same for all processes, and keep it as safe as the database.',
    );
  }
  return new SecretBox(async () => [(await readKey(dataDir)) ?? (await createKey(dataDir))]);
}

async function readKey(dataDir: string): Promise<Buffer | undefined> {
  const path = join(dataDir, FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES) throw new Error(`${path} is not as Galley wrote it: restore it from a backup.`);
  return key;
}

/** Of two processes that make one at once, one wins, and both get the winner's. */
async function createKey(dataDir: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  const draft = join(dataDir, `.${FILE}.${randomBytes(6).toString('hex')}`);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(draft, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await giveToOwnerOf(dataDir, draft);
    await link(draft, join(dataDir, FILE));
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readKey(dataDir)) ?? key;
  } finally {
    await unlink(draft);
  }
}
