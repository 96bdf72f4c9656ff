import { beforeAll, describe, expect, it } from 'vitest';
import { newSecret, readSecret } from '#src/auth/api-keys/api-key-secret.js';
import { insideOf, within } from '#src/auth/api-keys/networks.js';
import { buy, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { startProcess } from '../support/process.js';

const app = galley({ GALLEY_TRUST_PROXY: 'true' });
let admin: Person;
beforeAll(async () => {
  admin = await app.staff();
});

interface Made {
  id: string;
  key: string;
  version: number;
}

async function makeKey(permissions: string[], more: object = {}): Promise<Made> {
  const { status, body } = await app.as(admin).post('/v1/api-keys', { name: 'Connector', permissions, ...more });
  expect(status).toBe(201);
  return body;
}

const using = ({ key }: Made): Client => app.anyone.with(key);
const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

describe('a key', () => {
  it('is shown once and stored nowhere', async () => {
    const made = await makeKey(['orders:read']);
    expect(made.key).toMatch(/^glk_test_[0-9A-Za-z]{50}$/);
    const { body } = await app.as(admin).get(`/v1/api-keys/${made.id}`);
    expect(body).toMatchObject({ prefix: made.key.slice(0, 21), lastUsedAt: null, createdBy: admin.id });
    const stored = await app.db.query<{ row: string }>(
      `SELECT k::text AS row FROM auth.api_keys k UNION ALL SELECT s::text FROM auth.api_key_secrets s`,
    );
    expect(JSON.stringify([body, stored])).not.toContain(made.key.slice(21, -6));
  });

  it('opens what it holds the permission for, and names the one that it lacks', async () => {
    const key = using(await makeKey(['orders:read']));
    expect((await key.get('/v1/orders')).status).toBe(200);
    const refused = await key.get('/v1/payments');
    expect([refused.status, refused.body.permission]).toEqual([403, 'payments:read']);
  });

  it('costs no SQL once it is known', async () => {
    const key = using(await makeKey(['orders:read']));
    await key.get('/v1/orders');
    expect(await app.statements(() => key.get('/v1/no-such-thing'))).toEqual([]);
    const listed = await app.statements(() => key.get('/v1/orders'));
    expect(listed.filter((sql) => /api_key/.test(sql))).toEqual([]);
  });

  it('says when and from where it was last used, without writing it each time', async () => {
    const made = await makeKey(['orders:read']);
    const before = Date.now();
    await app.anyone.with(made.key).get('/v1/orders', { 'x-forwarded-for': '203.0.113.7' });
    await app.anyone.with(made.key).get('/v1/orders', { 'x-forwarded-for': '203.0.113.8' });
    const { body } = await app.as(admin).get(`/v1/api-keys/${made.id}`);
    expect(body).toMatchObject({ lastUsedAddress: '203.0.113.7', version: 1 });
    expect(Date.parse(body.lastUsedAt)).toBeGreaterThanOrEqual(before - 1000);
  });

  it('is shown as it is now, although its version stayed', async () => {
    const made = await makeKey(['orders:read']);
    const { headers } = await app.as(admin).get(`/v1/api-keys/${made.id}`);
    await using(made).get('/v1/orders');
    const again = await app.as(admin).get(`/v1/api-keys/${made.id}`, { 'if-none-match': headers['etag']! });
    expect([again.status, again.body.version]).toEqual([200, made.version]);
    expect(again.body.lastUsedAt).toEqual(expect.any(String));
  });

  it('that is not one, not ours or not of this Galley is refused with the reason and, where that is enough, without SQL', async () => {
    const { key } = await makeKey(['orders:read']);
    const last = key.at(-1) === 'A' ? 'B' : 'A';
    const statements = await app.statements(async () => {
      for (const [wrong, reason] of [
        [`${key.slice(0, -1)}${last}`, /cut off or mistyped/],
        [key.slice(0, 40), /cut off or mistyped/],
        ['glk_', /cut off or mistyped/],
        [newSecret('live').key, /takes test keys/],
      ] as [string, RegExp][]) {
        const { status, body } = await app.anyone.with(wrong).get('/v1/orders');
        expect([status, body.detail]).toEqual([401, expect.stringMatching(reason)]);
      }
    });
    expect(statements).toEqual([]);
    const { body } = await app.anyone.with(newSecret('test').key).get('/v1/orders');
    expect(body.detail).toBe('There is no such API key.');
  });

  it('is read back from its text, and any slip of the hand is found', () => {
    const { key, lookup, hash } = newSecret('live');
    expect(readSecret(key)).toEqual({ mode: 'live', lookup, hash });
    const slips = Array.from(key, (_, at) => `${key.slice(0, at)}${key[at] === 'x' ? 'y' : 'x'}${key.slice(at + 1)}`);
    expect(slips.filter((slip) => readSecret(slip))).toEqual([]);
  });

  it('stops at its expiry', async () => {
    const made = await makeKey(['orders:read'], { expiresAt: '2099-01-01T00:00:00Z' });
    expect((await using(made).get('/v1/orders')).status).toBe(200);
    await app.db.query(`UPDATE auth.api_keys SET expires_at = now() - interval '1 s' WHERE id = $1`, [made.id]);
    await app.as(admin).patch(`/v1/api-keys/${made.id}`, { name: 'Expired' }, ifMatch(1));
    const { status, body } = await using(made).get('/v1/orders');
    expect([status, body.detail]).toEqual([401, 'This API key has expired.']);
    const past = { name: 'Late', permissions: ['orders:read'], expiresAt: '2020-01-01T00:00:00Z' };
    expect((await app.as(admin).post('/v1/api-keys', past)).body.errors[0].pointer).toBe('/expiresAt');
  });

  it('works only from the addresses that it allows', async () => {
    const made = await makeKey(['orders:read'], { allowedAddresses: ['203.0.113.0/24', '2001:db8::/32'] });
    const from = async (address: string) =>
      (await using(made).get('/v1/orders', { 'x-forwarded-for': address })).status;
    expect([await from('203.0.113.9'), await from('2001:db8::1'), await from('::ffff:203.0.113.9')]).toEqual([
      200, 200, 200,
    ]);
    expect([await from('203.0.114.9'), await from('2001:db9::1')]).toEqual([401, 401]);
    const odd = { name: 'Odd', permissions: ['orders:read'], allowedAddresses: ['203.0.113.0/33'] };
    expect((await app.as(admin).post('/v1/api-keys', odd)).status).toBe(422);
  });

  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['::1', '::1', true],
    ['2001:db8::/126', '2001:db8::4', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['0.0.0.0/0', 'unknown', false],
    ['::/0', '', false],
  ])('%s and %s: %s', (network, address, inside) => {
    expect(insideOf([network])(address)).toBe(inside);
  });
});

describe('what a key may do', () => {
  it('is at most what its maker may', async () => {
    const maker = using(await makeKey(['api-keys:write', 'orders:read']));
    const give = (permissions: string[]) => maker.post('/v1/api-keys', { name: 'Child', permissions });
    expect((await give(['orders:read'])).status).toBe(201);
    for (const [permissions, lacking] of [
      [['orders:read', 'payments:refund'], 'payments:refund'],
      [['*'], '*'],
    ] as [string[], string][]) {
      const { status, body } = await give(permissions);
      expect([status, body.code, body.permission]).toEqual([403, 'permission_not_held', lacking]);
    }
    expect((await app.as(admin).post('/v1/api-keys', { name: 'All', permissions: ['*'] })).status).toBe(201);
  });

  it('cannot be had by renewing a key that may do more', async () => {
    const strong = await makeKey(['payments:refund']);
    const weak = using(await makeKey(['api-keys:write']));
    const { status, body } = await weak.post(`/v1/api-keys/${strong.id}/rotation`, {});
    expect([status, body.permission]).toEqual([403, 'payments:refund']);
  });

  it('cannot be had by opening such a key again, which anyone who looks after keys may rename and revoke', async () => {
    const strong = await makeKey(['*'], { expiresAt: '2099-01-01T00:00:00Z', allowedAddresses: ['192.0.2.1'] });
    await app.db.query(`UPDATE auth.api_keys SET expires_at = now() - interval '1 s' WHERE id = $1`, [strong.id]);
    const path = `/v1/api-keys/${strong.id}`;
    const weak = using(await makeKey(['api-keys:write']));
    for (const opened of [{ expiresAt: null }, { expiresAt: '2098-01-01T00:00:00Z' }, { allowedAddresses: [] }]) {
      const { status, body } = await weak.patch(path, opened, ifMatch(1));
      expect([status, body.code, body.permission]).toEqual([403, 'permission_not_held', '*']);
    }
    expect((await weak.patch(path, { name: 'Renamed' }, ifMatch(1))).status).toBe(200);
    const opened = await app.as(admin).patch(path, { expiresAt: null, allowedAddresses: [] }, ifMatch(2));
    expect([opened.status, (await using(strong).get('/v1/orders')).status]).toEqual([200, 200]);
    expect((await weak.delete(path, ifMatch(3))).status).toBe(204);
  });

  it('is a permission that some route knows', async () => {
    const { status, body } = await app
      .as(admin)
      .post('/v1/api-keys', { name: 'Odd', permissions: ['orders:read', 'orders:raed'] });
    expect([status, body.errors[0].pointer]).toEqual([422, '/permissions/1']);
  });

  it('is not what a shopper does: it owns nothing and sees nothing of theirs', async () => {
    const key = using(await makeKey(['products:read']));
    for (const path of ['/v1/me', '/v1/me/orders', '/v1/me/cart']) {
      const { status, body } = await key.get(path);
      expect([path, status, body.code]).toEqual([path, 403, 'not_for_api_keys']);
    }
    const article = await makeArticle(app);
    const { body: order } = await buy(key, article);
    const [stored] = await app.db.query('SELECT user_id FROM orders.orders WHERE id = $1', [order.id]);
    expect(stored).toEqual({ user_id: null });
    expect((await key.get(`/v1/orders/${order.id}`)).body.permission).toBe('orders:read');
    const shopper = app.as(await app.shopper());
    const cart = await shopper.post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] });
    expect((await key.get(`/v1/carts/${cart.body.id}`)).status).toBe(404);
  });

  it('is repeated safely under its own Idempotency-Keys, also with a new secret', async () => {
    const article = await makeArticle(app);
    const [one, two] = [await makeKey(['orders:read']), await makeKey(['orders:read'])];
    const sent = { key: 'shared-by-chance' };
    const first = await buy(using(one), article, sent);
    const { body: renewed } = await app.as(admin).post(`/v1/api-keys/${one.id}/rotation`, {});
    const again = await buy(using(renewed), article, sent);
    const others = await buy(using(two), article, sent);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect([again.body.id === first.body.id, others.body.id === first.body.id]).toEqual([true, false]);
  });
});

describe('a key with limits', () => {
  const SOON = '2090-01-01T00:00:00.000Z';
  const LATER = '2095-01-01T00:00:00.000Z';
  const HERE = { 'x-forwarded-for': '203.0.113.9' };
  const limits = { expiresAt: SOON, allowedAddresses: ['203.0.113.0/24', '2001:db8::/32'] };
  const limited = () => makeKey(['api-keys:write', 'orders:read'], limits);
  const child = (maker: Made, more: object) =>
    using(maker).post('/v1/api-keys', { name: 'Child', permissions: ['orders:read'], ...more }, HERE);
  const refusal = ({ status, body }: Answer) => [status, body.code, body.limit];
  const beyond = (limit: string) => [403, 'beyond_own_limits', limit];

  it('does not lift them itself, nor move them', async () => {
    const maker = await limited();
    const change = (fields: object) =>
      using(maker).patch(`/v1/api-keys/${maker.id}`, fields, { ...HERE, ...ifMatch(1) });
    expect(refusal(await change({ expiresAt: null, allowedAddresses: [] }))).toEqual(beyond('expiresAt'));
    expect(refusal(await change({ expiresAt: LATER }))).toEqual(beyond('expiresAt'));
    expect(refusal(await change({ allowedAddresses: ['0.0.0.0/0'] }))).toEqual(beyond('allowedAddresses'));
    expect((await app.as(admin).get(`/v1/api-keys/${maker.id}`)).body).toMatchObject({ ...limits, version: 1 });
    expect((await change({ name: 'Renamed' })).status).toBe(200);
    expect((await app.as(admin).patch(`/v1/api-keys/${maker.id}`, { expiresAt: null }, ifMatch(2))).status).toBe(200);
  });

  it('hands them down to what it makes, and makes nothing beyond them', async () => {
    const maker = await limited();
    expect((await child(maker, {})).body).toMatchObject(limits);
    const narrow = { expiresAt: '2080-01-01T00:00:00.000Z', allowedAddresses: ['203.0.113.64/26'] };
    expect((await child(maker, narrow)).body).toMatchObject(narrow);
    for (const [more, limit] of [
      [{ expiresAt: null }, 'expiresAt'],
      [{ expiresAt: LATER }, 'expiresAt'],
      [{ allowedAddresses: [] }, 'allowedAddresses'],
      [{ allowedAddresses: ['203.0.113.7', '198.51.100.1'] }, 'allowedAddresses'],
      [{ allowedAddresses: ['203.0.112.0/23'] }, 'allowedAddresses'],
    ] as [object, string][])
      expect([more, ...refusal(await child(maker, more))]).toEqual([more, ...beyond(limit)]);
  });

  it('neither renews nor changes keys beyond them, but renews itself', async () => {
    const maker = await limited();
    const [free, near] = [await makeKey(['orders:read']), await makeKey(['orders:read'], limits)];
    const key = using(maker);
    const renew = (id: string) => key.post(`/v1/api-keys/${id}/rotation`, {}, HERE);
    expect(refusal(await renew(free.id))).toEqual(beyond('expiresAt'));
    const patch = (id: string, fields: object) => key.patch(`/v1/api-keys/${id}`, fields, { ...HERE, ...ifMatch(1) });
    const more = { permissions: ['orders:read', 'api-keys:write'] };
    expect(refusal(await patch(free.id, more))).toEqual(beyond('expiresAt'));
    expect(refusal(await patch(free.id, { expiresAt: SOON }))).toEqual(beyond('allowedAddresses'));
    expect(refusal(await patch(near.id, { allowedAddresses: [] }))).toEqual(beyond('allowedAddresses'));
    expect((await patch(free.id, limits)).body).toMatchObject(limits);
    expect([(await renew(near.id)).status, (await renew(maker.id)).status]).toEqual([200, 200]);
  });

  it('renews another while that renews it: the first one does, and the secret of the other is in overlap', async () => {
    const [one, two] = [await limited(), await limited()];
    const renew = (by: Made, { id }: Made) =>
      using(by).post(`/v1/api-keys/${id}/rotation`, { overlapSeconds: 60 }, HERE);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 ? renew(one, two) : renew(two, one))),
    );
    const byOne = answers.filter((_, index) => index % 2);
    const byTwo = answers.filter((_, index) => index % 2 === 0);
    const [first, second] = byOne[0]?.status === 200 ? [byOne, byTwo] : [byTwo, byOne];
    expect(first.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(second.map(refusal)).toEqual(Array(6).fill(beyond('expiresAt')));
  });

  it.each([
    ['203.0.113.0/24', ['203.0.113.0/24'], true],
    ['203.0.113.128/25', ['198.51.100.0/24', '203.0.113.0/24'], true],
    ['203.0.113.0/24', ['203.0.113.0/25', '203.0.113.128/25'], false],
    ['203.0.112.0/23', ['203.0.113.0/24'], false],
    ['::ffff:203.0.113.0/120', ['203.0.113.0/24'], true],
    ['::ffff:203.0.113.0/119', ['203.0.113.0/24'], false],
    ['::/0', ['0.0.0.0/0'], false],
    ['2001:db8:1::/48', ['2001:db8::/32'], true],
    ['2001:db9::/48', ['2001:db8::/32'], false],
  ])('takes %s for within %j: %s', (inner, outer, is) => {
    expect(within(outer)(inner)).toBe(is);
  });
});

describe('a secret that a newer one has replaced', () => {
  const rotate = (by: Client, id: string, overlapSeconds: number) =>
    by.post(`/v1/api-keys/${id}/rotation`, { overlapSeconds });
  const beyond = ({ status, body }: Answer) => expect([status, body.code]).toEqual([403, 'beyond_own_limits']);

  async function replaced(overlap = 60, more: object = {}): Promise<{ old: Client; newer: Client; id: string }> {
    const made = await makeKey(['api-keys:write', 'orders:read'], more);
    const { body } = await rotate(app.as(admin), made.id, overlap);
    return { old: using(made), newer: using(body), id: made.id };
  }

  it('does not renew its own key, however soon that expires', async () => {
    for (const more of [{}, { expiresAt: new Date(Date.now() + 30_000).toISOString() }]) {
      const { old, newer, id } = await replaced(60, more);
      beyond(await rotate(old, id, 0));
      expect((await newer.get('/v1/orders')).status).toBe(200);
      expect((await rotate(newer, id, 60)).status).toBe(200);
    }
  });

  it('makes nothing that outlives it', async () => {
    const { old, newer } = await replaced();
    const child = (more: object) => old.post('/v1/api-keys', { name: 'Child', permissions: ['orders:read'], ...more });
    beyond(await child({ expiresAt: null }));
    beyond(await child({ expiresAt: new Date(Date.now() + 120_000).toISOString() }));
    expect((await child({ expiresAt: new Date(Date.now() + 30_000).toISOString() })).status).toBe(201);
    const { status, body } = await child({});
    expect([status, Date.parse(body.expiresAt) <= Date.now() + 60_000]).toEqual([201, true]);
    const free = await newer.post('/v1/api-keys', { name: 'Child', permissions: ['orders:read'] });
    expect([free.status, free.body.expiresAt]).toEqual([201, null]);
  });

  it('neither renews nor changes another key that outlives it, nor what its own may do', async () => {
    const { old, id } = await replaced();
    const other = await makeKey(['orders:read']);
    beyond(await rotate(old, other.id, 0));
    for (const [key, version] of [
      [other.id, 1],
      [id, 2],
    ] as [string, number][])
      beyond(await old.patch(`/v1/api-keys/${key}`, { permissions: ['orders:read'] }, ifMatch(version)));
  });

  it('is one from the moment of the rotation: of many that renew with it at once, one does', async () => {
    const made = await makeKey(['api-keys:write']);
    const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(using(made), made.id, 60)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(403)]);
  });
});

describe('a key with an expiry, addresses or a secret in overlap', () => {
  const HERE = { 'x-forwarded-for': '203.0.113.9' };
  const permissions = ['users:write', 'roles:write', 'orders:read'];
  const beyond = (limit: string) => [403, 'beyond_own_limits', limit];
  const refusal = ({ status, body }: Answer) => [status, body.code, body.limit];
  const role = (name: string) => ({ name, description: 'Looks at orders.', permissions: ['orders:read'] });
  const giving = async (by: Client, { id }: Person, roles: string[]) => {
    const { headers } = await app.as(admin).get(`/v1/users/${id}`);
    return by.patch(`/v1/users/${id}`, { roles }, { ...HERE, 'if-match': headers['etag']! });
  };

  it.each(['expiresAt', 'allowedAddresses', 'overlap'])(
    'gives no roles, and makes and changes none: %s',
    async (kind) => {
      const limits = {
        expiresAt: { expiresAt: '2090-01-01T00:00:00Z' },
        allowedAddresses: { allowedAddresses: ['203.0.113.0/24'] },
        overlap: {},
      }[kind];
      const made = await makeKey(permissions, limits);
      if (kind === 'overlap') await app.as(admin).post(`/v1/api-keys/${made.id}/rotation`, { overlapSeconds: 60 });
      const refused = beyond(kind === 'overlap' ? 'expiresAt' : kind);
      const [key, name] = [using(made), `watcher-${kind.toLowerCase()}`];
      const friend = await app.shopper();
      expect((await app.as(admin).post('/v1/roles', role(name))).status).toBe(201);
      expect(refusal(await giving(key, friend, [name]))).toEqual(refused);
      expect(refusal(await key.post('/v1/roles', role(`${name}-too`), HERE))).toEqual(refused);
      for (const fields of [{ permissions: ['orders:read', 'users:write'] }, { requiresSecondFactor: true }])
        expect(refusal(await key.patch(`/v1/roles/${name}`, fields, { ...HERE, ...ifMatch(1) }))).toEqual(refused);
      expect((await app.as(admin).get(`/v1/users/${friend.id}`)).body.roles).toEqual([]);
      expect((await giving(app.as(admin), friend, [name])).status).toBe(200);
      expect((await giving(key, friend, [])).status).toBe(200);
    },
  );

  it('is another thing than one without: that gives, makes and changes roles', async () => {
    const key = using(await makeKey(permissions));
    expect((await key.post('/v1/roles', role('watcher'))).status).toBe(201);
    expect((await key.patch('/v1/roles/watcher', { description: 'Watches.' }, ifMatch(1))).status).toBe(200);
    expect((await giving(key, await app.shopper(), ['watcher'])).status).toBe(200);
  });
});

describe('a change of a key', () => {
  it('holds for the next request', async () => {
    const made = await makeKey(['orders:read']);
    expect((await using(made).get('/v1/orders')).status).toBe(200);
    await app.as(admin).patch(`/v1/api-keys/${made.id}`, { permissions: ['payments:read'] }, ifMatch(1));
    expect((await using(made).get('/v1/orders')).status).toBe(403);
    expect((await using(made).get('/v1/payments')).status).toBe(200);
    const stale = await app.as(admin).patch(`/v1/api-keys/${made.id}`, { name: 'Late' }, ifMatch(1));
    expect(stale.status).toBe(412);
  });

  it('to a new secret leaves the old one an overlap, as long as was asked for', async () => {
    const made = await makeKey(['orders:read']);
    const { body: second } = await app.as(admin).post(`/v1/api-keys/${made.id}/rotation`, { overlapSeconds: 3600 });
    expect([(await using(made).get('/v1/orders')).status, (await using(second).get('/v1/orders')).status]).toEqual([
      200, 200,
    ]);
    const { body: third } = await app.as(admin).post(`/v1/api-keys/${made.id}/rotation`, { overlapSeconds: 0 });
    const status = async (key: Made) => (await using(key).get('/v1/orders')).status;
    expect([await status(made), await status(second), await status(third)]).toEqual([401, 401, 200]);
  });

  it('that revokes it is for good, and it stays on the list', async () => {
    const made = await makeKey(['orders:read']);
    expect((await using(made).get('/v1/orders')).status).toBe(200);
    expect((await app.as(admin).delete(`/v1/api-keys/${made.id}`, ifMatch(1))).status).toBe(204);
    const { status, body } = await using(made).get('/v1/orders');
    expect([status, body.detail]).toEqual([401, 'This API key has been revoked.']);
    const { body: list } = await app.as(admin).get('/v1/api-keys');
    expect(list.data[0]).toMatchObject({ id: made.id, revokedAt: expect.any(String), version: 2 });
    const rotation = await app.as(admin).post(`/v1/api-keys/${made.id}/rotation`, {});
    expect([rotation.status, rotation.body.code]).toEqual([409, 'api_key_revoked']);
  });

  it('reaches every process within a second', async () => {
    const other = await startProcess({ DATABASE_URL: app.databaseUrl, GALLEY_ROLE: 'api' });
    try {
      const made = await makeKey(['orders:read']);
      const there = async () =>
        (await fetch(`${other.url}/v1/orders`, { headers: { authorization: `Bearer ${made.key}` } })).status;
      expect(await there()).toBe(200);
      await app.as(admin).delete(`/v1/api-keys/${made.id}`, ifMatch(1));
      const revoked = Date.now();
      let status = await there();
      while (status === 200 && Date.now() - revoked < 3000) status = await there();
      expect([status, Date.now() - revoked < 1000]).toEqual([401, true]);
    } finally {
      await other.kill();
    }
  });
});
