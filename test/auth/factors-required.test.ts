import { beforeAll, describe, expect, it } from 'vitest';
import { documentOf, operationsOf } from '../contract/operations.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { claimsOf, codeOf, enrol, halfSignIn, wrongCodeOf } from './second-factor.js';

const app = galley();
let admin: Person;

beforeAll(async () => {
  admin = await enrol(app, await app.staff());
  await require('support', true);
});

async function require(role: string, requiresSecondFactor: boolean, by: Client = app.as(admin)) {
  const { headers } = await app.as(admin).get(`/v1/roles/${role}`);
  return by.patch(`/v1/roles/${role}`, { requiresSecondFactor }, { 'if-match': headers['etag']! });
}

async function giveRoles(person: Person, roles: string[], by: Client = app.as(admin)) {
  const { headers } = await app.as(admin).get(`/v1/users/${person.id}`);
  return by.patch(`/v1/users/${person.id}`, { roles }, { 'if-match': headers['etag']! });
}

const refresh = async (person: Person): Promise<Person> => ({
  ...person,
  ...(await app.anyone.post('/v1/auth/refresh', { refreshToken: person.refreshToken })).body,
});

const signedIn = async (person: Person): Promise<Person> => ({ ...person, ...(await halfSignIn(app, person)).body });

describe('Whose role requires a second factor, and who has none,', () => {
  it('signs in to a session that may set one up', async () => {
    const support = await app.staff('support');
    expect(claimsOf(support.accessToken)).toMatchObject({ permissions: [], enrol: true });
    expect((await app.as(support).get('/v1/auth/mfa')).body).toMatchObject({ required: true, totp: false });
    const { status, body } = await app.as(support).get('/v1/orders');
    expect([status, body.code]).toEqual([403, 'second_factor_required']);
  });

  it('may do nothing else, by any operation', async () => {
    const support = await app.staff('support');
    const operations = operationsOf(await documentOf(app)).filter(
      ({ security }) => security?.length === 1 && !('{}' in security) && Object.keys(security[0]!).length > 0,
    );
    const open: string[] = [];
    for (const { method, path } of operations.filter(({ path }) => !path.endsWith('/logout'))) {
      const real = path.replaceAll(/\{\w+\}/g, '01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10');
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
      const { body: answer } = await app.as(support).send(method, real, body);
      if (answer.code !== 'second_factor_required') open.push(`${method} ${path}`);
    }
    expect(open.sort()).toEqual([
      'GET /v1/auth/mfa',
      'GET /v1/auth/passkeys',
      'GET /v1/auth/passkeys/{id}',
      'POST /v1/auth/email/verification',
      'POST /v1/auth/mfa/totp',
      'POST /v1/auth/mfa/totp/confirmation',
      'POST /v1/auth/oidc/{provider}/step-up',
      'POST /v1/auth/oidc/{provider}/step-up/authorization',
      'POST /v1/auth/passkeys',
      'POST /v1/auth/passkeys/options',
      'POST /v1/auth/step-up',
      'POST /v1/auth/step-up/passkey',
      'POST /v1/auth/step-up/passkey/options',
    ]);
    expect((await app.as(support).post('/v1/auth/logout')).status).toBe(204);
  });

  it('does not get round it by refreshing or stepping up', async () => {
    const support = await app.staff('support');
    expect((await app.as(await refresh(support)).get('/v1/orders')).status).toBe(403);
    const { body } = await app.as(support).post('/v1/auth/step-up', { password: support.password });
    expect((await app.anyone.with(body.accessToken).get('/v1/orders')).status).toBe(403);
  });

  it('may do what the role permits once it is set up, in this session too', async () => {
    const support = await enrol(app, await app.staff('support'));
    expect((await app.as(support).get('/v1/orders')).status).toBe(200);
    const { mfaToken } = (await halfSignIn(app, support)).body;
    const { body } = await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code: codeOf(support) });
    expect((await app.anyone.with(body.accessToken).get('/v1/orders')).status).toBe(200);
  });

  it('is where they were after removing the last one', async () => {
    const support = await enrol(app, await app.staff('support'));
    await app.as(support).delete('/v1/auth/mfa/totp');
    expect((await app.as(await refresh(support)).get('/v1/orders')).body.code).toBe('second_factor_required');
    expect((await app.as(await signedIn(support)).get('/v1/orders')).body.code).toBe('second_factor_required');
  });
});

describe('Requiring a second factor', () => {
  it('ends sessions without one at once, and leaves those with one alone', async () => {
    const [weak, strong] = [await app.staff('staff'), await enrol(app, await app.staff('staff'))];
    expect((await require('staff', true)).body.requiresSecondFactor).toBe(true);
    expect((await app.as(weak).get('/v1/orders')).status).toBe(401);
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken: weak.refreshToken })).status).toBe(401);
    expect((await app.as(strong).get('/v1/orders')).status).toBe(200);
    expect((await require('staff', false)).status).toBe(200);
    expect((await app.as(await signedIn(weak)).get('/v1/orders')).status).toBe(200);
  });

  it('is missed by no sign-in that runs at the same time, whichever comes first', async () => {
    for (const roleFirst of [true, false]) {
      const person = await app.staff('staff');
      const sql = 'SELECT FROM auth.users WHERE id = $1 FOR UPDATE';
      const waiters = () =>
        app.db.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
      const acts = [() => require('staff', true), () => halfSignIn(app, person)];
      const answers = await inTheWayOf(app, { sql, params: [person.id], waiting: 2 }, async () => {
        const [first, second] = roleFirst ? acts : acts.toReversed();
        const running = first!();
        await expect.poll(waiters, { interval: 5 }).toHaveLength(1);
        return Promise.all([running, second!()]);
      });
      const signed = answers[roleFirst ? 1 : 0]!;
      expect(signed.status).toBe(roleFirst ? 401 : 200);
      expect((await app.anyone.with(signed.body.accessToken ?? 'none').get('/v1/orders')).status).toBe(401);
      expect((await app.as(await signedIn(person)).get('/v1/orders')).body.code).toBe('second_factor_required');
      await require('staff', false);
    }
  });

  it('is on record, with what was before', async () => {
    await require('staff', true);
    await require('staff', false);
    const { body } = await app.as(admin).get('/v1/audit-log?objectType=role&objectId=staff&limit=1');
    expect(body.data[0]).toMatchObject({
      action: 'role.changed',
      before: { requiresSecondFactor: true },
      after: { requiresSecondFactor: false },
    });
  });

  it('can be asked of administrators, who then set one up', async () => {
    const other = await app.staff('admin');
    expect((await require('admin', true)).status).toBe(200);
    expect((await app.as(other).get('/v1/users')).status).toBe(401);
    const again = await signedIn(other);
    expect((await app.as(again).get('/v1/users')).body.code).toBe('second_factor_required');
    expect((await app.as(await enrol(app, again)).get('/v1/users')).status).toBe(200);
    await require('admin', false);
  });

  it('is for new roles too', async () => {
    const role = {
      name: 'keeper',
      description: 'Keeps keys.',
      permissions: ['api-keys:read'],
      requiresSecondFactor: true,
    };
    expect((await app.as(admin).post('/v1/roles', role)).body.requiresSecondFactor).toBe(true);
    const shopper = await app.shopper();
    await giveRoles(shopper, ['keeper']);
    const keeper = await signedIn(shopper);
    expect((await app.as(keeper).get('/v1/api-keys')).body.code).toBe('second_factor_required');
    expect((await app.as(await enrol(app, keeper)).get('/v1/api-keys')).status).toBe(200);
  });

  it('is not lifted by somebody who holds less than the role', async () => {
    const { body: role } = await app.as(admin).post('/v1/roles', {
      name: 'lifter',
      description: 'Changes roles.',
      permissions: ['roles:read', 'roles:write', 'users:write'],
    });
    const lifter = await app.shopper();
    await giveRoles(lifter, [role.name]);
    const { status, body } = await require('support', false, app.as(await signedIn(lifter)));
    expect([status, body.code]).toEqual([403, 'permission_not_held']);
  });

  it('is not got round by having the role given, by oneself or another', async () => {
    const person = await signedIn(await app.shopper());
    expect((await giveRoles(person, ['support'], app.as(person))).status).toBe(403);
    await giveRoles(person, ['support']);
    expect((await app.as(person).get('/v1/orders')).status).toBe(401);
    expect((await app.as(await signedIn(person)).get('/v1/orders')).body.code).toBe('second_factor_required');
  });
});

describe('An administrator', () => {
  const removeFrom = (person: Person, by: Client = app.as(admin)) => by.delete(`/v1/users/${person.id}/mfa`);

  it('sees who has a second factor, and removes it from who has lost it', async () => {
    const person = await enrol(app, await app.shopper());
    const { mfaToken } = (await halfSignIn(app, person)).body;
    expect((await app.as(admin).get(`/v1/users/${person.id}`)).body.secondFactor).toBe(true);
    expect((await removeFrom(person)).status).toBe(204);
    expect((await app.as(admin).get(`/v1/users/${person.id}`)).body.secondFactor).toBe(false);
    expect((await app.as(person).get('/v1/me')).status).toBe(401);
    expect((await halfSignIn(app, person)).status).toBe(200);
    const code = codeOf(person);
    expect((await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code })).body.code).toBe('invalid_mfa_token');
    const subjects = (await app.mailTo(person.email)).map(({ subject }) => subject);
    expect(subjects).toContain('Your second factors were removed');
    const { body } = await app.as(admin).get(`/v1/audit-log?objectId=${person.id}&action=user.factors_removed`);
    expect(body.data).toHaveLength(1);
    expect((await removeFrom(person)).status).toBe(204);
  });

  it('can do so only for those who may do no more', async () => {
    const { body: role } = await app
      .as(admin)
      .post('/v1/roles', { name: 'helper', description: 'Helps people.', permissions: ['users:read', 'users:write'] });
    const helper = await app.shopper();
    await giveRoles(helper, [role.name]);
    const by = app.as(await signedIn(helper));
    const [boss, shopper] = [await enrol(app, await app.staff('admin')), await enrol(app, await app.shopper())];
    expect((await removeFrom(boss, by)).body.code).toBe('permission_not_held');
    expect((await halfSignIn(app, boss)).body.code).toBe('mfa_required');
    expect((await removeFrom(shopper, by)).status).toBe(204);
  });

  it('must have signed in lately, and may not without the permission', async () => {
    const person = await enrol(app, await app.shopper());
    const old = await app.staff('admin');
    await app.db.query(`UPDATE auth.sessions SET authenticated_at = now() - interval '1 day' WHERE user_id = $1`, [
      old.id,
    ]);
    expect((await removeFrom(person, app.as(await refresh(old)))).body.code).toBe('recent_sign_in_required');
    expect((await removeFrom(person, app.as(await app.staff('staff')))).body.code).toBe('permission_denied');
    expect((await removeFrom({ ...person, id: '01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10' })).status).toBe(404);
  });
});

describe('Stepping up with a second factor', () => {
  it('needs the password and a code', async () => {
    const person = await enrol(app, await app.shopper());
    const { password } = person;
    const stepUp = (body: object) => app.as(person).post('/v1/auth/step-up', body);
    expect((await stepUp({ password })).body.code).toBe('code_required');
    expect((await stepUp({ password, code: wrongCodeOf(person) })).body.code).toBe('wrong_code');
    expect((await stepUp({ password: 'a wrong guess', code: codeOf(person) })).body.code).toBe('wrong_password');
    const { status, body } = await stepUp({ password, code: codeOf(person) });
    expect([status, claimsOf(body.accessToken).amr]).toEqual([200, ['pwd', 'otp', 'mfa']]);
    expect((await stepUp({ password, code: codeOf(person) })).body.code).toBe('wrong_code');
    expect((await stepUp({ password, code: person.recoveryCodes[0] })).status).toBe(200);
  });
});
