import { describe, expect, it } from 'vitest';
import { galley, type Person } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { verifyEmail } from './external.js';
import { enrol, owner } from './second-factor.js';

const app = galley();
let made = 0;
const fresh = () => `fresh${++made}-${process.pid}@example.com`;

const ask = (person: Person, email: string) => app.as(person).post('/v1/auth/email/change', { email });
const confirm = (token: string) => app.anyone.post('/v1/auth/email/change/confirmation', { token });
const login = (email: string, { password }: Person) => app.anyone.post('/v1/auth/login', { email, password });
const SUBJECT = 'Confirm your new e-mail address';

async function tokensFor(person: Person, email: string): Promise<{ old: string; fresh: string }> {
  expect((await ask(person, email)).status).toBe(204);
  const find = async (address: string) => (await app.mailTo(address)).find(({ subject }) => subject === SUBJECT)!.token;
  return { old: await find(person.email), fresh: await find(email) };
}

describe('Another e-mail address', () => {
  it.each(['old', 'fresh'] as const)(
    'is that of the account once both have said yes, the %s one first',
    async (first) => {
      const ada = await owner(app);
      const email = fresh();
      const tokens = await tokensFor(ada, email);
      expect((await confirm(tokens[first])).body).toEqual({ changed: false });
      expect((await login(ada.email, ada)).status).toBe(200);
      expect((await confirm(tokens[first === 'old' ? 'fresh' : 'old'])).body).toEqual({ changed: true });
      expect((await login(ada.email, ada)).status).toBe(401);
      const { status, body } = await login(email, ada);
      expect([status, body.user.id, body.user.email]).toEqual([200, ada.id, email]);
      expect((await app.as(ada).get('/v1/me')).status).toBe(401);
      for (const address of [ada.email, email])
        expect((await app.mailTo(address))[0]?.subject).toBe('Your e-mail address was changed');
      const [user] = await app.db.query<{ verified: boolean }>(
        'SELECT email_verified_at IS NOT NULL AS verified FROM auth.users WHERE id = $1',
        [ada.id],
      );
      expect(user?.verified).toBe(true);
      expect(await app.db.query('SELECT FROM auth.email_changes WHERE user_id = $1', [ada.id])).toEqual([]);
    },
  );

  it('is made once by both that confirm at the same time, and each token works once', async () => {
    const ada = await owner(app);
    const tokens = await tokensFor(ada, fresh());
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => confirm(index % 2 ? tokens.old : tokens.fresh)),
    );
    const done = answers.filter(({ status }) => status === 200).map(({ body }) => body.changed);
    expect(done.sort()).toEqual([false, true]);
  });

  it.each(['reset', 'change'] as const)(
    'comes to nothing when the password is taken back meanwhile: %s',
    async (how) => {
      const ada = await owner(app);
      const tokens = await tokensFor(ada, fresh());
      expect((await confirm(tokens.old)).body).toEqual({ changed: false });
      if (how === 'reset') {
        await app.anyone.post('/v1/auth/password/forgot', { email: ada.email });
        const { token } = (await app.mailTo(ada.email)).find(({ subject }) => subject === 'Reset your password')!;
        await app.anyone.post('/v1/auth/password/reset', { token, password: 'the owner’s own words' });
      } else {
        const words = { currentPassword: ada.password, newPassword: 'the owner’s own words' };
        expect((await app.as(ada).post('/v1/auth/password/change', words)).status).toBe(204);
      }
      const refused = await confirm(tokens.fresh);
      expect([refused.status, refused.body.code]).toEqual([401, 'invalid_mail_token']);
      expect((await login(ada.email, { ...ada, password: 'the owner’s own words' })).status).toBe(200);
    },
  );

  it('is not told from one that has an account; its owner is', async () => {
    const [ada, holder] = [await owner(app), await owner(app)];
    expect((await ask(ada, holder.email)).status).toBe(204);
    const subjects = (await app.mailTo(holder.email)).map(({ subject }) => subject);
    expect(subjects).toContain('You have an account already');
    expect(subjects).not.toContain(SUBJECT);
    const mail = (await app.mailTo(ada.email)).find(({ subject }) => subject === SUBJECT);
    expect((await confirm(mail!.token)).body).toEqual({ changed: false });
    expect((await login(holder.email, holder)).status).toBe(200);
  });

  it('goes to who registers it first, when that is meanwhile', async () => {
    const ada = await owner(app);
    const email = fresh();
    const tokens = await tokensFor(ada, email);
    await app.anyone.post('/v1/auth/register', { email, password: 'correct horse battery' });
    await confirm(tokens.old);
    expect((await confirm(tokens.fresh)).body.code).toBe('email_taken');
    expect((await login(ada.email, ada)).status).toBe(200);
  });

  it('is the one that was asked for last, and for an hour', async () => {
    const ada = await owner(app);
    const before = await tokensFor(ada, fresh());
    const tokens = await tokensFor(ada, fresh());
    expect((await confirm(before.fresh)).body.code).toBe('invalid_mail_token');
    await app.db.query(`UPDATE auth.email_changes SET expires_at = now() WHERE user_id = $1`, [ada.id]);
    expect((await confirm(tokens.fresh)).body.code).toBe('invalid_mail_token');
  });

  it('is asked for a few times in an hour, and only after a recent sign-in', async () => {
    const ada = await owner(app);
    for (let count = 0; count < 5; count++) expect((await ask(ada, fresh())).status).toBe(204);
    expect((await ask(ada, fresh())).body.code).toBe('too_many_email_changes');
    await app.db.query(`UPDATE auth.sessions SET authenticated_at = now() - interval '1 hour' WHERE user_id = $1`, [
      ada.id,
    ]);
    const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: ada.refreshToken });
    expect((await ask({ ...ada, ...body }, fresh())).body.code).toBe('recent_sign_in_required');
  });

  it('is asked for again once the first request is an hour old, which the refusal says', async () => {
    const ada = await owner(app);
    const pass = (minutes: number) =>
      app.db.query(
        'UPDATE auth.email_changes SET requests_since = requests_since - make_interval(mins => $2) WHERE user_id = $1',
        [ada.id, minutes],
      );
    for (let count = 0; count < 5; count++) await ask(ada, fresh());
    await pass(50);
    const answers = await Promise.all(Array.from({ length: 3 }, () => ask(ada, fresh())));
    for (const { status, headers, body } of answers) {
      expect([status, body.code]).toEqual([429, 'too_many_email_changes']);
      const wait = Number(headers['retry-after']);
      expect(wait).toBeGreaterThan(540);
      expect(wait).toBeLessThanOrEqual(600);
      expect(body.detail).toContain(`${wait} s`);
    }
    await pass(10);
    expect((await ask(ada, fresh())).status).toBe(204);
  });

  it('shows whoever has the account the orders of the new one, of which its mailbox is warned in text and HTML', async () => {
    for (const ada of [await owner(app), await app.shopper()]) {
      const email = fresh();
      expect((await ask(ada, email)).status).toBe(204);
      const letter = (await app.mailTo(email)).find(({ subject }) => subject === SUBJECT)!;
      for (const part of [letter.text, letter.html]) {
        const words = part.replaceAll(/\s+/g, ' ');
        expect(words).toContain('Confirm only if the account is yours');
        expect(words).toContain('whoever has it will see all orders that were placed with this address');
        expect(words).toContain('If it was not you, do not confirm');
      }
    }
  });

  it('has tokens that stand nowhere but in the mails', async () => {
    const ada = await owner(app);
    const tokens = await tokensFor(ada, fresh());
    const rows = JSON.stringify([
      await app.db.query('SELECT * FROM auth.email_changes'),
      await app.db.query('SELECT data FROM jobs.job'),
    ]);
    for (const token of Object.values(tokens)) expect(rows).not.toContain(token);
  });
});

describe('An address that was never verified', () => {
  const subjects = async (email: string) => (await app.mailTo(email)).map(({ subject }) => subject);
  const askedBy = async (person: Person, email: string): Promise<string> => {
    expect((await ask(person, email)).status).toBe(204);
    return (await app.mailTo(email)).find(({ subject }) => subject === SUBJECT)!.token;
  };

  it('is put right from the new mailbox alone', async () => {
    const ada = await app.shopper();
    const email = fresh();
    const token = await askedBy(ada, email);
    expect(await subjects(ada.email)).not.toContain(SUBJECT);
    expect((await app.mailTo(email))[0]?.text).toContain('It is changed once you confirm it, within one hour.');
    const answers = await Promise.all(Array.from({ length: 6 }, () => confirm(token)));
    expect(answers.filter(({ status }) => status === 200).map(({ body }) => body)).toEqual([{ changed: true }]);
    expect((await login(ada.email, ada)).status).toBe(401);
    const { accessToken } = (await login(email, ada)).body;
    expect((await app.anyone.with(accessToken).get('/v1/me')).body).toMatchObject({ email, emailVerified: true });
    for (const address of [ada.email, email])
      expect(await subjects(address)).toContain('Your e-mail address was changed');
    // What others did by that address is not theirs.
    expect(await leftBy(ada)).toEqual([]);
  });

  it('has its say when it is verified before the new one confirms, or while it does', async () => {
    const [early, late] = [await app.shopper(), await app.shopper()];
    const token = await askedBy(early, fresh());
    await verifyEmail(app, early);
    expect((await confirm(token)).body.code).toBe('invalid_mail_token');
    const other = await askedBy(late, fresh());
    const verifying = {
      sql: 'UPDATE auth.users SET email_verified_at = now() WHERE id = $1',
      params: [late.id],
      waiting: 1,
    };
    expect((await inTheWayOf(app, verifying, () => confirm(other))).body.code).toBe('invalid_mail_token');
    const tokens = await tokensFor(early, fresh());
    expect((await confirm(tokens.fresh)).body).toEqual({ changed: false });
    expect((await confirm(tokens.old)).body).toEqual({ changed: true });
    expect(await leftBy(early)).toEqual([{ email: early.email }]);
  });

  const leftBy = ({ id }: { id: string }) =>
    app.db.query('SELECT email FROM auth.left_addresses WHERE user_id = $1', [id]);
});

describe('A change that is open', () => {
  const elsewhere = async (person: Person): Promise<Person> => ({
    ...person,
    ...(await login(person.email, person)).body,
  });
  const ownId = async (person: Person): Promise<string> =>
    (await app.as(person).get('/v1/auth/sessions')).body.data.find(({ current }: { current: boolean }) => current).id;
  const refusal = async (token: string) => (await confirm(token)).body.code;

  /** By a thief in a session of an account whose address was never verified: only the new mailbox confirms. */
  async function stolen(victim?: Person): Promise<{ victim: Person; thief: Person; token: string }> {
    const ada = victim ?? (await app.shopper());
    const thief = await elsewhere(ada);
    const email = fresh();
    expect((await ask(thief, email)).status).toBe(204);
    return { victim: ada, thief, token: (await app.mailTo(email)).find(({ subject }) => subject === SUBJECT)!.token };
  }

  it.each(['everywhere', 'on the other device'])('is withdrawn by its owner, who signs out %s', async (where) => {
    const { victim, thief, token } = await stolen();
    const path = where === 'everywhere' ? '/v1/auth/sessions' : `/v1/auth/sessions/${await ownId(thief)}`;
    expect((await app.as(victim).delete(path)).status).toBe(204);
    expect(await refusal(token)).toBe('invalid_mail_token');
    expect((await login(victim.email, victim)).status).toBe(200);
  });

  it('is withdrawn by staff who sign the account out, also when whoever asked has signed out already', async () => {
    const staff = app.as(await app.staff());
    for (const first of [true, false]) {
      const { victim, thief, token } = await stolen();
      if (first) for (const person of [victim, thief]) await app.as(person).post('/v1/auth/logout');
      expect((await staff.delete(`/v1/users/${victim.id}/sessions`)).status).toBe(204);
      expect(await refusal(token)).toBe('invalid_mail_token');
    }
  });

  it('is withdrawn when a refresh token is used twice, by whoever stole it, in turn with who asks or confirms', async () => {
    const victim = await app.shopper();
    const { token } = await stolen(victim);
    const refresh = (refreshToken: string) => app.anyone.post('/v1/auth/refresh', { refreshToken });
    const { body: next } = await refresh(victim.refreshToken);
    await refresh(next.refreshToken);
    const account = 'SELECT FROM auth.users WHERE id = $1 FOR NO KEY UPDATE';
    const reusing = () => Promise.all([refresh(victim.refreshToken), refresh(victim.refreshToken)]);
    const answers = await inTheWayOf(app, { sql: account, params: [victim.id], waiting: 2 }, reusing);
    expect(answers.map(({ body }) => body.code)).toEqual(['refresh_token_reused', 'refresh_token_reused']);
    expect((await confirm(token)).body.code).toBe('invalid_mail_token');
    expect(
      await app.db.query(
        `SELECT count(*)::int AS reused FROM auth.audit_log a JOIN auth.sessions s ON s.id::text = a.object_id
         WHERE a.action = 'session.reused' AND s.user_id = $1`,
        [victim.id],
      ),
    ).toEqual([{ reused: 1 }]);
  });

  it('is withdrawn by staff who give the account a role', async () => {
    const staff = app.as(await app.staff());
    const { victim, token } = await stolen();
    const path = `/v1/users/${victim.id}`;
    const { etag } = (await staff.get(path)).headers;
    expect((await staff.patch(path, { roles: ['support'] }, { 'if-match': etag! })).status).toBe(200);
    expect(await refusal(token)).toBe('invalid_mail_token');
  });

  it('is withdrawn by staff who remove the second factors', async () => {
    const staff = app.as(await app.staff());
    const ada = await enrol(app, await app.shopper());
    const tokens = await tokensFor(ada, fresh());
    expect((await confirm(tokens.old)).body).toEqual({ changed: false });
    expect((await staff.delete(`/v1/users/${ada.id}/mfa`)).status).toBe(204);
    expect(await refusal(tokens.fresh)).toBe('invalid_mail_token');
  });

  it('outlives the session that asked for it, when that signs out by itself', async () => {
    for (const how of ['logout', 'session']) {
      const { thief: ada, token } = await stolen();
      const out =
        how === 'logout'
          ? app.as(ada).post('/v1/auth/logout')
          : app.as(ada).delete(`/v1/auth/sessions/${await ownId(ada)}`);
      expect((await out).status).toBe(204);
      expect((await confirm(token)).body).toEqual({ changed: true });
    }
  });

  it('is asked for in no session that is being ended meanwhile', async () => {
    const ada = await app.shopper();
    const ending = {
      sql: 'SELECT FROM auth.users WHERE id = $1 FOR NO KEY UPDATE',
      params: [ada.id],
      waiting: 1,
      meanwhile: () =>
        app.db.query(`UPDATE auth.sessions SET revoked_at = now(), revoked_because = 'test' WHERE user_id = $1`, [
          ada.id,
        ]),
    };
    const { status, body } = await inTheWayOf(app, ending, () => ask(ada, fresh()));
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
    expect(await app.db.query('SELECT FROM auth.email_changes WHERE user_id = $1', [ada.id])).toEqual([]);
  });

  it('is confirmed or withdrawn, whichever comes first', async () => {
    for (let round = 0; round < 6; round++) {
      const { victim, token } = await stolen();
      const [out, said] = await Promise.all([app.as(victim).delete('/v1/auth/sessions'), confirm(token)]);
      expect([204, 401]).toContain(out.status);
      const taken = said.status === 200;
      expect((await login(victim.email, victim)).status).toBe(taken ? 401 : 200);
    }
  });
});
