import { afterAll, beforeAll, expect, it } from 'vitest';
import { galley } from '../support/app.js';
import { type Booted, boot } from '../support/boot.js';
import { type Answer, Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { codeOf, type Enrolled, enrol, wrongCodeOf } from './second-factor.js';

const LIMITS = { GALLEY_ATTEMPTS_PER_ACCOUNT: '5', GALLEY_TRUST_PROXY: 'true' };
const app = galley(LIMITS);
let other: Booted;

beforeAll(async () => {
  other = await boot({ DATABASE_URL: app.databaseUrl, GALLEY_DATA_DIR: app.dataDir, ...LIMITS });
});
afterAll(() => other.close());

let addresses = 0;
const newAddress = (): string => `198.51.100.${(++addresses % 250) + 1}`;

/** Signs in anew, from another address and in the other process each time, and tries a code. */
async function guess(person: Enrolled, code = wrongCodeOf(person)) {
  const client = new Client(addresses % 2 ? other.url : app.url);
  const from = { 'x-forwarded-for': newAddress() };
  // What is counted here is the codes: the password is always right.
  await app.db.query('DELETE FROM auth.sign_in_attempts');
  const { email, password } = person;
  const { body } = await client.post('/v1/auth/login', { email, password }, from);
  return client.post('/v1/auth/login/mfa', { mfaToken: body.mfaToken, code }, from);
}

async function pass(seconds: number): Promise<void> {
  await app.db.query(
    `UPDATE auth.code_attempts SET counted_at = counted_at - make_interval(secs => $1), blocked_until = blocked_until - make_interval(secs => $1)`,
    [seconds],
  );
}

const enrolled = async () => enrol(app, await app.shopper());

it('makes codes wait longer and longer, whatever token, address and process they come through', async () => {
  const person = await enrolled();
  for (let wrong = 0; wrong < 5; wrong++) expect((await guess(person)).body.code).toBe('invalid_code');
  const delays: number[] = [];
  for (let wrong = 0; wrong < 14; wrong++) {
    const { status, headers } = await guess(person);
    expect(status).toBe(429);
    delays.push(Number(headers['retry-after']));
    await pass(delays.at(-1)!);
    expect((await guess(person)).status).toBe(401);
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4096]);
});

it('does not look at a right code before its time, and takes it then', async () => {
  const person = await enrolled();
  for (let wrong = 0; wrong < 5; wrong++) await guess(person);
  await pass(-60);
  expect((await guess(person, codeOf(person))).status).toBe(429);
  expect((await guess(person, person.recoveryCodes[0])).status).toBe(429);
  await pass(62);
  expect((await guess(person, codeOf(person))).status).toBe(200);
  // All is forgotten.
  for (let wrong = 0; wrong < 5; wrong++) expect((await guess(person)).status).toBe(401);
});

/** Signs in once; then each code comes with the same token, to the one process or the other. */
async function withOneToken(person: Enrolled) {
  await app.db.query('DELETE FROM auth.sign_in_attempts');
  const { email, password } = person;
  const { mfaToken } = (await app.anyone.post('/v1/auth/login', { email, password })).body;
  let sent = 0;
  return (code = wrongCodeOf(person)) =>
    new Client(++sent % 2 ? other.url : app.url).post('/v1/auth/login/mfa', { mfaToken, code });
}

const codesOf = (answers: Answer[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ status, body }) => body.code ?? status)).map(([code, same]) => [
      code,
      same?.length ?? 0,
    ]),
  );

it('takes no try from the token for a code that it does not look at', async () => {
  const person = await enrolled();
  for (let wrong = 0; wrong < 5; wrong++) await guess(person);
  await pass(-60);
  const send = await withOneToken(person);
  for (let tried = 0; tried < 6; tried++) expect((await send()).status).toBe(429);
  await pass(62);
  expect((await send(codeOf(person))).status).toBe(200);
});

it('gives a token five tries in all, however many come at once and have to wait in between', async () => {
  const person = await enrolled();
  const send = await withOneToken(person);
  const answers: Answer[] = [];
  for (let round = 0; round < 7; round++) {
    answers.push(...(await Promise.all(Array.from({ length: 6 }, () => send()))));
    await pass(10_000);
  }
  const { invalid_code, too_many_attempts, invalid_mfa_token } = codesOf(answers);
  expect(invalid_code).toBe(5);
  expect((too_many_attempts ?? 0) + (invalid_mfa_token ?? 0)).toBe(37);
});

it('lets none of those that come at once pass for a wrong code without looking at it', async () => {
  const person = await enrolled();
  for (let wrong = 0; wrong < 4; wrong++) await guess(person);
  const send = await withOneToken(person);
  const answers = await inTheWayOf(
    app,
    { sql: 'SELECT FROM auth.code_attempts WHERE user_id = $1 FOR UPDATE', params: [person.id], waiting: 6 },
    () => Promise.all(Array.from({ length: 6 }, () => send())),
  );
  expect(codesOf(answers)).toEqual({ invalid_code: 1, too_many_attempts: 5 });
  await pass(10_000);
  expect((await send(codeOf(person))).status).toBe(200);
});

it('waits for no account that is being erased, nor that for it', async () => {
  const person = await enrolled();
  const send = await withOneToken(person);
  const answers = await inTheWayOf(
    app,
    { sql: 'SELECT FROM auth.users WHERE id = $1 FOR UPDATE', params: [person.id], waiting: 6 },
    () => Promise.all([app.as(person).delete('/v1/me'), ...Array.from({ length: 5 }, () => send())]),
  );
  expect(answers[0]?.status).toBe(204);
  for (const { status } of answers.slice(1)) expect(status).toBe(401);
});

it('looks at no more of them when they all come at once', async () => {
  const person = await enrolled();
  const answers = await Promise.all(Array.from({ length: 12 }, () => guess(person)));
  const looked = answers.filter(({ status }) => status === 401);
  expect(looked.filter(({ body }) => body.code === 'invalid_code').length).toBeLessThanOrEqual(5);
});

it('is no way for strangers to make the owner wait', async () => {
  const person = await enrolled();
  for (let tried = 0; tried < 20; tried++)
    await app.anyone.post('/v1/auth/login/mfa', { mfaToken: `glf_${'x'.repeat(43)}`, code: '123456' });
  expect((await guess(person, codeOf(person))).status).toBe(200);
});

it('tells the owner that somebody knows the password', async () => {
  const person = await enrolled();
  for (let wrong = 0; wrong < 5; wrong++) await guess(person);
  const subjects = (await app.mailTo(person.email)).map(({ subject }) => subject);
  expect(subjects.filter((subject) => subject === 'Someone knows your password')).toHaveLength(1);
});

it('counts codes at step-up with those at sign-in', async () => {
  const person = await enrolled();
  const stepUp = () =>
    app.as(person).post('/v1/auth/step-up', { password: person.password, code: wrongCodeOf(person) });
  for (let wrong = 0; wrong < 3; wrong++) expect((await stepUp()).body.code).toBe('wrong_code');
  for (let wrong = 0; wrong < 2; wrong++) expect((await guess(person)).body.code).toBe('invalid_code');
  await pass(-60);
  expect((await stepUp()).status).toBe(429);
});

it('leaves a half sign-in counted as a failure, and a whole one not', async () => {
  const person = await enrolled();
  const from = { 'x-forwarded-for': newAddress() };
  const { email, password } = person;
  await app.db.query('DELETE FROM auth.sign_in_attempts');
  const half = () => app.anyone.post('/v1/auth/login', { email, password }, from);
  for (let tried = 0; tried < 4; tried++) expect((await half()).body.code).toBe('mfa_required');
  const { mfaToken } = (await half()).body;
  expect((await half()).status).toBe(429);
  const whole = await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code: codeOf(person) }, from);
  expect(whole.status).toBe(200);
  expect((await half()).body.code).toBe('mfa_required');
});
