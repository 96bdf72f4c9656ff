import { beforeAll, describe, expect, it } from 'vitest';
import { UsersService } from '#src/auth/index.js';
import { PasswordHashes } from '#src/auth/passwords/password-hashes.js';
import { galley } from '../support/app.js';
import type { Answer } from '../support/client.js';

// Hashes that can be told from none on the clock, yet are cheap.
const app = galley({ GALLEY_ARGON2_KIB: '4096' });
const ROUNDS = 30;

let known: string[];
const unknown = Array.from({ length: ROUNDS }, (_, index) => `nobody${index}@example.com`);

const login = (email: string) => app.anyone.post('/v1/auth/login', { email, password: 'something else' });
const forgot = (email: string) => app.anyone.post('/v1/auth/password/forgot', { email });

beforeAll(async () => {
  const users = app.service(UsersService);
  const accounts = unknown.map((email) => users.register(email.replace('nobody', 'somebody'), 'correct horse', null));
  known = (await Promise.all(accounts)).map(({ email }) => email);
});

/** All that an answer tells, but for what is different in every answer. */
function told({ status, headers, body }: Answer): object {
  const { date: _date, 'x-request-id': _id, ratelimit: _left, ...stable } = headers;
  return { status, headers: stable, body: body === '' ? '' : { ...body, requestId: '' } };
}

/**
 * How often one of these is slower than one of those: half of the time when they are alike, always or never when they
 * are not (Mann and Whitney's U, as a share). A busy machine slows both and changes nothing about it.
 */
const slower = (these: number[], those: number[]): number =>
  these.flatMap((one) => those.map((other) => Number(one > other))).reduce((sum, each) => sum + each) /
  (these.length * those.length);

async function took(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

describe.each([
  ['Signing in', login, 1],
  ['Asking for a new password', forgot, 0],
] as const)('%s', (_, call, hashed) => {
  it('is answered the same for an account and for none', async () => {
    expect(told(await call(known[0]!))).toEqual(told(await call(unknown[0]!)));
  });

  it('does the same work for an account and for none: the same SQL, as many hashes', async () => {
    const hashes = app.service(PasswordHashes);
    const work = async (email: string) => {
      const before = hashes.count;
      const statements = await app.statements(() => call(email));
      return { statements, hashes: hashes.count - before };
    };
    const forKnown = await work(known[1]!);
    expect(forKnown.statements.length).toBeGreaterThan(0);
    expect(forKnown.hashes).toBe(hashed);
    expect(await work(unknown[1]!)).toEqual(forKnown);
  });

  // Chance alone leaves these bounds once in a thousand times, and what differs by itself differs again.
  it('takes as long for an account as for none', { retry: 1 }, async () => {
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      const calls = [
        async () => times.known.push(await took(() => call(known[round]!))),
        async () => times.unknown.push(await took(() => call(unknown[round]!))),
      ];
      // In turns, so that whatever comes and goes slows both alike.
      for (const one of round % 2 === 0 ? calls : calls.reverse()) await one();
    }
    const share = slower(times.known, times.unknown);
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.75);
  });
});

describe('Asking for a new password', () => {
  it('stores a job for an account and for none that look alike', async () => {
    await forgot(known[2]!);
    await forgot(unknown[2]!);
    const jobs = await app.db.query<{ data: Record<string, string> }>(
      `SELECT data FROM jobs.job WHERE name = 'auth.mail-token' ORDER BY data->>'requestId' DESC LIMIT 2`,
    );
    const people = await app.db.query('SELECT id FROM auth.users WHERE id = ANY ($1)', [
      jobs.map(({ data }) => data['userId']),
    ]);
    expect(people).toHaveLength(1);
    expect(jobs.map(({ data }) => Object.keys(data).sort())).toEqual([
      ['expiresAt', 'purpose', 'requestId', 'userId'],
      ['expiresAt', 'purpose', 'requestId', 'userId'],
    ]);
  });
});
