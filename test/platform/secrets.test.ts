import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings } from '#src/platform/config/settings.js';
import { openSecretBox } from '#src/platform/secrets/open-secret-box.js';
import { SecretBox } from '#src/platform/secrets/secret-box.js';
import { SecretsSettings } from '#src/platform/secrets/secrets.settings.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.js';

const boxOf = (...keys: Buffer[]) => new SecretBox(async () => keys);

describe('A sealed secret', () => {
  it('is opened with its key, under its context, and with nothing else', async () => {
    const [key, other] = [randomBytes(32), randomBytes(32)];
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), fc.nat(), async (secret, context, at) => {
        const sealed = await boxOf(key).seal(secret, context);
        expect(await boxOf(key).open(sealed, context)).toBe(secret);
        await expect(boxOf(key).open(sealed, `${context}x`)).rejects.toThrow();
        await expect(boxOf(other).open(sealed, context)).rejects.toThrow('GALLEY_SECRETS_KEY');
        const changed = Buffer.from(sealed);
        changed[at % changed.length]! ^= 1;
        await expect(boxOf(key).open(changed, context)).rejects.toThrow();
      }),
    );
  });

  it('never looks the same twice', async () => {
    const box = boxOf(randomBytes(32));
    expect(await box.seal('secret', 'a')).not.toEqual(await box.seal('secret', 'a'));
  });

  it('moves to the newest key, and stays as it is when it has that', async () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const sealed = await boxOf(old).seal('secret', 'a');
    const renewed = await boxOf(fresh, old).renew(sealed, 'a');
    expect(await boxOf(fresh).open(renewed, 'a')).toBe('secret');
    expect(await boxOf(fresh, old).renew(renewed, 'a')).toBe(renewed);
  });
});

describe('The key', () => {
  const before = { ...process.env };
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
    process.env['GALLEY_DATA_DIR'] = join(folder.path, 'data');
    delete process.env['NODE_ENV'];
  });
  afterEach(async () => {
    process.env = { ...before };
    await folder.remove();
  });

  const keyFile = () => join(folder.path, 'data', 'secrets.key');
  const open = (variables: Record<string, string> = {}) => openSecretBox(readSettings(SecretsSettings, variables));

  it('is made once in the data directory, for its owner’s eyes only, however many start at once', async () => {
    const boxes = Array.from({ length: 10 }, () => open());
    const sealed = await Promise.all(boxes.map((box) => box.seal('secret', 'a')));
    for (const one of sealed) for (const box of boxes) expect(await box.open(one, 'a')).toBe('secret');
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder.path, 'data'))).toEqual(['secrets.key']);
    expect(await open().open(sealed[0]!, 'a')).toBe('secret');
  });

  it('is not made before it is needed, nor made anew when its file is damaged', async () => {
    const box = open();
    await expect(stat(keyFile())).rejects.toThrow('ENOENT');
    await box.seal('secret', 'a');
    await writeFile(keyFile(), 'cut');
    await expect(open().seal('secret', 'a')).rejects.toThrow('secrets.key is not as Galley wrote it');
    expect(await readFile(keyFile(), 'utf8')).toBe('cut');
  });

  it('is demanded in production, and nothing is written there', async () => {
    process.env['NODE_ENV'] = 'production';
    expect(() => open()).toThrow(/^GALLEY_SECRETS_KEY is not set, and NODE_ENV=production/);
    const key = randomBytes(32).toString('base64');
    await open({ GALLEY_SECRETS_KEY: key }).seal('secret', 'a');
    await expect(stat(keyFile())).rejects.toThrow('ENOENT');
  });

  it('can be followed by older ones', async () => {
    const [old, fresh] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64url')];
    const sealed = await open({ GALLEY_SECRETS_KEY: old }).seal('secret', 'a');
    expect(await open({ GALLEY_SECRETS_KEY: `${fresh},${old}` }).open(sealed, 'a')).toBe('secret');
  });

  it.each(['short', 'x'.repeat(42), `${'x'.repeat(43)},`, `${'x'.repeat(43)} `])('is refused when it is %j', (key) => {
    expect(() => open({ GALLEY_SECRETS_KEY: key })).toThrow(/^GALLEY_SECRETS_KEY is a value that cannot be used/);
  });
});
