import { beforeAll, describe, expect, it } from 'vitest';
import { UsersService } from '#src/auth/index.js';
import { newId } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';

const app = galley();
let admin: Person;
beforeAll(async () => {
  admin = await app.staff();
});

const end = ({ id }: { id: string }, by: Client = app.as(admin)) => by.delete(`/v1/users/${id}/sessions`);
const login = ({ email, password }: Person) => app.anyone.post('/v1/auth/login', { email, password });
const ended = async ({ id }: { id: string }) =>
  (await app.as(admin).get(`/v1/audit-log?action=user.sessions_ended&objectId=${id}`)).body.data;

/** Somebody who looks after accounts and orders, and nothing else. */
async function clerk(): Promise<Client> {
  const role = { name: 'clerk', description: 'Answers the phone.', permissions: ['users:write', 'orders:read'] };
  expect((await app.as(admin).post('/v1/roles', role)).status).toBe(201);
  const [email, password] = ['clerk@example.com', 'correct horse battery'];
  await app.service(UsersService).register(email, password, null, ['clerk']);
  return app.anyone.with((await app.anyone.post('/v1/auth/login', { email, password })).body.accessToken);
}

describe('Staff', () => {
  it('sign an account out everywhere, on record', async () => {
    const ada = await app.shopper();
    const again = (await login(ada)).body;
    expect((await end(ada)).status).toBe(204);
    for (const { accessToken, refreshToken } of [ada, again]) {
      expect((await app.anyone.with(accessToken).get('/v1/me')).status).toBe(401);
      expect((await app.anyone.post('/v1/auth/refresh', { refreshToken })).status).toBe(401);
    }
    expect((await login(ada)).status).toBe(200);
    expect(await ended(ada)).toMatchObject([
      { actorId: admin.id, objectType: 'user', after: { sessions: [expect.any(String), expect.any(String)] } },
    ]);
  });

  it('find nothing to do where nobody is signed in, and nobody where there is no account', async () => {
    const ada = await app.shopper();
    const answers = await Promise.all(Array.from({ length: 5 }, () => end(ada)));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(204));
    expect(await ended(ada)).toHaveLength(1);
    expect((await end({ id: newId() })).status).toBe(404);
  });

  it('sign out nobody who may do more than they, and nobody at all with a sign-in of long ago', async () => {
    const by = await clerk();
    const boss = await app.staff('admin');
    const { status, body } = await end(boss, by);
    expect([status, body.code, body.permission]).toEqual([403, 'permission_not_held', '*']);
    expect((await app.as(boss).get('/v1/me')).status).toBe(200);
    expect((await end(await app.shopper(), by)).status).toBe(204);
    expect((await end(boss, app.as(await app.staff('support')))).body.code).toBe('permission_denied');
    await app.db.query(`UPDATE auth.sessions SET authenticated_at = now() - interval '1 day' WHERE user_id = $1`, [
      boss.id,
    ]);
    const renewed = (await app.anyone.post('/v1/auth/refresh', { refreshToken: boss.refreshToken })).body;
    const old = await end(await app.shopper(), app.anyone.with(renewed.accessToken));
    expect([old.status, old.body.code]).toEqual([401, 'recent_sign_in_required']);
  });
});
