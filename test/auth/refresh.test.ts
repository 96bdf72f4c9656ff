import { expect, it } from 'vitest';
import { Jobs } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';

const app = galley({ GALLEY_SESSION_DAYS: '30', GALLEY_SESSION_MAX_DAYS: '90' });

const refresh = (refreshToken: string): Promise<Answer> => app.anyone.post('/v1/auth/refresh', { refreshToken });
const sessionOf = ({ accessToken }: Pick<Person, 'accessToken'>): string =>
  JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()).sid;

/** As if the tokens of the session had been used, and the session begun, so much earlier. */
async function age(person: Person, { tokens = '0', session = '0' }: { tokens?: string; session?: string }) {
  const id = sessionOf(person);
  await app.db.query('UPDATE auth.refresh_tokens SET used_at = used_at - $2::interval WHERE session_id = $1', [
    id,
    tokens,
  ]);
  await app.db.query(
    `UPDATE auth.sessions SET created_at = created_at - $2::interval, last_used_at = last_used_at - $2::interval,
            expires_at = expires_at - $2::interval, tokens_until = tokens_until - $2::interval WHERE id = $1`,
    [id, session],
  );
}

it('replaces the refresh token each time', async () => {
  const shopper = await app.shopper();
  const second = await refresh(shopper.refreshToken);
  const third = await refresh(second.body.refreshToken);
  const tokens = [shopper.refreshToken, second.body.refreshToken, third.body.refreshToken];
  expect(new Set(tokens).size).toBe(3);
  expect((await app.anyone.with(third.body.accessToken).get('/v1/me')).body.id).toBe(shopper.id);
  expect(new Set([shopper, second.body, third.body].map(sessionOf)).size).toBe(1);
});

it('never signs a client out that refreshes fifty times at once, and gives each a token that works', async () => {
  const shopper = await app.shopper();
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(shopper.refreshToken)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
  expect(new Set(answers.map(({ body }) => body.accessToken)).size).toBe(50);
  const used = await Promise.all(answers.map(({ body }) => app.anyone.with(body.accessToken).get('/v1/me')));
  expect(used.map(({ status }) => status)).toEqual(used.map(() => 200));
  const next = await Promise.all(answers.map(({ body }) => refresh(body.refreshToken)));
  expect(next.map(({ status }) => status)).toEqual(next.map(() => 200));
});

it('ends the session when an old token comes back after the grace', async () => {
  const shopper = await app.shopper();
  const { body: second } = await refresh(shopper.refreshToken);
  await age(shopper, { tokens: '5 seconds' });
  expect((await refresh(shopper.refreshToken)).body.refreshToken).toBe(second.refreshToken);
  await age(shopper, { tokens: '5 seconds' });
  expect((await refresh(shopper.refreshToken)).body.code).toBe('refresh_token_reused');
  expect((await refresh(second.refreshToken)).body.code).toBe('invalid_refresh_token');
  expect((await app.anyone.with(second.accessToken).get('/v1/me')).status).toBe(401);
  expect((await app.as(shopper).get('/v1/me')).status).toBe(401);
});

it('ends the session when an old token comes back although its successor was used, however soon', async () => {
  const shopper = await app.shopper();
  const { body: second } = await refresh(shopper.refreshToken);
  const { body: third } = await refresh(second.refreshToken);
  expect((await refresh(shopper.refreshToken)).body.code).toBe('refresh_token_reused');
  expect((await app.anyone.with(third.accessToken).get('/v1/me')).status).toBe(401);
});

it('finds out a thief who shared the grace as soon as both go on', async () => {
  const shopper = await app.shopper();
  const { body: own } = await refresh(shopper.refreshToken);
  const { body: stolen } = await refresh(shopper.refreshToken);
  expect((await refresh(own.refreshToken)).status).toBe(200);
  await age(shopper, { tokens: '10 minutes' });
  expect((await refresh(stolen.refreshToken)).body.code).toBe('refresh_token_reused');
});

it('lets one of many old tokens that come back at once do no more than one does', async () => {
  const shopper = await app.shopper();
  await refresh(shopper.refreshToken);
  await age(shopper, { tokens: '1 minute' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(shopper.refreshToken)));
  expect(answers.filter(({ status }) => status === 200)).toEqual([]);
  expect(answers.map(({ body }) => body.code)).toContain('refresh_token_reused');
});

it('gives no tokens to a refresh that has begun when its session ends', async () => {
  const shopper = await app.shopper();
  const revoke = `UPDATE auth.sessions SET revoked_at = now(), revoked_because = 'test' WHERE id = $1`;
  const answer = await inTheWayOf(app, { sql: revoke, params: [sessionOf(shopper)], waiting: 1 }, () =>
    refresh(shopper.refreshToken),
  );
  expect(answer.body.code).toBe('invalid_refresh_token');
});

it('keeps in the database nothing from which a refresh token could be told', async () => {
  const shopper = await app.shopper();
  const { body } = await refresh(shopper.refreshToken);
  const rows = await app.db.query<{ row: string }>('SELECT t::text AS row FROM auth.refresh_tokens t');
  for (const { refreshToken } of [shopper, body]) {
    const secret = Buffer.from(refreshToken);
    expect(rows.filter(({ row }) => row.includes(secret.toString()) || row.includes(secret.toString('hex')))).toEqual(
      [],
    );
  }
});

it('lets a session lapse that is not used for long', async () => {
  const shopper = await app.shopper();
  await age(shopper, { session: '29 days' });
  const { body } = await refresh(shopper.refreshToken);
  await age(shopper, { session: '31 days' });
  expect((await refresh(body.refreshToken)).body.code).toBe('invalid_refresh_token');
});

it('ends a session that is used all the time, in the end, and no access token outlives it', async () => {
  let { refreshToken, ...shopper } = await app.shopper();
  const person = { ...shopper, refreshToken };
  for (let month = 0; month < 4; month++) {
    await age(person, { session: month < 3 ? '25 days' : '14 days 23 hours 58 minutes' });
    const { status, body } = await refresh(refreshToken);
    expect(status).toBe(200);
    if (month < 3) expect(body.expiresIn).toBe(600);
    else expect(body.expiresIn).toBeLessThanOrEqual(120);
    refreshToken = body.refreshToken;
  }
  await age(person, { session: '2 minutes' });
  expect((await refresh(refreshToken)).body.code).toBe('invalid_refresh_token');
});

it('forgets sessions and their tokens once they have expired, and no others', async () => {
  const [lapsed, revoked, alive] = [await app.shopper(), await app.shopper(), await app.shopper()];
  for (const { refreshToken } of [lapsed, revoked, alive]) await refresh(refreshToken);
  await app.as(revoked).post('/v1/auth/logout');
  await age(lapsed, { session: '31 days' });
  await app.service(Jobs).run('auth.forget-sessions');
  const left = async (person: Person) => {
    const [row] = await app.db.query(
      `SELECT (SELECT count(*) FROM auth.sessions WHERE id = $1) AS sessions,
              (SELECT count(*) FROM auth.refresh_tokens WHERE session_id = $1) AS tokens`,
      [sessionOf(person)],
    );
    return row;
  };
  expect(await left(lapsed)).toEqual({ sessions: 0, tokens: 0 });
  for (const person of [revoked, alive]) expect(await left(person)).toEqual({ sessions: 1, tokens: 2 });
});
