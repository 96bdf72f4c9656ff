import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '#src/auth/audit/audit-chain.js';
import { SYSTEM } from '#src/auth/audit/audit-log.js';
import { AuditLog } from '#src/auth/index.js';
import { Jobs } from '#src/platform/index.js';
import { buy, makeArticle } from '../orders/shop.js';
import { MainProcess } from '../platform/main-process.js';
import { galley, type Person } from '../support/app.js';
import { owner } from './second-factor.js';
import { SoftPasskey } from './soft-passkey.js';

const app = galley();
let admin: Person;
beforeAll(async () => {
  admin = await app.staff();
});

interface Entry {
  id: string;
  position: number | null;
  action: string;
  objectId: string;
  requestId: string;
  hash: string | null;
}

const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

async function entries(query = ''): Promise<Entry[]> {
  const { status, body } = await app.as(admin).get(`/v1/audit-log?limit=100${query}`);
  expect(status).toBe(200);
  return body.data;
}

async function latest(action: string): Promise<Entry | undefined> {
  return (await entries(`&action=${action}`))[0];
}

const chain = () => app.service(Jobs).run('auth.chain_audit_log');

async function verify(...options: string[]): Promise<{ code: number | string; said: string }> {
  const command = [process.execPath, join(import.meta.dirname, '../../dist/src/cli.js'), 'audit:verify', ...options];
  const ran = new MainProcess({ DATABASE_URL: app.databaseUrl }, command);
  return { code: await ran.ended, said: ran.stdout + ran.stderr };
}

/** As somebody with the database in their hands would: past every trigger. */
async function tamper(sql: string): Promise<void> {
  await app.db.unprepared(`
    BEGIN;
    GRANT UPDATE, DELETE ON auth.audit_log TO CURRENT_USER;
    ALTER TABLE auth.audit_log DISABLE TRIGGER USER;
    ${sql};
    ALTER TABLE auth.audit_log ENABLE TRIGGER USER;
    REVOKE UPDATE, DELETE ON auth.audit_log FROM CURRENT_USER;
    GRANT UPDATE (position, hash) ON auth.audit_log TO CURRENT_USER;
    COMMIT`);
}

describe('on record is', () => {
  it('who signed in, failed to and signed out, from where and with what', async () => {
    const person = await app.shopper();
    const headers = { 'user-agent': 'Till/7', 'x-request-id': 'request-of-the-test' };
    const wrong = { email: person.email, password: 'not the password' };
    await app.anyone.post('/v1/auth/login', wrong, headers);
    expect(await latest('session.refused')).toMatchObject({
      ...{ actorKind: 'guest', actorId: null, objectType: 'user', objectId: person.id },
      ...{ address: '127.0.0.1', userAgent: 'Till/7', requestId: 'request-of-the-test' },
    });
    await app.anyone.post('/v1/auth/login', { email: 'a-password-typed-there', password: 'x' });
    expect(await latest('session.refused')).toMatchObject({ objectType: null, objectId: null });
    const login = await app.anyone.post('/v1/auth/login', { email: person.email, password: person.password });
    await app.anyone.with(login.body.accessToken).post('/v1/auth/logout');
    const [ended, started] = await entries(`&actorId=${person.id}`);
    expect([started?.action, ended?.action]).toEqual(['session.started', 'session.ended']);
    expect(ended?.objectId).toBe(started?.objectId);
  });

  it('every wrong password of who is signed in, whatever they wanted', async () => {
    const person = await app.shopper();
    const client = app.as(person);
    const headers = { 'user-agent': 'Till/8' };
    await client.post('/v1/auth/step-up', { password: 'a wrong guess' }, headers);
    const change = { currentPassword: 'another guess', newPassword: 'a new staple for the horse' };
    await client.post('/v1/auth/password/change', change, headers);
    const refused = { actorKind: 'user', actorId: person.id, objectType: 'user', objectId: person.id };
    expect(await entries(`&action=password.refused&objectId=${person.id}`)).toMatchObject(
      Array(2).fill({ ...refused, address: '127.0.0.1', userAgent: 'Till/8' }),
    );
    await client.post('/v1/auth/step-up', { password: person.password });
    expect(await entries(`&action=password.refused&objectId=${person.id}`)).toHaveLength(2);
    const written = JSON.stringify(await app.db.query('SELECT * FROM auth.audit_log'));
    expect(written).not.toMatch(/wrong guess|another guess/);
  });

  it('each session that its owner has ended, and none that had ended before', async () => {
    const person = await app.shopper();
    const again = async () =>
      (await app.anyone.post('/v1/auth/login', { email: person.email, password: person.password })).body;
    const ended = async () =>
      (await entries(`&action=session.ended&actorId=${person.id}`)).map(({ objectId }) => objectId).sort();
    const sessions = async () => {
      const { body } = await app.as(person).get('/v1/auth/sessions');
      return body.data.map(({ id }: Entry) => id).sort() as string[];
    };
    for (let device = 0; device < 3; device++) await again();
    const [first, ...others] = (await sessions()).reverse();
    const path = `/v1/auth/sessions/${first}`;
    const answers = await Promise.all(Array.from({ length: 4 }, () => app.as(person).delete(path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404]);
    expect(await ended()).toEqual([first]);
    const everywhere = Array.from({ length: 4 }, () => app.as(person).delete('/v1/auth/sessions'));
    await Promise.all(everywhere);
    expect(await ended()).toEqual([first, ...others].sort());
    const last = await again();
    await Promise.all(Array.from({ length: 4 }, () => app.anyone.with(last.accessToken).post('/v1/auth/logout')));
    expect(await ended()).toHaveLength(others.length + 2);
    expect(await latest('session.ended')).toMatchObject({
      ...{ actorKind: 'user', actorId: person.id, objectType: 'session', address: '127.0.0.1' },
    });
  });

  it('who erased their account, by the id alone, with the roles that they had', async () => {
    const person = await app.staff('support');
    const headers = { 'user-agent': 'Till/9' };
    expect((await app.as(person).delete('/v1/me', headers)).status).toBe(204);
    const erased = () => entries(`&action=user.erased&objectId=${person.id}`);
    const entry = {
      ...{ actorKind: 'user', actorId: person.id, objectType: 'user', objectId: person.id },
      ...{ address: null, userAgent: null, before: { roles: ['support'] }, after: null },
    };
    expect(await erased()).toMatchObject([entry]);
    await chain();
    // The jobs that look again once the account is gone.
    await app.service(Jobs).run('platform.finish-erasing', { userId: person.id });
    expect(await erased()).toMatchObject([entry]);
    expect((await verify()).code).toBe(0);
  });

  it('which passkeys were refused, without from where once their owner is erased', async () => {
    const person = await owner(app);
    let client = app.as(person);
    let { refreshToken } = person;
    const from = { 'user-agent': 'Phone/9' };
    const added = async () => {
      const device = new SoftPasskey(app.url.replace('127.0.0.1', 'localhost'));
      const options = (await client.post('/v1/auth/passkeys/options')).body;
      const { body } = await client.post('/v1/auth/passkeys', { passkey: device.create(options) });
      // Whoever has a second factor has shown it in the tokens that come next.
      const refreshed = (await app.anyone.post('/v1/auth/refresh', { refreshToken })).body;
      refreshToken = refreshed.refreshToken;
      client = app.anyone.with(refreshed.accessToken);
      return { device, id: body.id as string };
    };
    const refused = async (device: SoftPasskey, wrong: object) => {
      const passkey = device.get((await app.anyone.post('/v1/auth/passkeys/sign-in/options')).body);
      const response = { ...passkey.response, ...wrong };
      const sent = { passkey: { ...passkey, response } };
      expect((await app.anyone.post('/v1/auth/passkeys/sign-in', sent, from)).status).toBe(401);
    };
    const [lost, kept] = [await added(), await added()];
    await refused(lost.device, { signature: 'AAAA' });
    await refused(kept.device, { signature: 'AAAA' });
    await refused(kept.device, { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' });
    expect((await client.delete(`/v1/auth/passkeys/${lost.id}`)).status).toBe(204);
    expect(await entries('&action=passkey.refused')).toMatchObject(
      [kept, kept, lost].map(({ id }) => ({ objectType: 'passkey', objectId: id, userAgent: 'Phone/9' })),
    );
    await chain();
    expect((await client.delete('/v1/me')).status).toBe(204);
    expect(await entries('&action=passkey.refused')).toMatchObject(
      Array(3).fill({ actorKind: 'guest', address: null, userAgent: null }),
    );
    await chain();
    expect((await verify()).code).toBe(0);
  });

  it('what was done to accounts, roles and keys, with what was before', async () => {
    const person = await app.shopper();
    const staff = app.as(admin);
    await staff.patch(`/v1/users/${person.id}`, { roles: ['support'], name: 'Ada' }, ifMatch(1));
    await staff.post('/v1/roles', { name: 'packer', description: 'Packs.', permissions: ['orders:read'] });
    await staff.patch('/v1/roles/packer', { permissions: ['stock:read'] }, ifMatch(1));
    await staff.delete('/v1/roles/packer', ifMatch(2));
    const { body: key } = await staff.post('/v1/api-keys', { name: 'Shop', permissions: ['orders:read'] });
    await staff.patch(`/v1/api-keys/${key.id}`, { name: 'Till' }, ifMatch(1));
    await staff.post(`/v1/api-keys/${key.id}/rotation`, { overlapSeconds: 60 });
    await staff.delete(`/v1/api-keys/${key.id}`, ifMatch(3));
    const all = (await entries(`&actorId=${admin.id}`)).filter(({ action }) => action !== 'session.started');
    expect(all.map(({ action }) => action)).toEqual([
      ...['api_key.revoked', 'api_key.rotated', 'api_key.changed', 'api_key.created'],
      ...['role.deleted', 'role.changed', 'role.created', 'user.renamed', 'user.roles_changed'],
    ]);
    expect(await latest('user.roles_changed')).toMatchObject({ before: { roles: [] }, after: { roles: ['support'] } });
    expect(await latest('role.changed')).toMatchObject({
      ...{ objectType: 'role', objectId: 'packer' },
      before: { permissions: ['orders:read'] },
      after: { permissions: ['stock:read'] },
    });
    expect((await entries(`&objectType=api_key&objectId=${key.id}`)).map(({ action }) => action)).toHaveLength(4);
    const written = JSON.stringify(await app.db.query('SELECT * FROM auth.audit_log'));
    for (const secret of [key.key.slice(22, 44), person.email, person.password]) expect(written).not.toContain(secret);
  });

  it('what staff and keys did with money and orders, and not what shoppers did with their own', async () => {
    const article = await makeArticle(app);
    const staff = app.as(admin);
    const refunded = (await buy(app.anyone, article)).body;
    const path = `/v1/payments/${refunded.payments[0].id}/refunds`;
    const repeated = { 'idempotency-key': 'the-same-refund' };
    await staff.post(path, { amount: { amount: 100, currency: 'EUR' } }, repeated);
    await staff.post(path, { amount: { amount: 100, currency: 'EUR' } }, repeated);
    expect(await entries('&action=payment.refund')).toMatchObject([
      { actorId: admin.id, objectId: refunded.payments[0].id, after: { amount: { amount: 100, currency: 'EUR' } } },
    ]);
    const { body: key } = await staff.post('/v1/api-keys', { name: 'Desk', permissions: ['orders:cancel'] });
    const order = (await buy(app.anyone, article)).body;
    await app.anyone.with(key.key).post(`/v1/orders/${order.id}/cancellation`, {});
    await app.anyone.with(key.key).post(`/v1/orders/${order.id}/cancellation`, {});
    const shopper = app.as(await app.shopper());
    const own = (await buy(shopper, article)).body;
    await shopper.post(`/v1/orders/${own.id}/cancellation`, {});
    expect(await entries('&action=order.cancelled')).toMatchObject([
      { actorKind: 'key', actorId: key.id, objectType: 'order', objectId: order.id, after: { number: order.number } },
    ]);
  });

  it('nothing that was not done', async () => {
    const before = await entries();
    const refused = await app.as(admin).patch('/v1/roles/support', { permissions: ['orders:raed'] }, ifMatch(1));
    expect(refused.status).toBe(422);
    const undone = app.db.transaction(async () => {
      await app.service(AuditLog).record('role.changed', { by: SYSTEM });
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await entries()).toEqual(before);
  });

  it('found by time', async () => {
    const middle = new Date();
    const person = await app.shopper();
    const of = (query: string) => entries(`&actorId=${person.id}${query}`);
    expect(await of(`&from=${middle.toISOString()}`)).toHaveLength(1);
    expect(await of(`&to=${middle.toISOString()}`)).toEqual([]);
    expect((await app.as(admin).get('/v1/audit-log?from=yesterday')).status).toBe(422);
  });
});

describe('the log', () => {
  it('cannot be changed by the application itself', async () => {
    for (const sql of [
      `UPDATE auth.audit_log SET action = 'nothing.happened'`,
      'DELETE FROM auth.audit_log',
      'TRUNCATE auth.audit_log',
    ]) {
      await expect(app.db.query(sql), sql).rejects.toThrow('permission denied');
      // Nor by one that has given itself the right to.
      const overriding = app.db.transaction(async () => {
        await app.db.query('GRANT UPDATE, DELETE, TRUNCATE ON auth.audit_log TO CURRENT_USER');
        await app.db.query(sql);
      });
      await expect(overriding, sql).rejects.toThrow('append-only');
    }
    await chain();
    await expect(app.db.query(`UPDATE auth.audit_log SET hash = sha256('')`)).rejects.toThrow('append-only');
  });

  it('is one chain, however many write and chain at once', async () => {
    const [person, ...others] = await Promise.all(Array.from({ length: 8 }, () => app.shopper()));
    const wrong = { email: person?.email, password: 'not the password' };
    await Promise.all([
      ...Array.from({ length: 60 }, () => app.anyone.post('/v1/auth/login', wrong)),
      ...others.map((other) => app.as(other).post('/v1/auth/logout')),
      ...Array.from({ length: 10 }, chain),
    ]);
    await chain();
    const rows = await app.db.query<{ position: number }>('SELECT position FROM auth.audit_log ORDER BY position');
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
    expect(await verify()).toEqual({ code: 0, said: expect.stringMatching(`^All ${rows.length} entries are as`) });
  });

  it('gives the first broken link away: one that was changed, or taken out', async () => {
    await chain();
    const [victim] = await app.db.query<{ id: string; position: number; action: string }>(
      `SELECT id, position, action FROM auth.audit_log WHERE action = 'user.registered' AND position > 3 LIMIT 1`,
    );
    const { id, position, action } = victim!;
    await tamper(`UPDATE auth.audit_log SET action = 'user.deleted' WHERE id = '${id}'`);
    expect(await verify()).toEqual({
      code: 1,
      said: `Broken at position ${position}: entry ${id} is not as it was written.\n`,
    });
    await tamper(`UPDATE auth.audit_log SET action = '${action}' WHERE id = '${id}'`);
    const { head, broken } = await app.service(AuditChain).verify();
    expect(broken).toBeUndefined();
    await tamper(`DELETE FROM auth.audit_log WHERE position = (SELECT max(position) FROM auth.audit_log)`);
    expect(await verify('--contains', head)).toEqual({ code: 1, said: expect.stringContaining('cut off') });
    await tamper('DELETE FROM auth.audit_log WHERE position = 2');
    expect((await app.service(AuditChain).verify()).broken).toEqual({ position: 2, id: undefined });
  });
});
