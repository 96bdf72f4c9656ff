import { expect, it } from 'vitest';
import { galley } from '../support/app.js';

const app = galley();

it('signs a new shopper in at once', async () => {
  const answer = await app.anyone.post('/v1/auth/register', {
    email: 'Ada@Example.com',
    password: 'correct horse',
    name: 'Ada',
  });
  expect(answer.status).toBe(201);
  expect(answer.body.user).toMatchObject({ email: 'ada@example.com', name: 'Ada', roles: [] });
  expect(answer.body.tokenType).toBe('Bearer');
  expect((await app.anyone.with(answer.body.accessToken).post('/v1/auth/logout')).status).toBe(204);
});

it('keeps one account for one mailbox, whatever the case', async () => {
  await app.anyone.post('/v1/auth/register', { email: 'bob@example.com', password: 'correct horse' });
  const again = await app.anyone.post('/v1/auth/register', { email: 'BOB@example.com', password: 'correct horse' });
  expect(again.status).toBe(409);
  expect(again.body.code).toBe('email_taken');
});

it('makes one account when the same address registers many times at once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      app.anyone.post('/v1/auth/register', { email: 'race@example.com', password: 'correct horse' }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
});

it('says the same for a wrong password and an unknown account', async () => {
  const { email } = await app.shopper();
  const wrong = await app.anyone.post('/v1/auth/login', { email, password: 'something else' });
  const unknown = await app.anyone.post('/v1/auth/login', { email: 'nobody@example.com', password: 'something else' });
  for (const { status, body } of [wrong, unknown]) {
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'invalid_credentials', detail: wrong.body.detail });
  }
});

it('rotates the refresh token and ends the session when an old one comes back', async () => {
  const { refreshToken } = await app.shopper();
  const second = await app.anyone.post('/v1/auth/refresh', { refreshToken });
  expect(second.status).toBe(200);
  expect(second.body.refreshToken).not.toBe(refreshToken);
  const reused = await app.anyone.post('/v1/auth/refresh', { refreshToken });
  expect(reused.body.code).toBe('refresh_token_reused');
  const afterwards = await app.anyone.post('/v1/auth/refresh', { refreshToken: second.body.refreshToken });
  expect(afterwards.body.code).toBe('invalid_refresh_token');
});

it('lets a refresh token be used once, however many use it at once', async () => {
  const { refreshToken } = await app.shopper();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => app.anyone.post('/v1/auth/refresh', { refreshToken })),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

it('ends the session at sign-out', async () => {
  const shopper = await app.shopper();
  expect((await app.as(shopper).post('/v1/auth/logout')).status).toBe(204);
  const answer = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
  expect(answer.status).toBe(401);
});

it('names the field that is wrong, and the likely name of one that is unknown', async () => {
  const short = await app.anyone.post('/v1/auth/register', { email: 'eve@example.com', password: 'short' });
  expect(short.status).toBe(422);
  expect(short.body.errors[0].pointer).toBe('/password');
  const typo = await app.anyone.post('/v1/auth/register', { emial: 'eve@example.com', password: 'correct horse' });
  expect(typo.status).toBe(400);
  expect(typo.body.detail).toContain('did you mean "email"?');
});

it('gives no one a role who asks for it at registration', async () => {
  const answer = await app.anyone.post('/v1/auth/register', {
    email: 'mallory@example.com',
    password: 'correct horse',
    roles: ['admin'],
  });
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].pointer).toBe('/roles');
});

it('sends no SQL to verify an access token', async () => {
  const shopper = await app.shopper();
  const statements = await app.statements(() => app.as(shopper).get('/v1/no-such-thing'));
  expect(statements).toEqual([]);
});

it.each([
  [
    'register',
    3,
    () => app.anyone.post('/v1/auth/register', { email: 'count@example.com', password: 'correct horse' }),
    7,
  ],
  [
    'login',
    2,
    async () => app.anyone.post('/v1/auth/login', { email: 'count@example.com', password: 'correct horse' }),
    3,
  ],
])('%s keeps to its statement budget', async (_name, _least, call, most) => {
  expect(await app.statements(call)).toHaveLength(most);
});
