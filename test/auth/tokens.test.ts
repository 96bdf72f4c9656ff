import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { VerifiedTokens } from '#src/auth/verified-tokens.js';
import { galley, type Person } from '../support/app.js';

// Algorithms, claims and key ids are attacked in test/contract/access.test.ts; here is what needs more than one request.
const app = galley();
let shopper: Person;
/** The attacker's key set, which would verify what they sign. */
let bait: Server;
let visits = 0;

beforeAll(async () => {
  shopper = await app.shopper();
  bait = createServer((_, response) => {
    visits++;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [own.jwk] }));
  }).listen(0, '127.0.0.1');
  await once(bait, 'listening');
});
afterAll(() => bait.close());

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const own = { key: pair.privateKey, jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid: 'mine', alg: 'ES256' } };

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());

function signed(header: object, claims: object, key: KeyObject): string {
  const text = `${part({ alg: 'ES256', typ: 'at+jwt', ...header })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const status = async (token: string): Promise<number> => (await app.anyone.with(token).get('/v1/me')).status;

it('takes no key from a token, nor from where a token points', async () => {
  const claims = { ...claimsOf(shopper.accessToken), permissions: ['*'] };
  const url = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/keys`;
  const { kid } = headerOf(shopper.accessToken);
  const headers = [
    { jku: url },
    { x5u: url },
    { jwk: own.jwk },
    { x5c: [Buffer.from('certificate').toString('base64')], x5t: 'mine' },
    { jku: url, x5u: url, jwk: own.jwk, crit: [] },
  ];
  for (const header of headers)
    for (const id of [kid, 'mine', url, undefined])
      expect([header, await status(signed({ ...header, kid: id }, claims, own.key))]).toEqual([header, 401]);
  expect(visits).toBe(0);
});

it('ignores what else a header of its own token says', async () => {
  const [{ kid, privateJwk }] = (await app.db.query(
    'SELECT kid, private_jwk AS "privateJwk" FROM auth.signing_keys',
  )) as [{ kid: string; privateJwk: object }];
  const key = createPrivateKey({ key: privateJwk as never, format: 'jwk' });
  const url = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/keys`;
  expect(await status(signed({ kid, jku: url, x5u: url, jwk: own.jwk }, claimsOf(shopper.accessToken), key))).toBe(200);
  expect(visits).toBe(0);
});

it('finds no key by an id that is a path, SQL or a trick', async () => {
  const claims = claimsOf(shopper.accessToken);
  const ids = [
    '../../../../etc/passwd',
    '/dev/null',
    'file:///dev/null',
    `' OR '1'='1`,
    `x'; DROP TABLE auth.users; --`,
  ];
  const tricks = ['constructor', '__proto__', 'toString', '', ' ', 'a'.repeat(5000), '%00'];
  const statements = await app.statements(async () => {
    for (const kid of [...ids, ...tricks])
      expect([kid, await status(signed({ kid }, claims, own.key))]).toEqual([kid, 401]);
  });
  // An unknown key may be new: it is looked for, but not each time.
  expect(statements.filter((sql) => sql.includes('signing_keys')).length).toBeLessThanOrEqual(1);
});

it('takes no token that was cut or grown, wherever', async () => {
  const { accessToken } = shopper;
  const cuts = Array.from({ length: 60 }, (_, index) => Math.floor((accessToken.length * index) / 60)).filter(Boolean);
  const dots = [...accessToken.matchAll(/\./g)].flatMap(({ index }) => [index, index + 1]);
  const cut = [...cuts, ...dots, accessToken.length - 1].map((length) => accessToken.slice(0, length));
  const grown = [`${accessToken}A`, `${accessToken}.`, `.${accessToken}`, `${accessToken}${accessToken}`];
  const answers = await Promise.all([...cut, ...grown].map(async (token) => [token.length, await status(token)]));
  expect(answers.filter(([, code]) => code !== 401)).toEqual([]);
  expect(await status(accessToken)).toBe(200);
});

it('reads no token of a megabyte, and goes on serving', async () => {
  const { port } = new URL(app.url);
  const socket = connect(Number(port), '127.0.0.1');
  const began = performance.now();
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    // Galley hangs up while the rest is still being sent.
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write(`GET /v1/me HTTP/1.1\r\nhost: galley\r\nauthorization: Bearer ${'a'.repeat(1_048_576)}\r\n\r\n`);
  });
  expect(answer).toMatch(/^(HTTP\/1\.1 (400|431) |$)/);
  expect(performance.now() - began).toBeLessThan(2000);
  const body = { refreshToken: 'a'.repeat(900_000) };
  expect((await app.anyone.post('/v1/auth/refresh', body)).status).toBe(422);
  expect(await status(shopper.accessToken)).toBe(200);
});

it('begins a new session at each sign-in, whatever the client brings along', async () => {
  const [attacker, victim] = [await app.shopper(), await app.shopper()];
  const { sid } = claimsOf(attacker.accessToken);
  const { email, password } = victim;
  const planted = {
    authorization: `Bearer ${attacker.accessToken}`,
    cookie: `session=${sid}; sid=${sid}; refreshToken=${attacker.refreshToken}`,
    'x-session-id': sid,
  };
  const { headers, body } = await app.anyone.post('/v1/auth/login', { email, password }, planted);
  expect(claimsOf(body.accessToken).sid).not.toBe(sid);
  expect(body.refreshToken).not.toBe(attacker.refreshToken);
  expect(headers['set-cookie']).toBeUndefined();
  const chosen = await app.anyone.post('/v1/auth/login', { email, password, sessionId: sid });
  expect(chosen.body.code).toBe('unknown_property');
  const { body: later } = await app.anyone.post('/v1/auth/refresh', { refreshToken: attacker.refreshToken });
  expect(later.user.id).toBe(attacker.id);
});

it('knows a session by what is signed only: nobody moves a token to another session or person', async () => {
  const [mine, theirs] = [await app.shopper(), await app.shopper()];
  const [header, , signature] = mine.accessToken.split('.');
  const claims = claimsOf(mine.accessToken);
  for (const changed of [
    { ...claims, sid: claimsOf(theirs.accessToken).sid },
    { ...claims, sub: theirs.id },
    { ...claims, sid: randomUUID() },
    { ...claims, permissions: ['*'] },
    { ...claims, exp: claims.exp + 3600 },
  ])
    expect(await status(`${header}.${part(changed)}.${signature}`)).toBe(401);
});

it('keeps nothing of a token that is good no more', async () => {
  const person = await app.shopper();
  await status(person.accessToken);
  const kept = () =>
    JSON.stringify([...(app.service(VerifiedTokens) as unknown as { known: Map<string, object> }).known]);
  expect(kept()).toContain(person.email);
  await app.as(person).post('/v1/auth/logout', { refreshToken: person.refreshToken });
  expect(await status(person.accessToken)).toBe(401);
  expect(kept()).not.toContain(person.email);
});

it('takes no token that was good until a moment ago', async () => {
  const { accessToken } = await app.shopper();
  expect(await status(accessToken)).toBe(200);
  const { exp } = claimsOf(accessToken);
  vi.useFakeTimers({ toFake: ['Date'], now: exp * 1000 - 1 });
  try {
    expect(await status(accessToken)).toBe(200);
    vi.setSystemTime(exp * 1000);
    const { body } = await app.anyone.with(accessToken).get('/v1/me');
    expect([body.status, body.detail]).toEqual([401, 'The access token has expired. Refresh it.']);
  } finally {
    vi.useRealTimers();
  }
});
