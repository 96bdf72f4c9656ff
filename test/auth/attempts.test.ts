import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOf } from '#src/auth/throttling/attempt-keys.js';
import { Jobs } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { type Booted, boot } from '../support/boot.js';
import { type Answer, Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';

const LIMITS = {
  GALLEY_ATTEMPTS_PER_ACCOUNT: '5',
  GALLEY_ATTEMPTS_PER_ADDRESS: '20',
  GALLEY_TRUST_PROXY: 'true',
};
const app = galley(LIMITS);
let other: Booted;

beforeAll(async () => {
  other = await boot({ DATABASE_URL: app.databaseUrl, ...LIMITS });
});
afterAll(() => other.close());

let addresses = 0;
/** An address that has not been seen yet. */
const newAddress = (): string => `198.51.${Math.floor(++addresses / 250)}.${(addresses % 250) + 1}`;

interface Attempt {
  email: string;
  password?: string;
  from: string;
  at?: string;
}

const attempt = ({ email, password = 'not the password', from, at = app.url }: Attempt): Promise<Answer> =>
  new Client(at).post('/v1/auth/login', { email, password }, { 'x-forwarded-for': from });

async function codes(count: number, one: (index: number) => Attempt): Promise<string[]> {
  const answers: string[] = [];
  for (let index = 0; index < count; index++) answers.push((await attempt(one(index))).body.code ?? 'signed in');
  return answers;
}

const wrong = (count: number): string[] => Array<string>(count).fill('invalid_credentials');
const unknown = (): string => `${randomUUID()}@example.com`;

/** As if so much time had passed since the last attempts. */
async function pass(time: string): Promise<void> {
  await app.db.query(
    `UPDATE auth.sign_in_attempts SET counted_at = counted_at - $1::interval, blocked_until = blocked_until - $1::interval,
            trusted_at = trusted_at - $1::interval, updated_at = updated_at - $1::interval`,
    [time],
  );
}

/** Fails so often, and then is not looked at any more. A slow machine must not outlast the delay, so it is made longer. */
async function refusesAfter(failures: number, one: (index: number) => Attempt): Promise<void> {
  expect(await codes(failures, one)).toEqual(wrong(failures));
  await pass('-1 minute');
  expect(await codes(3, one)).toEqual(Array(3).fill('too_many_attempts'));
}

/** Someone whose account has been made elsewhere: no address is known to belong to them. */
async function owner(): Promise<Person> {
  const person = await app.shopper();
  await pass('91 days');
  return person;
}

it('makes an account wait longer after each failure past the first few', async () => {
  const { email } = await owner();
  const from = newAddress();
  expect(await codes(5, () => ({ email, from }))).toEqual(wrong(5));
  const delays: number[] = [];
  for (let failure = 0; failure < 8; failure++) {
    const { status, headers } = await attempt({ email, from });
    expect(status).toBe(429);
    delays.push(Number(headers['retry-after']));
    await pass(`${delays.at(-1)} seconds`);
    expect((await attempt({ email, from })).status).toBe(401);
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 64]);
});

it('counts the same in every process', async () => {
  const { email } = await owner();
  const from = newAddress();
  await refusesAfter(5, (index) => ({ email, from, at: index % 2 ? other.url : app.url }));
});

it('looks at no more of them when they all come at once', async () => {
  const { email } = await owner();
  expect(await codes(4, () => ({ email, from: newAddress() }))).toEqual(wrong(4));
  // All of them have seen that one more is free, before any is counted.
  const lock = { sql: 'SELECT FROM auth.sign_in_attempts FOR UPDATE', waiting: 8 };
  const answers = await inTheWayOf(app, lock, () =>
    Promise.all(Array.from({ length: 8 }, () => attempt({ email, from: newAddress(), at: other.url }))),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([401, ...Array(7).fill(429)]);
});

it('slows down who guesses the password of one account from many addresses', async () => {
  const { email } = await owner();
  await refusesAfter(5, () => ({ email, from: newAddress() }));
});

it('slows down who tries many accounts from one address, and nobody elsewhere', async () => {
  const from = newAddress();
  await refusesAfter(20, () => ({ email: unknown(), from }));
  const { email, password } = await owner();
  expect((await attempt({ email, password, from: newAddress() })).status).toBe(200);
});

describe('A registration', () => {
  const register = (email: string, from: string, { at = app.url, password = 'correct horse battery' } = {}) =>
    new Client(at).post('/v1/auth/register', { email, password }, { 'x-forwarded-for': from });

  it('that meets a taken address counts for where it comes from, in every process, and not for the account', async () => {
    const { email, password } = await owner();
    const from = newAddress();
    for (let count = 0; count < 20; count++) {
      const { body } = await register(email, from, { at: count % 2 ? other.url : app.url });
      expect(body.code).toBe('email_taken');
    }
    await pass('-1 minute');
    for (const answer of [await register(email, from), await register(unknown(), from, { at: other.url })]) {
      expect([answer.status, answer.body.code]).toEqual([429, 'too_many_attempts']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await attempt({ email: unknown(), from })).status).toBe(429);
    expect((await register(unknown(), newAddress())).status).toBe(201);
    for (let count = 0; count < 4; count++) expect((await attempt({ email, from: newAddress() })).status).toBe(401);
    expect((await attempt({ email, password, from: newAddress() })).status).toBe(200);
  });

  it('is not looked at past the limit when many come at once', async () => {
    const { email } = await owner();
    const from = newAddress();
    for (let count = 0; count < 19; count++) await register(email, from);
    const lock = { sql: 'SELECT FROM auth.sign_in_attempts FOR UPDATE', waiting: 4 };
    const answers = await inTheWayOf(app, lock, () =>
      Promise.all(Array.from({ length: 4 }, () => register(email, from, { at: other.url }))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([409, 429, 429, 429]);
  });

  it('that succeeds, or is refused for what was typed, counts nothing', async () => {
    const { email } = await owner();
    const from = newAddress();
    for (let count = 0; count < 18; count++) await register(email, from);
    for (let count = 0; count < 3; count++) {
      expect((await register(unknown(), from)).status).toBe(201);
      expect((await register(email, from, { password: 'password123' })).status).toBe(422);
    }
    expect([(await register(email, from)).status, (await register(email, from)).status]).toEqual([409, 409]);
    await pass('-1 minute');
    expect((await register(email, from)).status).toBe(429);
  });
});

it('takes the addresses of one IPv6 network for one', async () => {
  await refusesAfter(20, (index) => ({ email: unknown(), from: `2001:db8:7:9::${index + 1}` }));
  expect(networkOf('2001:db8::1')).toBe(networkOf('2001:0DB8:0:0:ffff::2'));
  expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8::1'));
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0');
});

it('tells nobody whether there is an account', async () => {
  const seen: unknown[] = [];
  for (const email of [(await owner()).email, unknown()]) {
    const from = newAddress();
    const answers: unknown[] = [];
    for (let tried = 0; tried < 8; tried++) {
      if (tried === 5) await pass('-1 minute');
      const { status, headers, body } = await attempt({ email, from });
      answers.push([status, headers['retry-after'], body.code, body.detail]);
    }
    seen.push(answers);
  }
  expect(seen[0]).toEqual(seen[1]);
});

it('locks no owner out of an account that strangers attack: an address they have used is theirs', async () => {
  const { email, password } = await owner();
  const home = newAddress();
  expect((await attempt({ email, password, from: home })).status).toBe(200);
  await refusesAfter(5, () => ({ email, from: newAddress() }));
  expect((await attempt({ email, password, from: newAddress() })).status).toBe(429);
  for (let tried = 0; tried < 3; tried++) {
    expect((await attempt({ email, password: 'mistyped', from: home })).status).toBe(401);
    expect((await attempt({ email, password, from: home })).status).toBe(200);
  }
  const { body } = await attempt({ email, password: 'mistyped', from: home });
  expect(body.code).toBe('invalid_credentials');
});

it('lets owners in from a new address after a minute at most, and forgets what was before', async () => {
  const { email, password } = await owner();
  for (let failure = 0; failure < 20; failure++) {
    await attempt({ email, from: newAddress() });
    await pass('65 seconds');
  }
  expect((await attempt({ email, password, from: newAddress() })).status).toBe(200);
  expect(await codes(5, () => ({ email, from: newAddress() }))).toEqual(wrong(5));
});

it('bounds also what a neighbour may try behind the address of an owner', async () => {
  const { email, password } = await owner();
  const home = newAddress();
  await attempt({ email, password, from: home });
  expect(await codes(50, () => ({ email, from: home }))).toEqual(wrong(50));
  await pass('-1 minute');
  // Now the address is one of many.
  await refusesAfter(5, () => ({ email, from: home }));
  await pass('3 minutes');
  expect((await attempt({ email, password, from: home })).status).toBe(200);
});

it('does not give an address a fresh start for signing in to an account of its own', async () => {
  const own = await owner();
  const from = newAddress();
  for (let round = 0; round < 4; round++) {
    expect(await codes(5, () => ({ email: unknown(), from }))).toEqual(wrong(5));
    await attempt({ email: own.email, password: own.password, from });
  }
  await pass('-1 minute');
  expect((await attempt({ email: unknown(), from })).status).toBe(429);
});

it('does not even read the hash of a password while an attempt has to wait', async () => {
  const { email, password } = await owner();
  await refusesAfter(5, () => ({ email, from: newAddress() }));
  const statements = await app.statements(() => attempt({ email, password, from: newAddress() }));
  expect(statements).toHaveLength(1);
});

it('knows the address from which an account was made', async () => {
  const from = newAddress();
  const email = unknown();
  const password = 'correct horse battery';
  await app.anyone.post('/v1/auth/register', { email, password }, { 'x-forwarded-for': from });
  await codes(6, () => ({ email, from: newAddress() }));
  expect((await attempt({ email, password, from })).status).toBe(200);
});

it('keeps no address and no e-mail address, and forgets what has no say any more', async () => {
  const { email, password } = await owner();
  const [home, stranger] = [newAddress(), newAddress()];
  await attempt({ email, password, from: home });
  await attempt({ email, from: stranger });
  const rows = await app.db.query<{ row: string }>('SELECT a::text AS row FROM auth.sign_in_attempts a');
  expect(rows.filter(({ row }) => [email, home, stranger].some((word) => row.includes(word)))).toEqual([]);
  const count = async () => {
    const [row] = await app.db.query(
      `SELECT count(*) FILTER (WHERE trusted_at IS NULL) AS failures, count(trusted_at) AS trusted
       FROM auth.sign_in_attempts`,
    );
    return row as { failures: number; trusted: number };
  };
  const before = await count();
  await pass('3 days');
  await app.service(Jobs).run('auth.forget-attempts');
  const after = await count();
  expect(before.failures).toBeGreaterThan(0);
  expect(after.failures).toBe(0);
  expect(after.trusted).toBeGreaterThan(0);
  await pass('91 days');
  await app.service(Jobs).run('auth.forget-attempts');
  expect(await count()).toEqual({ failures: 0, trusted: 0 });
});
