import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { KeyRotation } from '#src/auth/keys/key-rotation.service.js';
import { Jobs, SecretBox } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { Client } from '../support/client.js';
import { startProcess } from '../support/process.js';

const [KEY, OLD] = [0, 1].map(() => randomBytes(32).toString('base64')) as [string, string];
const app = galley({ GALLEY_SECRETS_KEY: `${KEY},${OLD}` });

const signIn = async ({ email, password }: Person, url = app.url) =>
  new Client(url).post('/v1/auth/login', { email, password });
const kidOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid;
const stored = () =>
  app.db.query(
    `SELECT kid, private_jwk IS NOT NULL AS bare, private_sealed IS NOT NULL AS sealed FROM auth.signing_keys`,
  );

it('Signing keys of a release before go on signing; new ones are stored sealed, for all that have the key', async () => {
  const shopper = await app.shopper();
  // The database was made without a key that all have.
  expect(await stored()).toEqual([{ kid: kidOf(shopper.accessToken), bare: true, sealed: false }]);
  const { kid } = await app.service(KeyRotation).replaceAll();
  expect(await stored()).toEqual([{ kid, bare: false, sealed: true }]);
  const { body } = await signIn(shopper);
  expect(kidOf(body.accessToken)).toBe(kid);
  expect((await app.anyone.with(body.accessToken).get('/v1/me')).status).toBe(200);
  const rows = await app.db.query(`SELECT encode(private_sealed, 'escape') AS text FROM auth.signing_keys`);
  expect(JSON.stringify(rows)).not.toMatch(/crv|P-256/);

  const other = await startProcess({ DATABASE_URL: app.databaseUrl, GALLEY_SECRETS_KEY: KEY });
  try {
    const there = await signIn(shopper, other.url);
    expect(kidOf(there.body.accessToken)).toBe(kid);
    expect((await app.anyone.with(there.body.accessToken).get('/v1/me')).status).toBe(200);
  } finally {
    await other.kill();
  }
});

it('A signing key moves to the newest secrets key, so that the one before can be taken away', async () => {
  const shopper = await app.shopper();
  const { kid } = await app.service(KeyRotation).replaceAll();
  const context = `signing key:${kid}`;
  const [row] = await app.db.query<{ sealed: Buffer }>('SELECT private_sealed AS sealed FROM auth.signing_keys');
  const before = new SecretBox(async () => [Buffer.from(OLD, 'base64')]);
  const half = await new SecretBox(async () => [Buffer.from(KEY, 'base64')]).open(row!.sealed, context);
  await app.db.query('UPDATE auth.signing_keys SET private_sealed = $1', [await before.seal(half, context)]);
  await app.service(Jobs).run('auth.rotate-signing-keys');
  const without = await startProcess({ DATABASE_URL: app.databaseUrl, GALLEY_SECRETS_KEY: KEY });
  try {
    const { status, body } = await signIn(shopper, without.url);
    expect([status, kidOf(body.accessToken)]).toEqual([200, kid]);
  } finally {
    await without.kill();
  }
});

it('A process without the right key verifies tokens, and signs none', async () => {
  const shopper = await app.shopper();
  const lost = await startProcess({
    DATABASE_URL: app.databaseUrl,
    GALLEY_SECRETS_KEY: randomBytes(32).toString('base64'),
  });
  try {
    expect((await new Client(lost.url, shopper.accessToken).get('/v1/me')).status).toBe(200);
    expect((await signIn(shopper, lost.url)).status).toBe(500);
  } finally {
    await lost.kill();
  }
});
