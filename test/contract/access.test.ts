import { createHmac, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '#src/app.module.js';
import { accessTable } from '#src/platform/openapi/access-table.js';
import { ADDRESS, buy, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { type Document, documentOf, isAnonymous, isPublic, type Operation, operationsOf } from './operations.js';
import { endless, plausible, type Stage, setStage } from './stage.js';
import { type Call, checked, inBatches } from './wire.js';

const app = galley({ GALLEY_LOCALES: 'en,de' });
let document: Document;
let operations: Operation[];
let stage: Stage;
let admin: Person;

beforeAll(async () => {
  admin = await endless(app, await app.staff());
  document = await documentOf(app);
  operations = operationsOf(document);
  stage = await setStage(app, admin);
});

const call = (request: Call, person?: Person): Promise<Answer> =>
  checked(app.url, {
    ...request,
    headers: { ...request.headers, ...(person ? { authorization: `Bearer ${person.accessToken}` } : {}) },
  });

/** A request that is fine in form and about nothing that exists: nothing is changed, whoever is let in. */
function harmless(operation: Operation): Call {
  return plausible(document, operation, { ...stage, ids: {}, fields: {}, versions: {} });
}

/** A line of docs/permissions.md. */
interface Row {
  permission: string;
  guest: string;
  shopper: string;
  staff: string;
  key: string;
}

const ROW = /^\| `(\S+ \S+)` \| (?:`(.+)`)? \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm;
const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

describe('Of docs/permissions.md', () => {
  let text: string;
  let rows: Map<string, Row>;

  beforeAll(async () => {
    text = await readFile(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8');
    rows = new Map(
      [...text.matchAll(ROW)].map(([, name = '', permission = '', guest = '', shopper = '', staff = '', key = '']) => [
        name,
        { permission, guest, shopper, staff, key },
      ]),
    );
  });

  it('every line is what the code and the document say: `npm run permissions` writes it', async () => {
    expect(await accessTable(AppModule)).toBe(text);
    expect([...rows].map(([name, { permission }]) => [name, permission || null]).sort()).toEqual(
      operations.map((operation) => [nameOf(operation), operation['x-permission'] ?? null]).sort(),
    );
  });

  it.each<[string, keyof Row, string?]>([
    ['a guest', 'guest'],
    ['a shopper', 'shopper'],
    ['support', 'staff', 'support'],
    ['staff', 'staff', 'staff'],
    ['an administrator', 'staff', 'admin'],
  ])('each is let in or kept out, with the reason: %s', async (_, column, role) => {
    const held = role ? await permissionsOf(role) : [];
    const somebody = role ? await app.staff(role as 'staff') : column === 'guest' ? undefined : await app.shopper();
    const person = somebody && (await endless(app, somebody));
    await compare(column, () => ({ token: person?.accessToken, held }));
  });

  it.each([
    ['an API key with the permission and no other', (name: string, needed: string) => name === needed],
    ['an API key with every permission but that', (name: string, needed: string) => name !== needed],
  ])('each is let in or kept out, with the reason: %s', async (_, has) => {
    const all = [...new Set(operations.flatMap((operation) => operation['x-permission'] ?? []))];
    const keys = new Map<string, { token: string; held: string[] }>();
    for (const needed of ['', ...all]) {
      const held = all.filter((name) => has(name, needed || 'products:read'));
      const { body } = await app.as(admin).post('/v1/api-keys', { name: `For ${needed}`, permissions: held });
      keys.set(needed, { token: body.key, held });
    }
    await compare('key', (needed) => keys.get(needed)!);
  });

  it('what is a shopper’s own is closed to another shopper', async () => {
    const { body: order } = await buy(app.as(await app.shopper()), await makeArticle(app));
    const other = await app.shopper();
    const own = operations.filter((operation) => rows.get(nameOf(operation))?.shopper === 'own');
    expect(own.length).toBeGreaterThanOrEqual(3);
    for (const operation of own) {
      const theirs = { ids: { orders: order.id }, versions: {}, fields: {} };
      const { status, body } = await call(plausible(document, operation, theirs), other);
      if (operation.path.includes('{')) expect([nameOf(operation), status]).toEqual([nameOf(operation), 404]);
      else expect([nameOf(operation), body.data]).toEqual([nameOf(operation), []]);
    }
  });

  it('every permission is held by some role', async () => {
    const held = (await Promise.all(['staff', 'support'].map(permissionsOf))).flat();
    const named = [...rows.values()].flatMap(({ permission }) => permission || []);
    expect(named.filter((permission) => !/^[a-z-]+:[a-z-]+$/.test(permission))).toEqual([]);
    // Who may do what is for administrators, who hold everything.
    const administrative = /^(api-keys|roles|users|audit):/;
    expect(named.filter((permission) => !held.includes(permission) && !administrative.test(permission))).toEqual([]);
  });

  async function compare(
    column: keyof Row,
    callerFor: (permission: string) => { token?: string | undefined; held: string[] },
  ): Promise<void> {
    const wrong: string[] = [];
    // Who has erased themselves is let in nowhere any more.
    const ends = ({ operationId }: Operation) => Number(operationId === 'erasureErase');
    for (const operation of [...operations].sort((one, other) => ends(one) - ends(other))) {
      const row = rows.get(nameOf(operation))!;
      const { token, held } = callerFor(row.permission);
      const request = harmless(operation);
      if (token) request.headers = { ...request.headers, authorization: `Bearer ${token}` };
      const got = outcome(await call(request), operation);
      const expected = expectation(row, column, held);
      if (got !== expected) wrong.push(`${nameOf(operation)}: ${got}, not ${expected}`);
    }
    expect(wrong).toEqual([]);
  }
});

async function permissionsOf(role: string): Promise<string[]> {
  return (await app.as(admin).get(`/v1/roles/${role}`)).body.permissions;
}

type Outcome = 'let in' | '401' | `403 ${string}`;

function expectation(row: Row, column: keyof Row, held: string[]): Outcome {
  const { permission, [column]: cell } = row;
  if (cell === '401') return '401';
  if (cell === '403') return permission ? `403 ${permission}` : '403 not_for_api_keys';
  if (cell !== 'with it' || held.includes('*') || held.includes(permission)) return 'let in';
  return `403 ${permission}`;
}

function outcome({ status, body, headers }: Answer, { operationId }: Operation): Outcome {
  if (status === 401 && body.code === 'unauthenticated') {
    expect(headers['www-authenticate'], operationId).toMatch(/^Bearer /);
    return '401';
  }
  if (status !== 403) return 'let in';
  if (body.code === 'not_for_api_keys') return '403 not_for_api_keys';
  expect(body.detail, operationId).toContain(body.permission);
  // Let in, but not to give what the caller does not hold.
  return body.code === 'permission_not_held' ? 'let in' : `403 ${body.permission}`;
}

describe('What belongs to one shopper', () => {
  it('is a 404 for every other caller, by every operation that could name it', async () => {
    const owner = await app.shopper();
    const article = await makeArticle(app);
    const order = (await buy(app.as(owner), article)).body;
    const cart = (await app.as(owner).post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] }))
      .body;
    const mine: Stage = {
      ids: { carts: cart.id, orders: order.id, payments: order.payments[0].id },
      versions: {},
      fields: { variantId: article.variantId, cartId: cart.id },
    };
    const others: [string, Person | undefined][] = [
      ['anyone', undefined],
      ['another shopper', await app.shopper()],
      ['support', await app.staff('support')],
      ['staff', await app.staff('staff')],
    ];
    const about = operations.filter(
      (operation) => /^\/v1\/(carts|orders)\/\{id\}/.test(operation.path) || operation.path === '/v1/me/cart/merges',
    );
    expect(about.length).toBeGreaterThanOrEqual(9);
    const wrong: string[] = [];
    for (const operation of about) {
      for (const [who, person] of others) {
        const permission = operation['x-permission'];
        const { status, body } = await call(plausible(document, operation, mine), person);
        const mayAll = permission && ['support', 'staff'].includes(who);
        const expected = isPublic(operation) || person ? 404 : 401;
        if (!mayAll && status !== expected)
          wrong.push(`${operation.method} ${operation.path} by ${who}: ${status} ${body.code}`);
        if (JSON.stringify(body).includes(owner.email)) wrong.push(`${operation.path} tells ${who} the owner`);
      }
    }
    expect(wrong).toEqual([]);
    const { body } = await app.as(owner).get(`/v1/carts/${cart.id}`);
    expect(body).toMatchObject({ status: 'open', email: null, items: [{ quantity: 1 }] });
  });

  it('is not in the lists of another', async () => {
    const owner = await app.shopper();
    const order = (await buy(app.as(owner), await makeArticle(app))).body;
    const other = app.as(await app.shopper());
    for (const path of [
      '/v1/orders',
      '/v1/me/orders',
      '/v1/orders?email=ada@example.com',
      `/v1/orders?number=${order.number}`,
    ]) {
      expect((await other.get(path)).body.data, path).toEqual([]);
      expect(
        (await app.as(owner).get(path)).body.data.map(({ id }: { id: string }) => id),
        path,
      ).toEqual([order.id]);
    }
  });

  it('cannot be taken by a cursor that another made', async () => {
    const owner = await app.shopper();
    const article = await makeArticle(app);
    await buy(app.as(owner), article);
    await buy(app.as(owner), article);
    const { body } = await app.as(owner).get('/v1/me/orders?limit=1');
    const stolen = await app.as(await app.shopper()).get(`/v1/me/orders?limit=1&cursor=${body.nextCursor}`);
    expect(stolen.body.code).toBe('invalid_cursor');
  });

  it('cannot be paid for, changed or merged through a guest who knows its id', async () => {
    const owner = await app.shopper();
    const article = await makeArticle(app);
    const { id } = (await app.as(owner).post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] }))
      .body;
    await app.as(owner).patch(`/v1/carts/${id}`, { email: owner.email, shippingAddress: ADDRESS });
    const thief = await app.anyone.post(
      `/v1/carts/${id}/checkout`,
      { payment: { provider: 'sandbox', token: 'tok_ok' } },
      { 'idempotency-key': randomUUID() },
    );
    expect(thief.status).toBe(404);
    expect((await app.as(await app.shopper()).post('/v1/me/cart/merges', { cartId: id })).status).toBe(404);
  });
});

describe('A token', () => {
  let genuine: string;
  let claims: Record<string, unknown>;
  let key: { kid: string; privateJwk: object; publicJwk: object };

  beforeAll(async () => {
    genuine = admin.accessToken;
    claims = JSON.parse(Buffer.from(genuine.split('.')[1]!, 'base64url').toString());
    [key] = (await app.db.query<typeof key>(
      'SELECT kid, private_jwk AS "privateJwk", public_jwk AS "publicJwk" FROM auth.signing_keys',
    )) as [typeof key];
  });

  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  /** Signed as Galley signs. */
  const signed = (payload: object, header: object = {}) => {
    const text = `${part({ alg: 'ES256', kid: key.kid, typ: 'at+jwt', ...header })}.${part(payload)}`;
    const by = createPrivateKey({ key: key.privateJwk as never, format: 'jwk' });
    return `${text}.${sign('sha256', Buffer.from(text), { key: by, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const hmac = (secret: string | Buffer, header: object) => {
    const text = `${part({ kid: key.kid, ...header })}.${part(claims)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name));

  function attacks(): [string, string][] {
    const now = Math.floor(Date.now() / 1000);
    const [header = '', payload = '', signature = ''] = genuine.split('.');
    const asked = createPublicKey({ key: key.publicJwk as never, format: 'jwk' });
    const pem = asked.export({ type: 'spki', format: 'pem' });
    const unsigned = (alg: string) => `${part({ alg, kid: key.kid })}.${payload}.`;
    const kid = (value: unknown) => signed(claims, { kid: value });
    return [
      ['alg none', unsigned('none')],
      ['alg None', unsigned('None')],
      ['alg none with the signature', `${part({ alg: 'none', kid: key.kid })}.${payload}.${signature}`],
      ['alg empty', unsigned('')],
      ['HS256 with the public key as PEM', hmac(pem, { alg: 'HS256' })],
      ['HS256 with the public key as JWK', hmac(JSON.stringify(key.publicJwk), { alg: 'HS256' })],
      ['HS256 with the key id', hmac(key.kid, { alg: 'HS256' })],
      ['HS256 with nothing', hmac('', { alg: 'HS256' })],
      ['RS256', `${part({ alg: 'RS256', kid: key.kid })}.${payload}.${signature}`],
      ['ES256 in another encoding', `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`],
      ['another issuer', signed({ ...claims, iss: 'evil' })],
      ['no issuer', signed(without('iss'))],
      ['another audience', signed({ ...claims, aud: 'evil' })],
      ['no audience', signed(without('aud'))],
      ['expired', signed({ ...claims, iat: now - 1200, exp: now - 600 })],
      ['expired by a second', signed({ ...claims, exp: now - 1 })],
      ['not yet valid', signed({ ...claims, nbf: now + 3600 })],
      ['expiry as text', signed({ ...claims, exp: String(now + 600) })],
      ['no expiry', signed(without('exp'))],
      ['no subject', signed(without('sub'))],
      ['subject as SQL', signed({ ...claims, sub: "' OR 1=1 --" })],
      ['subject as object', signed({ ...claims, sub: { $ne: null } })],
      ['no session', signed(without('sid'))],
      ['no e-mail', signed(without('email'))],
      ['no permissions', signed(without('permissions'))],
      ['permissions as text', signed({ ...claims, permissions: '*' })],
      ['no claims', signed({})],
      ['claims as list', signed([])],
      ['unknown kid', kid('unknown')],
      ['no kid', kid(undefined)],
      ['kid as path', kid('../../../../dev/null')],
      ['kid as SQL', kid("' UNION SELECT 'secret' --")],
      ['kid as number', kid(1)],
      ['kid as object', kid({ toString: 'x' })],
      ['kid __proto__', kid('__proto__')],
      ['kid with NUL', kid(`${key.kid}\0`)],
      ['own key in the header', signed(claims, { kid: 'mine', jwk: key.publicJwk })],
      ['key URL in the header', signed(claims, { kid: 'mine', jku: 'http://127.0.0.1:1/keys' })],
      ['changed claims', `${header}.${part({ ...claims, sub: randomUUID() })}.${signature}`],
      ['cut', genuine.slice(0, -8)],
      ['no signature', `${header}.${payload}.`],
      ['two parts', `${header}.${payload}`],
      ['four parts', `${genuine}.a`],
      ['empty parts', '..'],
      ['header that is no JSON', `${Buffer.from('{').toString('base64url')}.${payload}.${signature}`],
      ['header null', `${part(null)}.${payload}.${signature}`],
      ['10 KB', `${header}.${part({ ...claims, padding: 'a'.repeat(7000) })}.${signature}`],
    ];
  }

  it('that Galley did not sign, or not so, or not for now, is a 401 without a look into the database', async () => {
    await call({
      method: 'GET',
      path: '/v1/me',
      headers: { authorization: `Bearer ${signed(claims, { kid: 'first' })}` },
    });
    const wrong: string[] = [];
    const statements = await app.statements(() =>
      inBatches(attacks(), 8, async ([name, token]) => {
        const answer = await call({ method: 'GET', path: '/v1/orders', headers: { authorization: `Bearer ${token}` } });
        if (answer.status !== 401 || answer.body.code !== 'unauthenticated') wrong.push(`${name}: ${answer.status}`);
      }),
    );
    expect(wrong).toEqual([]);
    // A key id that is not known may be new: the keys are read again, at most every few seconds.
    expect(statements.filter((sql) => !/advisory|pgboss|events|auth\.signing_keys/.test(sql))).toEqual([]);
  });

  it('of 100 KB is refused before it is read', async () => {
    const answer = await fetch(`${app.url}/v1/me`, { headers: { authorization: `Bearer ${'a'.repeat(100_000)}` } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'malformed_request' });
  });

  it('that is genuine still opens the door, also signed by the test', async () => {
    expect(
      (await call({ method: 'GET', path: '/v1/me', headers: { authorization: `Bearer ${genuine}` } })).status,
    ).toBe(200);
    expect(
      (await call({ method: 'GET', path: '/v1/me', headers: { authorization: `Bearer ${signed(claims)}` } })).status,
    ).toBe(200);
  });

  it('that is bad is refused also where none is needed, except where none is looked at', async () => {
    const wrong: string[] = [];
    for (const operation of operations) {
      const request = harmless(operation);
      const answer = await call({ ...request, headers: { ...request.headers, authorization: 'Bearer a.b.c' } });
      const refused = answer.status === 401 && answer.body.code === 'unauthenticated';
      if (refused === isAnonymous(operation)) wrong.push(`${operation.method} ${operation.path}: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
  });

  it('of a refresh is no access token, and an access token refreshes nothing', async () => {
    const { refreshToken, accessToken } = await app.shopper();
    expect((await app.anyone.with(refreshToken).get('/v1/me')).status).toBe(401);
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken: accessToken.slice(0, 200) })).status).toBe(401);
  });
});
