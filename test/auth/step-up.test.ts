import { describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';

const app = galley({ GALLEY_ARGON2_KIB: '16', GALLEY_RECENT_SIGN_IN_MINUTES: '10', GALLEY_ATTEMPTS_PER_ACCOUNT: '2' });

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
const sessionOf = ({ accessToken }: Pick<Person, 'accessToken'>): string => claimsOf(accessToken).sid;
const NEW = 'a new staple for the horse';

/** The session as if they had signed in so long ago, with tokens of now. */
async function signedInAgo(minutes: number, who = app.shopper()): Promise<Person> {
  const shopper = await who;
  await app.db.query('UPDATE auth.sessions SET authenticated_at = now() - make_interval(mins => $2) WHERE id = $1', [
    sessionOf(shopper),
    minutes,
  ]);
  const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
  return { ...shopper, ...body };
}

const change = (client: Client, { password }: Person) =>
  client.post('/v1/auth/password/change', { currentPassword: password, newPassword: NEW });
const stepUp = (client: Client, password: string) => client.post('/v1/auth/step-up', { password });

describe('What is sensitive', () => {
  it('is open to who has just signed in', async () => {
    const shopper = await app.shopper();
    expect((await change(app.as(shopper), shopper)).status).toBe(204);
  });

  it('asks for a new proof when the sign-in is too long ago, and refreshing is none', async () => {
    const shopper = await signedInAgo(11);
    const { status, headers, body } = await change(app.as(shopper), shopper);
    expect([status, body.code, body.maxAge]).toEqual([401, 'recent_sign_in_required', 600]);
    expect(headers['www-authenticate']).toContain('error="insufficient_user_authentication", max_age="600"');
  });

  it('is open again after stepping up, in the same session', async () => {
    const shopper = await signedInAgo(11);
    const { status, body } = await stepUp(app.as(shopper), shopper.password);
    expect([status, body.tokenType, sessionOf(body)]).toEqual([200, 'Bearer', sessionOf(shopper)]);
    const renewed = app.anyone.with(body.accessToken);
    expect((await change(renewed, shopper)).status).toBe(204);
    // The refresh token goes on, and what it gives knows of the new proof.
    const refreshed = (await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken })).body;
    expect(claimsOf(refreshed.accessToken).auth_time).toBe(claimsOf(body.accessToken).auth_time);
  });

  it('is to change what somebody may do, but not what they are called', async () => {
    const admin = app.as(await signedInAgo(11, app.staff()));
    const { id } = await app.shopper();
    const path = `/v1/users/${id}`;
    const ifMatch = { 'if-match': '"1"' };
    const role = { name: 'sneaky', description: 'All of it.', permissions: ['*'] };
    for (const answer of [
      await admin.patch(path, { roles: ['admin'] }, ifMatch),
      await admin.patch(path, { name: 'Eve', roles: ['admin'] }, ifMatch),
      await admin.post('/v1/roles', role),
      await admin.patch('/v1/roles/support', { permissions: ['*'] }, ifMatch),
      await admin.delete('/v1/roles/support', ifMatch),
    ])
      expect([answer.status, answer.body.code]).toEqual([401, 'recent_sign_in_required']);
    expect((await admin.patch(path, { name: 'Eve' }, ifMatch)).body).toMatchObject({ name: 'Eve', roles: [] });
  });

  it('is everything that the document says it is', async () => {
    const { body: document } = await app.anyone.get('/openapi.json');
    const sensitive = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, { responses: Record<string, { description: string }> }>)
        .filter(([, { responses }]) => responses['401']?.description.includes('recent_sign_in_required'))
        .map(([method]) => `${method} ${path}`),
    );
    expect(sensitive).toEqual(
      expect.arrayContaining([
        'post /v1/auth/password/change',
        'post /v1/api-keys',
        'patch /v1/api-keys/{id}',
        'post /v1/api-keys/{id}/rotation',
        'patch /v1/users/{id}',
        'post /v1/roles',
        'patch /v1/roles/{name}',
        'delete /v1/roles/{name}',
      ]),
    );
  });
});

describe('Stepping up', () => {
  it('needs the right password, and counts wrong ones like those at sign-in', async () => {
    const shopper = await app.shopper();
    const client = app.as(shopper);
    const answers = [];
    for (let count = 0; count < 24; count++) answers.push(await stepUp(client, 'a wrong guess'));
    expect(answers.at(0)!.body.code).toBe('wrong_password');
    expect(answers.at(-1)!.body.code).toBe('too_many_attempts');
    expect((await change(client, shopper)).body.code).toBe('too_many_attempts');
  });

  it('is of no use to a session that has ended', async () => {
    const shopper = await app.shopper();
    const ended = inTheWayOf(
      app,
      {
        sql: `UPDATE auth.sessions SET revoked_at = now(), revoked_because = 'test' WHERE id = $1`,
        params: [sessionOf(shopper)],
        waiting: 1,
      },
      () => stepUp(app.as(shopper), shopper.password),
    );
    expect((await ended).status).toBe(401);
  });

  it('is on record', async () => {
    const shopper = await app.shopper();
    await stepUp(app.as(shopper), shopper.password);
    const { body } = await app
      .as(await app.staff())
      .get(`/v1/audit-log?actorId=${shopper.id}&action=session.stepped_up`);
    expect(body.data.map(({ after }: { after: object }) => after)).toEqual([{ methods: ['pwd'] }]);
  });
});

it('starts no session with a password that is replaced while it signs in', async () => {
  const { id, email, password } = await app.shopper();
  const { status, body } = await inTheWayOf(
    app,
    { sql: `UPDATE auth.users SET password_hash = 'another' WHERE id = $1`, params: [id], waiting: 1 },
    () => app.anyone.post('/v1/auth/login', { email, password }),
  );
  expect([status, body.code]).toEqual([401, 'invalid_credentials']);
});

it('lets nobody in to an account without a password, whatever they type', async () => {
  const { id, email, password } = await app.shopper();
  await app.db.query('UPDATE auth.users SET password_hash = NULL WHERE id = $1', [id]);
  for (const guess of [password, '', 'no such account'])
    expect((await app.anyone.post('/v1/auth/login', { email, password: guess })).status).toBe(401);
});
