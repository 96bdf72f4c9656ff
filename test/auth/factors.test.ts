import { afterEach, describe, expect, it, vi } from 'vitest';
import { MfaRequired } from '#src/auth/factors/factors.errors.js';
import { UsersService } from '#src/auth/index.js';
import { SignIns } from '#src/auth/sessions/sign-ins.service.js';
import { galley, type Person } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import {
  claimsOf,
  codeOf,
  type Enrolled,
  enrol,
  forgetCodes,
  halfSignIn,
  mfaTokenOf,
  owner,
  wrongCodeOf,
} from './second-factor.js';

const app = galley({ GALLEY_SHOP_NAME: 'Kitchen Shop' });

const begin = (person: Person) => app.as(person).post('/v1/auth/mfa/totp');
const confirm = (person: Person, code: string) => app.as(person).post('/v1/auth/mfa/totp/confirmation', { code });
const factorsOf = async (person: Person) => (await app.as(person).get('/v1/auth/mfa')).body;
const finish = (mfaToken: string, code: string) => app.anyone.post('/v1/auth/login/mfa', { mfaToken, code });
const enrolled = async (): Promise<Enrolled> => enrol(app, await app.shopper());

async function signIn(person: Enrolled, code = codeOf(person)) {
  return finish(await mfaTokenOf(app, person), code);
}

const subjectsTo = async (email: string): Promise<string[]> => (await app.mailTo(email)).map(({ subject }) => subject);

/** The token in the newest mail of this subject. */
const mailedToken = async (email: string, subject: string): Promise<string> =>
  (await app.mailTo(email)).find((mail) => mail.subject === subject)!.token;

const actsOn = async (id: string): Promise<string[]> => {
  const rows = await app.db.query<{ action: string }>(
    'SELECT action FROM auth.audit_log WHERE object_id = $1 OR actor_id = $1::uuid ORDER BY id',
    [id],
  );
  return rows.map(({ action }) => action);
};

describe('Setting up an authenticator app', () => {
  it('gives what apps read, and asks for nothing before it is confirmed', async () => {
    const shopper = await owner(app);
    const { status, body } = await begin(shopper);
    expect(status).toBe(200);
    expect(body.secret).toMatch(/^[A-Z2-7]{32}$/);
    const uri = new URL(body.uri);
    expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
      'otpauth:',
      'totp',
      `/Kitchen Shop:${shopper.email}`,
    ]);
    expect(Object.fromEntries(uri.searchParams)).toEqual({ secret: body.secret, issuer: 'Kitchen Shop' });
    expect(Buffer.from(body.qrCode.split(',')[1], 'base64').toString()).toMatch(/^<svg .*<\/svg>$/s);
    expect((await halfSignIn(app, shopper)).status).toBe(200);
    expect(await factorsOf(shopper)).toEqual({ required: false, totp: false, passkeys: 0, recoveryCodesLeft: 0 });
  });

  it('is done with a code, and gives ten recovery codes', async () => {
    const shopper = await owner(app);
    const { secret } = (await begin(shopper)).body;
    expect((await confirm(shopper, wrongCodeOf({ secret }))).body.code).toBe('wrong_code');
    const { status, body } = await confirm(shopper, codeOf({ secret }));
    expect(status).toBe(200);
    expect(new Set(body.recoveryCodes).size).toBe(10);
    for (const code of body.recoveryCodes) expect(code).toMatch(/^\d[0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(await factorsOf(shopper)).toEqual({ required: false, totp: true, passkeys: 0, recoveryCodesLeft: 10 });
    expect((await halfSignIn(app, shopper)).body).toMatchObject({
      status: 401,
      code: 'mfa_required',
      methods: ['totp', 'recovery_code'],
    });
  });

  it('ends other sessions, makes this one one of two factors, is on record and mailed', async () => {
    const shopper = await owner(app);
    const elsewhere = (await halfSignIn(app, shopper)).body;
    const person = await enrol(app, shopper);
    expect((await app.anyone.with(elsewhere.accessToken).get('/v1/me')).status).toBe(401);
    expect(claimsOf(person.accessToken).amr.sort()).toEqual(['mfa', 'otp', 'pwd']);
    expect(await actsOn(shopper.id)).toContain('totp.added');
    expect(await subjectsTo(shopper.email)).toContain('An authenticator app was added');
  });

  it('is begun anew with another secret, and not when there is one', async () => {
    const shopper = await owner(app);
    const first = (await begin(shopper)).body.secret;
    const second = (await begin(shopper)).body.secret;
    expect(second).not.toBe(first);
    expect((await confirm(shopper, codeOf({ secret: first }))).body.code).toBe('wrong_code');
    expect((await confirm(shopper, codeOf({ secret: second }))).status).toBe(200);
    expect((await confirm(shopper, codeOf({ secret: second }, 1))).body.code).toBe('totp_not_begun');
    const refreshed = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
    expect((await app.anyone.with(refreshed.body.accessToken).post('/v1/auth/mfa/totp')).body.code).toBe('totp_active');
  });

  it('happens once, however many confirm at once', async () => {
    const shopper = await owner(app);
    const { secret } = (await begin(shopper)).body;
    const answers = await Promise.all(Array.from({ length: 8 }, () => confirm(shopper, codeOf({ secret }))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await factorsOf(shopper)).toMatchObject({ recoveryCodesLeft: 10 });
  });

  it('has to be finished within 15 minutes', async () => {
    const shopper = await owner(app);
    const { secret } = (await begin(shopper)).body;
    await app.db.query(`UPDATE auth.totp_factors SET created_at = now() - interval '16 minutes' WHERE user_id = $1`, [
      shopper.id,
    ]);
    expect((await confirm(shopper, codeOf({ secret }))).body.code).toBe('totp_not_begun');
  });

  it('needs a recent sign-in', async () => {
    const shopper = await owner(app);
    await app.db.query(`UPDATE auth.sessions SET authenticated_at = now() - interval '1 day' WHERE user_id = $1`, [
      shopper.id,
    ]);
    const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
    const old = { ...shopper, ...body };
    for (const answer of [
      await begin(old),
      await confirm(old, '123456'),
      await app.as(old).delete('/v1/auth/mfa/totp'),
      await app.as(old).post('/v1/auth/mfa/recovery-codes'),
    ])
      expect(answer.body.code).toBe('recent_sign_in_required');
  });

  it('is missed by no sign-in that runs at the same time', async () => {
    const shopper = await owner(app);
    const { status } = await inTheWayOf(
      app,
      { sql: 'UPDATE auth.users SET second_factor = true WHERE id = $1', params: [shopper.id], waiting: 1 },
      () => halfSignIn(app, shopper),
    );
    expect(status).toBe(401);
  });

  it('finds nobody to set it up, or to prove it, for an account that goes at that moment', async () => {
    /** The account is erased first, and `request` waits for that. */
    const whileErasing = (person: Person, request: () => Promise<Answer>) =>
      inTheWayOf(
        app,
        // Erasing has the account by then.
        { sql: 'SELECT FROM customers.customers WHERE user_id = $1 FOR UPDATE', params: [person.id], waiting: 2 },
        async () => {
          const erasing = app.as(person).delete('/v1/me');
          await expect.poll(() => waiting(), { interval: 5 }).toBe(1);
          const answer = await request();
          expect((await erasing).status).toBe(204);
          return answer.status;
        },
      );
    const waiting = async () =>
      (
        await app.db.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
      )[0]?.count;
    const beginner = await owner(app);
    await app.runDue();
    expect(await whileErasing(beginner, () => begin(beginner))).toBe(401);
    const person = await enrolled();
    await app.runDue();
    const mfaToken = await mfaTokenOf(app, person);
    const prove = () => app.anyone.post('/v1/auth/login/mfa', { mfaToken, code: codeOf(person) });
    expect(await whileErasing(person, prove)).toBe(401);
  });

  it('leaves nothing readable in the database', async () => {
    const person = await enrolled();
    const rows = await app.db.query<{ row: string }>(
      `SELECT t::text || encode(secret, 'escape') AS row FROM auth.totp_factors t WHERE user_id = $1
       UNION ALL SELECT c::text FROM auth.recovery_codes c WHERE user_id = $1`,
      [person.id],
    );
    expect(rows).toHaveLength(11);
    const secrets = [person.secret, ...person.recoveryCodes.flatMap((code) => [code, code.replaceAll('-', '')])];
    for (const { row } of rows) expect(secrets.filter((secret) => row.includes(secret))).toEqual([]);
  });
});

describe('Removing an authenticator app', () => {
  it('makes the password enough again, and takes the recovery codes along', async () => {
    const person = await enrolled();
    expect((await app.as(person).delete('/v1/auth/mfa/totp')).status).toBe(204);
    expect((await halfSignIn(app, person)).status).toBe(200);
    expect(await factorsOf(person)).toMatchObject({ totp: false, recoveryCodesLeft: 0 });
    expect(await actsOn(person.id)).toContain('totp.removed');
    expect(await subjectsTo(person.email)).toContain('Your authenticator app was removed');
    const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: person.refreshToken });
    expect(claimsOf(body.accessToken).amr).not.toContain('mfa');
  });

  it('ends other sessions, and does nothing when there is none', async () => {
    const person = await enrolled();
    const other = (await signIn(person)).body;
    await app.as(person).delete('/v1/auth/mfa/totp');
    expect((await app.anyone.with(other.accessToken).get('/v1/me')).status).toBe(401);
    expect((await app.as(await owner(app)).delete('/v1/auth/mfa/totp')).status).toBe(204);
  });

  it('is refused to a token that says nothing of the second factor', async () => {
    const shopper = await owner(app);
    await enrol(app, shopper);
    // Given before the app was set up, and good for some minutes more.
    for (const answer of [
      await app.as(shopper).delete('/v1/auth/mfa/totp'),
      await app.as(shopper).post('/v1/auth/mfa/recovery-codes'),
      await begin(shopper),
    ])
      expect(answer.body.code).toBe('recent_sign_in_required');
  });
});

describe('Recovery codes', () => {
  it('stand in for the second factor once, however they are typed, and their use is mailed', async () => {
    const person = await enrolled();
    const [code = '', other = ''] = person.recoveryCodes;
    expect((await signIn(person, ` ${code.toLowerCase().replaceAll('-', ' ')}`)).status).toBe(200);
    expect((await signIn(person, code)).body.code).toBe('invalid_code');
    expect((await signIn(person, other)).status).toBe(200);
    expect((await app.as(person).get('/v1/auth/mfa/recovery-codes')).body).toEqual({ left: 8 });
    expect((await subjectsTo(person.email)).filter((subject) => subject === 'A recovery code was used')).toHaveLength(
      2,
    );
    expect(await actsOn(person.id)).toContain('recovery_code.used');
  });

  it('are good once when twenty use one at once', async () => {
    const person = await enrolled();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => mfaTokenOf(app, person)));
    // All of them have found it unused before any uses it.
    const lock = { sql: 'SELECT FROM auth.recovery_codes WHERE user_id = $1 FOR UPDATE', params: [person.id] };
    const answers = await inTheWayOf(app, { ...lock, waiting: 8 }, () =>
      Promise.all(tokens.slice(0, 8).map((token) => finish(token, person.recoveryCodes[3]!))),
    );
    const late = await Promise.all(tokens.slice(8).map((token) => finish(token, person.recoveryCodes[3]!)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(401)]);
    expect(late.map(({ body }) => body.code)).toEqual(Array(12).fill('invalid_code'));
  });

  it('are made anew, which ends the old ones', async () => {
    const person = await enrolled();
    const { status, body } = await app.as(person).post('/v1/auth/mfa/recovery-codes');
    expect([status, body.recoveryCodes.length]).toEqual([200, 10]);
    expect((await signIn(person, person.recoveryCodes[0])).status).toBe(401);
    expect((await signIn(person, body.recoveryCodes[0])).status).toBe(200);
    expect(await actsOn(person.id)).toContain('recovery_codes.renewed');
  });

  it('are for those who have a second factor', async () => {
    const shopper = await owner(app);
    expect((await app.as(shopper).post('/v1/auth/mfa/recovery-codes')).body.code).toBe('no_second_factor');
    expect((await app.as(shopper).get('/v1/auth/mfa/recovery-codes')).body).toEqual({ left: 0 });
  });
});

describe('Signing in with a code', () => {
  afterEach(() => void vi.useRealTimers());

  it('gives a session that says how', async () => {
    const person = await enrolled();
    const { status, body } = await signIn(person);
    expect([status, body.user.id]).toEqual([200, person.id]);
    expect(claimsOf(body.accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
    const { body: refreshed } = await app.anyone.post('/v1/auth/refresh', { refreshToken: body.refreshToken });
    expect(claimsOf(refreshed.accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('takes the codes before and after, and none further off', async () => {
    const person = await enrolled();
    // In the middle of a code's time, so that it does not run out on the way.
    vi.useFakeTimers({ toFake: ['Date'], now: Math.floor(Date.now() / 30_000) * 30_000 + 15_000 });
    for (const [steps, status] of [
      [-2, 401],
      [-1, 200],
      [0, 200],
      [1, 200],
      [2, 401],
    ] as const)
      expect([steps, (await signIn(person, codeOf(person, steps))).status]).toEqual([steps, status]);
  });

  it('takes no code twice, and none older than the newest it took', async () => {
    const person = await enrolled();
    const code = codeOf(person);
    const before = codeOf(person, -1);
    expect((await signIn(person, code)).status).toBe(200);
    for (const old of [code, before]) expect((await signIn(person, old)).body.code).toBe('invalid_code');
    // Not in another place either.
    expect((await app.as(person).post('/v1/auth/step-up', { password: person.password, code })).status).toBe(422);
    expect((await signIn(person, codeOf(person, 1))).status).toBe(200);
  });

  it('takes it once when twenty send it at once', async () => {
    const person = await enrolled();
    const code = codeOf(person);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => mfaTokenOf(app, person)));
    const lock = { sql: 'SELECT FROM auth.totp_factors WHERE user_id = $1 FOR UPDATE', params: [person.id] };
    const answers = await inTheWayOf(app, { ...lock, waiting: 8 }, () =>
      Promise.all(tokens.slice(0, 8).map((token) => finish(token, code))),
    );
    answers.push(...(await Promise.all(tokens.slice(8).map((token) => finish(token, code)))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(401)]);
  });

  it('takes no code of another account', async () => {
    const [mine, theirs] = [await enrolled(), await enrolled()];
    expect((await signIn(mine, codeOf(theirs))).status).toBe(401);
    expect((await signIn(mine, theirs.recoveryCodes[0])).status).toBe(401);
    expect((await signIn(theirs)).status).toBe(200);
  });

  it('is not helped by the secret of another row', async () => {
    const [mine, theirs] = [await enrolled(), await enrolled()];
    await app.db.query(
      `UPDATE auth.totp_factors SET secret = (SELECT secret FROM auth.totp_factors WHERE user_id = $2) WHERE user_id = $1`,
      [theirs.id, mine.id],
    );
    expect((await signIn(theirs, codeOf(mine))).status).toBe(500);
  });
});

describe('The token between the factors', () => {
  it('ends in one session, however many end with it', async () => {
    const person = await enrolled();
    const token = await mfaTokenOf(app, person);
    const codes = [codeOf(person), ...person.recoveryCodes.slice(0, 3)];
    const answers = await Promise.all(codes.map((code) => finish(token, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    expect((await finish(token, person.recoveryCodes[9]!)).body.code).toBe('invalid_mfa_token');
  });

  it('is dead after five wrong codes', async () => {
    const person = await enrolled();
    const token = await mfaTokenOf(app, person);
    for (let wrong = 0; wrong < 5; wrong++)
      expect((await finish(token, wrongCodeOf(person))).body.code).toBe('invalid_code');
    expect((await finish(token, codeOf(person))).body.code).toBe('invalid_mfa_token');
    expect((await signIn(person)).status).toBe(200);
  });

  it('is dead after five minutes, and stored only as a hash', async () => {
    const person = await enrolled();
    const token = await mfaTokenOf(app, person);
    const rows = await app.db.query<{ row: string }>('SELECT p::text AS row FROM auth.pending_sign_ins p');
    expect(rows.filter(({ row }) => row.includes(token) || row.includes(Buffer.from(token).toString('hex')))).toEqual(
      [],
    );
    await app.db.query(`UPDATE auth.pending_sign_ins SET expires_at = now() WHERE user_id = $1`, [person.id]);
    expect((await finish(token, codeOf(person))).body.code).toBe('invalid_mfa_token');
  });

  it('is nothing but that: no access token, no refresh token', async () => {
    const person = await enrolled();
    const token = await mfaTokenOf(app, person);
    expect((await app.anyone.with(token).get('/v1/me')).status).toBe(401);
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken: token })).status).toBe(401);
  });

  it('belongs to its account: with the code of another it opens neither', async () => {
    const [mine, theirs] = [await enrolled(), await enrolled()];
    const token = await mfaTokenOf(app, theirs);
    expect((await finish(token, codeOf(mine))).status).toBe(401);
  });

  it('is dead when the password is another, or the factors are gone', async () => {
    const person = await enrolled();
    const token = await mfaTokenOf(app, person);
    await app.anyone.post('/v1/auth/password/forgot', { email: person.email });
    const reset = await mailedToken(person.email, 'Reset your password');
    const password = 'a new staple for the horse';
    expect((await app.anyone.post('/v1/auth/password/reset', { token: reset, password })).status).toBe(204);
    expect((await finish(token, codeOf(person))).body.code).toBe('invalid_mfa_token');
  });
});

describe('The second factor', () => {
  it('is seen by staff as soon as it is there, although the version of the account stays', async () => {
    const shopper = await owner(app);
    const staff = app.as(await app.staff());
    const before = await staff.get(`/v1/users/${shopper.id}`);
    await enrol(app, shopper);
    const again = await staff.get(`/v1/users/${shopper.id}`, { 'if-none-match': before.headers['etag']! });
    expect([again.status, again.body.version]).toEqual([200, before.body.version]);
    expect([before.body.secondFactor, again.body.secondFactor]).toEqual([false, true]);
  });

  it('stays when the password is reset or changed', async () => {
    const shopper = await app.shopper();
    await app.as(shopper).post('/v1/auth/email/verification');
    const verification = await mailedToken(shopper.email, 'Confirm your e-mail address');
    expect((await app.anyone.post('/v1/auth/email/verify', { token: verification })).status).toBe(204);
    const person = await enrol(app, shopper);
    await app.anyone.post('/v1/auth/password/forgot', { email: person.email });
    const reset = await mailedToken(person.email, 'Reset your password');
    const password = 'a new staple for the horse';
    await app.anyone.post('/v1/auth/password/reset', { token: reset, password });
    // Its sessions have ended, and a new one needs the code.
    expect((await app.anyone.post('/v1/auth/refresh', { refreshToken: person.refreshToken })).status).toBe(401);
    const half = await halfSignIn(app, { ...person, password });
    expect(half.body.code).toBe('mfa_required');
    const { body } = await finish(half.body.mfaToken, codeOf(person));
    const next = 'another staple for the horse';
    await app.anyone
      .with(body.accessToken)
      .post('/v1/auth/password/change', { currentPassword: password, newPassword: next });
    expect((await halfSignIn(app, { ...person, password: next })).body.code).toBe('mfa_required');
  });

  it('is asked for whichever way a sign-in comes, once for what comes along', async () => {
    const person = await enrolled();
    const account = (await app.service(UsersService).find(person.id))!;
    let along = 0;
    const proof = { methods: ['fed' as const], along: async () => void along++ };
    const device = { address: '127.0.0.1', userAgent: null };
    const refused = await app
      .service(SignIns)
      .complete(account, device, proof)
      .catch((error: MfaRequired) => error);
    expect(refused).toBeInstanceOf(MfaRequired);
    expect(along).toBe(1);
    const { mfaToken } = (refused as MfaRequired).extra as { mfaToken: string };
    const { status, body } = await finish(mfaToken, codeOf(person));
    expect([status, claimsOf(body.accessToken).amr]).toEqual([200, ['fed', 'otp', 'mfa']]);
  });

  it('is not told to who does not know the password', async () => {
    const person = await enrolled();
    const { body } = await halfSignIn(app, { ...person, password: 'not the password' });
    expect([body.code, body.mfaToken]).toEqual(['invalid_credentials', undefined]);
  });

  it('is asked for again once codes were used: the hourly job forgets only what has ended', async () => {
    const person = await enrolled();
    const token = await mfaTokenOf(app, person);
    await forgetCodes(app, person);
    const { Jobs } = await import('#src/platform/index.js');
    await app.service(Jobs).run('auth.forget-half-sign-ins');
    expect((await finish(token, codeOf(person))).status).toBe(200);
  });
});
