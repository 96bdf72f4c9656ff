import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Notifications } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { type Booted, boot } from '../support/boot.js';
import { Client } from '../support/client.js';
import { type GalleyProcess, startProcess } from '../support/process.js';
import { openProxy } from '../support/proxy.js';

const app = galley();
/** Another process on the same database. */
let other: GalleyProcess;
/** One that starts late. */
let third: Booted | undefined;

beforeAll(async () => {
  other = await startProcess({ DATABASE_URL: app.databaseUrl });
});
afterAll(async () => {
  await third?.close();
  await other.kill();
});

const atOther = ({ accessToken }: { accessToken: string }): Client => new Client(other.url, accessToken);

/** The same person, signed in on another device. */
async function again({ email, password }: Person, userAgent = 'till'): Promise<Person> {
  const { body } = await app.anyone.post('/v1/auth/login', { email, password }, { 'user-agent': userAgent });
  return { ...body, id: body.user.id, email, password };
}

/** As if NOTIFY had been lost. */
const revokeUnheard = ({ id }: Person) =>
  app.db.query(`UPDATE auth.sessions SET revoked_at = now(), revoked_because = 'test' WHERE user_id = $1`, [id]);

const sessionsOf = async (person: Person) => (await app.as(person).get('/v1/auth/sessions')).body.data;

/** Milliseconds until the token no longer works in that process. */
async function endsWithin(client: Client): Promise<number> {
  const began = performance.now();
  await expect.poll(async () => (await client.get('/v1/me')).status, { interval: 5, timeout: 5000 }).toBe(401);
  return performance.now() - began;
}

it('lists the devices, and says which one asks', async () => {
  const phone = await app.shopper();
  const till = await again(phone, 'Till/2.0 (Linux)');
  const [newest, first] = await sessionsOf(phone);
  expect(newest).toMatchObject({ current: false, userAgent: 'Till/2.0 (Linux)', address: '127.0.0.1' });
  expect(first.current).toBe(true);
  expect((await sessionsOf(till)).map(({ current }: { current: boolean }) => current)).toEqual([true, false]);
  const days = (Date.parse(newest.expiresAt) - Date.parse(newest.lastUsedAt)) / 86_400_000;
  expect(days).toBeCloseTo(30, 3);
});

it('shows from where a session was used last', async () => {
  const shopper = await app.shopper();
  const [before] = await sessionsOf(shopper);
  await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken }, { 'user-agent': 'newer' });
  const [after] = await sessionsOf(shopper);
  expect(after).toMatchObject({ id: before.id, userAgent: 'newer', createdAt: before.createdAt });
  expect(Date.parse(after.lastUsedAt)).toBeGreaterThan(Date.parse(before.lastUsedAt));
});

it('pages through the devices, of the caller only', async () => {
  const shopper = await app.shopper();
  for (let device = 0; device < 4; device++) await again(shopper, `device ${device}`);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await app.as(shopper).get(`/v1/auth/sessions?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
    const stolen = await app.as(await app.shopper()).get(`/v1/auth/sessions?limit=2&cursor=${cursor}`);
    if (cursor) expect(stolen.body.code).toBe('invalid_cursor');
  }
  expect(new Set(seen).size).toBe(5);
  expect(seen).toEqual([...seen].sort().reverse());
});

it('leaves out sessions that have ended', async () => {
  const shopper = await app.shopper();
  const gone = await again(shopper);
  await app.as(gone).post('/v1/auth/logout');
  expect(await sessionsOf(shopper)).toHaveLength(1);
});

it('ends the session of another device at once, in this process and within a second in others', async () => {
  const phone = await app.shopper();
  const till = await again(phone);
  expect((await atOther(till).get('/v1/me')).status).toBe(200);
  const [{ id }] = await sessionsOf(phone);
  expect((await app.as(phone).delete(`/v1/auth/sessions/${id}`)).status).toBe(204);
  expect((await app.as(till).get('/v1/me')).status).toBe(401);
  expect(await endsWithin(atOther(till))).toBeLessThan(1000);
  expect((await app.anyone.post('/v1/auth/refresh', { refreshToken: till.refreshToken })).status).toBe(401);
  expect((await atOther(phone).get('/v1/me')).status).toBe(200);
  expect((await app.as(phone).delete(`/v1/auth/sessions/${id}`)).status).toBe(404);
});

it('lets nobody end the session of someone else, or learn that there is one', async () => {
  const owner = await app.shopper();
  const [{ id }] = await sessionsOf(owner);
  const thief = app.as(await app.staff());
  const [theirs, none] = [
    await thief.delete(`/v1/auth/sessions/${id}`),
    await thief.delete(`/v1/auth/sessions/${randomUUID()}`),
  ];
  expect([theirs.status, none.status]).toEqual([404, 404]);
  expect(theirs.body.detail.replace(id, '')).toBe(none.body.detail.replace(/[\da-f-]{36}/, ''));
  expect((await app.as(owner).get('/v1/me')).status).toBe(200);
});

it('signs out everywhere: each device, in each process, and nobody else', async () => {
  const phone = await app.shopper();
  const devices = [phone, await again(phone), await again(phone)];
  const bystander = await app.shopper();
  expect((await app.as(phone).delete('/v1/auth/sessions')).status).toBe(204);
  for (const device of devices) {
    expect((await app.as(device).get('/v1/me')).status).toBe(401);
    expect(await endsWithin(atOther(device))).toBeLessThan(1000);
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken: device.refreshToken })).status).toBe(401);
  }
  expect((await app.as(bystander).get('/v1/me')).status).toBe(200);
  expect((await app.as(await again(phone)).get('/v1/me')).status).toBe(200);
});

it('ends a session in other processes too when it signs out, and when its refresh token is used twice', async () => {
  const leaving = await app.shopper();
  await app.as(leaving).post('/v1/auth/logout');
  expect(await endsWithin(atOther(leaving))).toBeLessThan(1000);
  const robbed = await app.shopper();
  const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: robbed.refreshToken });
  await app.anyone.post('/v1/auth/refresh', { refreshToken: body.refreshToken });
  await app.anyone.post('/v1/auth/refresh', { refreshToken: robbed.refreshToken });
  expect(await endsWithin(atOther(robbed))).toBeLessThan(1000);
});

it('signs out everywhere many times at once without getting in its own way', async () => {
  const shopper = await app.shopper();
  await Promise.all(Array.from({ length: 10 }, () => again(shopper)));
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      (index % 2 ? app.as(shopper) : atOther(shopper)).delete('/v1/auth/sessions'),
    ),
  );
  // Who comes second may find the door closed already.
  expect(answers.filter(({ status }) => status !== 204 && status !== 401)).toEqual([]);
});

it('catches up with what was revoked while nobody told it: at its start, and whenever it listens again', async () => {
  const [first, second, last] = [await app.shopper(), await app.shopper(), await app.shopper()];
  const proxy = await openProxy(app.databaseUrl);
  await revokeUnheard(first);
  expect((await app.as(first).get('/v1/me')).status).toBe(200);
  third = await boot({ DATABASE_URL: proxy.url });
  const atThird = ({ accessToken }: Person) => new Client(third?.url ?? '', accessToken);
  expect((await atThird(first).get('/v1/me')).status).toBe(401);

  // The connection breaks.
  await revokeUnheard(second);
  await app.db.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'galley-listen'`,
  );
  for (const client of [app.as(second), atOther(second), atThird(second)]) await endsWithin(client);

  // The network drops the connection, and nobody is told.
  proxy.silence('galley-listen');
  await app.as(last).post('/v1/auth/logout');
  await endsWithin(atOther(last));
  expect((await atThird(last).get('/v1/me')).status).toBe(200);
  await third.nest.get(Notifications).check(50);
  await endsWithin(atThird(last));
});

it('remembers no session whose access tokens have expired', async () => {
  const shopper = await app.shopper();
  await app.db.query(`UPDATE auth.sessions SET tokens_until = now() - interval '1 second' WHERE user_id = $1`, [
    shopper.id,
  ]);
  await app.as(shopper).delete('/v1/auth/sessions');
  // Its token would have expired: that it works here shows that nobody keeps the session in mind.
  expect((await app.as(shopper).get('/v1/me')).status).toBe(200);
});
