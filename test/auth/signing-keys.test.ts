import { join } from 'node:path';
import { createRemoteJWKSet, customFetch, type FetchImplementation, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyRotation } from '#src/auth/keys/key-rotation.service.js';
import { Jobs } from '#src/platform/index.js';
import { MainProcess } from '../platform/main-process.js';
import { galley, type Person } from '../support/app.js';
import { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { type GalleyProcess, startProcess } from '../support/process.js';

const app = galley();
/** Another process on the same database, that rotates nothing. */
let other: GalleyProcess;

beforeAll(async () => {
  other = await startProcess({ DATABASE_URL: app.databaseUrl, GALLEY_ROLE: 'api' });
});
afterAll(() => other.kill());

const rotation = () => app.service(KeyRotation);
const headerOf = (token: string): { kid: string } =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());
const jwksUrl = (url: string) => new URL(`${url}/.well-known/jwks.json`);
const publishedAt = async (url: string): Promise<string[]> => {
  const { body } = await new Client(url).get('/.well-known/jwks.json');
  return body.keys.map(({ kid }: { kid: string }) => kid);
};
const everywhere = (ask: (url: string) => Promise<unknown>) => Promise.all([app.url, other.url].map(ask));

/** What each process answers to the token. */
const answers = ({ accessToken }: { accessToken: string }) =>
  everywhere(async (url) => (await new Client(url, accessToken).get('/v1/me')).status);

/** Waits until every process publishes these keys. */
const known = (...kids: string[]) =>
  expect
    .poll(() => everywhere(async (url) => (await publishedAt(url)).sort()), { interval: 5, timeout: 5000 })
    .toEqual([[...kids].sort(), [...kids].sort()]);

/** As if that much time had passed, for the keys; every process hears of it. */
async function pass(interval: string): Promise<void> {
  await app.db.query(
    `UPDATE auth.signing_keys SET signs_from = signs_from - $1::interval, signs_until = signs_until - $1::interval`,
    [interval],
  );
  await app.db.query(`SELECT pg_notify('galley_signing_keys', string_agg(kid, ' ')) FROM auth.signing_keys`);
}

const work = () => app.service(Jobs).run('auth.rotate-signing-keys');

const stored = () =>
  app.db.query<{ kid: string; private: boolean }>(
    'SELECT kid, private_jwk IS NOT NULL AS private FROM auth.signing_keys ORDER BY signs_from',
  );

async function command(...args: string[]): Promise<{ code: number | string; said: string }> {
  const cli = join(import.meta.dirname, '../../dist/src/cli.js');
  const ran = new MainProcess({ DATABASE_URL: app.databaseUrl }, [process.execPath, cli, 'keys:rotate', ...args]);
  return { code: await ran.ended, said: ran.stdout + ran.stderr };
}

/** The key that signs, alone. */
let first: string;
beforeEach(async () => {
  first = (await rotation().replaceAll()).kid;
  await known(first);
});

async function again({ email, password }: Person): Promise<Person> {
  const { body } = await app.anyone.post('/v1/auth/login', { email, password });
  return { ...body, id: body.user.id, email, password };
}

describe('a rotation', () => {
  it('publishes the next key long before it signs', async () => {
    const { code, said } = await command();
    const [kid = '', from = ''] = /^(\S+) is published, and signs from (\S+) on/.exec(said)?.slice(1) ?? [];
    expect(code).toBe(0);
    await known(first, kid);
    expect(await everywhere(publishedAt)).toEqual([
      [first, kid],
      [first, kid],
    ]);
    const { headers } = await app.anyone.get('/.well-known/jwks.json');
    const cached = Number(/max-age=(\d+)/.exec(headers['cache-control'] ?? '')?.[1]);
    expect((Date.parse(from) - Date.now()) / 1000).toBeGreaterThan(2 * cached);
    const shopper = await app.shopper();
    expect(headerOf(shopper.accessToken).kid).toBe(first);
    expect(await answers(shopper)).toEqual([200, 200]);
  });

  it('is verified by processes and key set clients that have read the keys before it', async () => {
    const before = await app.shopper();
    const next = (await rotation().rotate())!.kid;
    await known(first, next);
    let fetched = 0;
    const keys = createRemoteJWKSet(jwksUrl(other.url), {
      [customFetch]: (...args: Parameters<FetchImplementation>) => {
        fetched++;
        return fetch(...args);
      },
    });
    const verified = async ({ accessToken }: Person) =>
      (await jwtVerify(accessToken, keys, { issuer: 'galley', audience: 'galley', algorithms: ['ES256'] }))
        .protectedHeader.kid;
    expect(await verified(before)).toBe(first);
    await pass('20 minutes');
    await expect.poll(() => publishedAt(app.url), { interval: 5 }).toEqual([next, first]);
    const after = await app.shopper();
    expect(headerOf(after.accessToken).kid).toBe(next);
    expect([await verified(before), await verified(after), fetched]).toEqual([first, next, 1]);
    expect([await answers(before), await answers(after)]).toEqual([
      [200, 200],
      [200, 200],
    ]);
  });

  it('signs in each process with the new key from the same time on', async () => {
    const shopper = await app.shopper();
    const next = (await rotation().rotate())!.kid;
    await known(first, next);
    await pass('20 minutes');
    await expect
      .poll(() => everywhere(async (url) => (await publishedAt(url))[0]), { interval: 5 })
      .toEqual([next, next]);
    const { email, password } = shopper;
    const signers = await everywhere(async (url) => {
      const { body } = await new Client(url).post('/v1/auth/login', { email, password });
      return headerOf(body.accessToken).kid;
    });
    expect(signers).toEqual([next, next]);
  });

  it('makes one key, however many processes do it at once', async () => {
    const rotated = await inTheWayOf(
      app,
      { sql: 'LOCK TABLE auth.signing_keys IN SHARE ROW EXCLUSIVE MODE', waiting: 3 },
      () => Promise.all([rotation().rotate(), rotation().rotate(), rotation().rotateWhenDue()]),
    );
    const [made, ...none] = rotated.sort((a) => (a ? -1 : 1));
    expect(none).toEqual([undefined, undefined]);
    await known(first, made!.kid);
    const said = await command();
    expect(said).toEqual({ code: 0, said: expect.stringContaining('Nothing was changed') });
    await known(first, made!.kid);
  });

  it('is on record, without the key', async () => {
    const { kid, signsFrom } = (await rotation().rotate())!;
    const admin = app.as(await app.staff());
    const { body } = await admin.get(`/v1/audit-log?objectType=signing_key&objectId=${kid}`);
    expect(body.data).toMatchObject([
      { action: 'signing_key.rotated', actorKind: 'system', after: { signsFrom: signsFrom.toISOString() } },
    ]);
    const [{ secret }] = (await app.db.query(
      `SELECT private_jwk->>'d' AS secret FROM auth.signing_keys WHERE kid = $1`,
      [kid],
    )) as [{ secret: string }];
    expect(secret.length).toBeGreaterThan(40);
    expect(JSON.stringify(body)).not.toContain(secret);
  });
});

describe('the clock', () => {
  it('brings the next key after GALLEY_SIGNING_KEY_DAYS, and not before', async () => {
    await pass('89 days 23 hours');
    await work();
    await known(first);
    await pass('1 hour');
    await work();
    expect(await stored()).toMatchObject([{ kid: first }, {}]);
    await work();
    expect(await stored()).toHaveLength(2);
  });

  it('takes the private half of a key that signs no more, and the rest when its last token has expired', async () => {
    const before = await app.shopper();
    const next = (await rotation().rotate())!.kid;
    await pass('15 minutes 30 seconds');
    await work();
    // A process whose clock is a little behind may still sign with it.
    expect(await stored()).toEqual([
      { kid: first, private: true },
      { kid: next, private: true },
    ]);
    await pass('1 minute');
    await work();
    expect(await stored()).toEqual([
      { kid: first, private: false },
      { kid: next, private: true },
    ]);
    await known(first, next);
    expect(await answers(before)).toEqual([200, 200]);
    await pass('59 minutes');
    await work();
    await known(first, next);
    await pass('1 minute');
    await work();
    await known(next);
    expect(await answers(before)).toEqual([401, 401]);
    expect(await answers(await again(before))).toEqual([200, 200]);
  });
});

describe('a key that somebody else may have', () => {
  it('is refused in every process within a second, with the one that was to come', async () => {
    const shopper = await app.shopper();
    expect(await answers(shopper)).toEqual([200, 200]);
    const next = (await rotation().rotate())!.kid;
    await known(first, next);
    const { kid } = await rotation().replaceAll();
    const began = performance.now();
    await expect.poll(() => answers(shopper), { interval: 5, timeout: 5000 }).toEqual([401, 401]);
    expect(performance.now() - began).toBeLessThan(1000);
    await known(kid);
    const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
    expect(headerOf(body.accessToken).kid).toBe(kid);
    expect(await answers(body)).toEqual([200, 200]);
  });

  it('is replaced by a command, from another process', async () => {
    const shopper = await app.shopper();
    const { code, said } = await command('--now');
    expect(code).toBe(0);
    const [, kid = ''] = /^(\S+) signs from now on/.exec(said) ?? [];
    await known(kid);
    expect(await answers(shopper)).toEqual([401, 401]);
    expect(headerOf((await app.shopper()).accessToken).kid).toBe(kid);
    const { body } = await app.as(await app.staff()).get(`/v1/audit-log?objectId=${kid}`);
    expect(body.data).toMatchObject([{ action: 'signing_key.replaced', before: { kids: [first] } }]);
  });

  it('is replaced by one key when several are at it, and one rotates', async () => {
    await inTheWayOf(app, { sql: 'LOCK TABLE auth.signing_keys IN SHARE ROW EXCLUSIVE MODE', waiting: 3 }, () =>
      Promise.all([rotation().replaceAll(), rotation().rotate(), rotation().replaceAll()]),
    );
    const signing = (await stored()).filter(({ kid }) => kid !== first);
    expect((await stored()).map(({ kid }) => kid)).not.toContain(first);
    expect(signing.length).toBeLessThanOrEqual(2);
    await known(...signing.map(({ kid }) => kid));
    expect(await answers(await app.shopper())).toEqual([200, 200]);
  });
});

describe('a key that a process has not heard of', () => {
  afterAll(() => void vi.useRealTimers());

  it('is looked up, but not each time that somebody makes one up', async () => {
    const shopper = await app.shopper();
    // A moment in which nothing has been looked up lately.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6000 });
    const [header = '', ...rest] = shopper.accessToken.split('.');
    const invented = (kid: string) => {
      const changed = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), kid };
      return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
    };
    const statements = await app.statements(() =>
      Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const { status } = await app.anyone.with(invented(`key-${index}`)).get('/v1/me');
          expect(status).toBe(401);
        }),
      ),
    );
    expect(statements.filter((sql) => sql.includes('signing_keys'))).toHaveLength(1);
    vi.useRealTimers();
  });

  it('verifies once it is found', async () => {
    const shopper = await app.shopper();
    const { kid } = headerOf(shopper.accessToken);
    // As if this process had been told that there are others only.
    await app.db.query(`SELECT pg_notify('galley_signing_keys', 'none')`);
    await known(kid);
    expect(await answers(shopper)).toEqual([200, 200]);
  });
});
