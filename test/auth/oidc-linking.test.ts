import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthPersonalData } from '#src/auth/users/personal-data.js';
import { galley, type Person } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { begin, link, SHOP, signIn, somebody, verifyEmail } from './external.js';
import { FakeProvider, settingsFor } from './fake-provider.js';
import { enrol } from './second-factor.js';

const google = await FakeProvider.start();
const corp = await FakeProvider.start();
const app = galley({ ...settingsFor({ google, corp }), GALLEY_SHOP_URL: SHOP });
afterAll(() => Promise.all([google.stop(), corp.stop()]));

const codeOf = ({ status, body }: Answer) => [status, body.code];
const linkGoogle = (client: Client, person: Record<string, unknown>) =>
  link(client, { provider: google, name: 'google', person });
const atGoogle = (person: Record<string, unknown>) => signIn(app, { provider: google, name: 'google', person });

async function verified(): Promise<Person> {
  const shopper = await app.shopper();
  await verifyEmail(app, shopper);
  return shopper;
}

/** As if the last proof of who it is had been so long ago. */
async function aged(person: Person): Promise<Client> {
  const { accessToken, refreshToken } = person;
  const { sid } = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString());
  await app.db.query(`UPDATE auth.sessions SET authenticated_at = now() - interval '1 day' WHERE id = $1`, [sid]);
  return app.anyone.with((await app.anyone.post('/v1/auth/refresh', { refreshToken })).body.accessToken);
}

describe('Linking', () => {
  it('opens the account of whoever asked for it, whatever address the provider knows', async () => {
    const shopper = await verified();
    const person = somebody({ email: 'elsewhere@example.com', email_verified: false });
    const linked = await linkGoogle(app.as(shopper), person);
    expect(linked.status).toBe(201);
    expect(linked.body).toEqual({
      id: expect.any(String),
      provider: 'google',
      lastUsedAt: null,
      createdAt: expect.any(String),
    });
    const read = await app.as(shopper).get(linked.headers['location']!);
    expect(read.body).toEqual(linked.body);
    const { status, body } = await atGoogle(person);
    expect([status, body.user.id]).toEqual([200, shopper.id]);
    const { data } = (await app.as(shopper).get('/v1/auth/identities')).body;
    expect(data).toEqual([{ ...linked.body, lastUsedAt: expect.any(String) }]);
  });

  it('is told to the owner, and is on record', async () => {
    const shopper = await verified();
    const { body } = await linkGoogle(app.as(shopper), somebody());
    await app.as(shopper).delete(`/v1/auth/identities/${body.id}`);
    const subjects = (await app.mailTo(shopper.email)).map(({ subject }) => subject);
    expect(subjects).toEqual(
      expect.arrayContaining(['Another way to sign in was added', 'A way to sign in was removed']),
    );
    const admin = app.as(await app.staff());
    const { data } = (await admin.get(`/v1/audit-log?actorId=${shopper.id}&objectType=user`)).body;
    expect(data).toMatchObject([
      { action: 'identity.unlinked', before: { provider: 'google' }, objectId: shopper.id },
      { action: 'identity.linked', after: { provider: 'google' }, objectId: shopper.id },
    ]);
  });

  it('needs a recent sign-in, the second factor when there is one, and a person', async () => {
    const path = '/v1/auth/oidc/google/link/authorization';
    const old = await (await aged(await verified())).post(path, {});
    expect(codeOf(old)).toEqual([401, 'recent_sign_in_required']);
    const plain = await verified();
    const { email, password } = plain;
    await enrol(app, plain);
    // A session from before there was one, so to speak.
    await app.db.query('UPDATE auth.users SET second_factor = false WHERE id = $1', [plain.id]);
    const { body } = await app.anyone.post('/v1/auth/login', { email, password });
    await app.db.query('UPDATE auth.users SET second_factor = true WHERE id = $1', [plain.id]);
    expect(codeOf(await app.anyone.with(body.accessToken).post(path, {}))).toEqual([401, 'recent_sign_in_required']);
    expect(codeOf(await app.anyone.post(path, {}))).toEqual([401, 'unauthenticated']);
    const staff = app.as(await app.staff());
    const key = (await staff.post('/v1/api-keys', { name: 'Linker', permissions: ['orders:read'] })).body.key;
    expect(codeOf(await app.anyone.with(key).post(path, {}))).toEqual([403, 'not_for_api_keys']);
  });

  it('gives one identity to one account, of many who want it at once', async () => {
    const person = somebody();
    const owners = await Promise.all([verified(), verified(), verified()]);
    const answers = await Promise.all(owners.map((owner) => linkGoogle(app.as(owner), person)));
    expect(answers.map(codeOf).sort()).toEqual([
      [201, undefined],
      [409, 'identity_linked'],
      [409, 'identity_linked'],
    ]);
    const winner = owners[answers.findIndex(({ status }) => status === 201)]!;
    expect((await atGoogle(person)).body.user.id).toBe(winner.id);
    expect(codeOf(await linkGoogle(app.as(winner), person))).toEqual([409, 'identity_linked']);
  });

  it('takes no identity from an account that was made with it', async () => {
    const person = somebody();
    const { body } = await atGoogle(person);
    expect(codeOf(await linkGoogle(app.as(await verified()), person))).toEqual([409, 'identity_linked']);
    expect((await atGoogle(person)).body.user.id).toBe(body.user.id);
  });

  it('ends at twenty, also for many at once', async () => {
    const shopper = await verified();
    await app.db.query(
      `INSERT INTO auth.identities (id, user_id, provider, issuer, subject)
       SELECT gen_random_uuid(), $1, 'google', $2, gen_random_uuid() FROM generate_series(1, 18)`,
      [shopper.id, google.issuer],
    );
    const answers = await Promise.all([1, 2, 3, 4].map(() => linkGoogle(app.as(shopper), somebody())));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
    const path = '/v1/auth/identities?limit=15';
    const first = (await app.as(shopper).get(path)).body;
    const rest = (await app.as(shopper).get(`${path}&cursor=${first.nextCursor}`)).body;
    const ids = [...first.data, ...rest.data].map(({ id }: { id: string }) => id);
    expect([new Set(ids).size, rest.nextCursor]).toEqual([20, null]);
    const stolen = await app.as(await verified()).get(`${path}&cursor=${first.nextCursor}`);
    expect(stolen.body.code).toBe('invalid_cursor');
  });
});

describe('Unlinking', () => {
  let person: Record<string, unknown>;
  let shopper: Person;
  let id: string;
  beforeAll(async () => {
    person = somebody();
    shopper = await verified();
    id = (await linkGoogle(app.as(shopper), person)).body.id;
  });

  it('is not for others, nor for whoever signed in long ago', async () => {
    const path = `/v1/auth/identities/${id}`;
    const thief = app.as(await verified());
    for (const stolen of [path, `/v1/auth/identities/${randomUUID()}`]) {
      expect((await thief.get(stolen)).status).toBe(404);
      expect((await thief.delete(stolen)).status).toBe(404);
    }
    const old = await aged(await verified());
    expect(codeOf(await old.delete(path))).toEqual([401, 'recent_sign_in_required']);
  });

  it('closes the door: the provider opens the account no more, and other sessions end', async () => {
    const before = await atGoogle(person);
    expect(before.body.user.id).toBe(shopper.id);
    expect((await app.as(shopper).delete(`/v1/auth/identities/${id}`)).status).toBe(204);
    expect((await app.anyone.with(before.body.accessToken).get('/v1/me')).status).toBe(401);
    expect((await app.as(shopper).get('/v1/me')).status).toBe(200);
    expect((await app.as(shopper).delete(`/v1/auth/identities/${id}`)).status).toBe(404);
    const later = await atGoogle(person);
    expect(later.body.user.id).not.toBe(shopper.id);
  });

  it('ends a sign-in that waits for its second factor', async () => {
    const owner = await verified();
    const half = somebody();
    const { body } = await linkGoogle(app.as(owner), half);
    const enrolled = await enrol(app, owner);
    const { mfaToken } = (await atGoogle(half)).body;
    expect((await app.as(enrolled).delete(`/v1/auth/identities/${body.id}`)).status).toBe(204);
    const code = enrolled.recoveryCodes[0];
    expect(codeOf(await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code }))).toEqual([401, 'invalid_mfa_token']);
  });

  it('leaves a sign-in that is under way nothing to end in', async () => {
    const owner = await verified();
    const late = somebody();
    const linked = (await linkGoogle(app.as(owner), late)).body;
    const sql = `WITH locked AS (SELECT FROM auth.users WHERE id = $2 FOR UPDATE)
                 DELETE FROM auth.identities WHERE id = $1 AND EXISTS (SELECT FROM locked)`;
    const answer = await inTheWayOf(app, { sql, params: [linked.id, owner.id], waiting: 1 }, () => atGoogle(late));
    expect(codeOf(answer)).toEqual([401, 'external_sign_in_failed']);
    const sessions = await app.db.query(`SELECT FROM auth.sessions WHERE user_id = $1 AND 'fed' = ANY (methods)`, [
      owner.id,
    ]);
    expect(sessions).toEqual([]);
  });

  describe('the last way to sign in', () => {
    const made = async () => {
      const { body } = await atGoogle(somebody());
      const own = app.anyone.with(body.accessToken);
      const [first] = (await own.get('/v1/auth/identities')).body.data;
      return { own, userId: body.user.id as string, first: `/v1/auth/identities/${first.id}` };
    };

    it('is refused', async () => {
      const { own, first } = await made();
      expect(codeOf(await own.delete(first))).toEqual([409, 'last_way_to_sign_in']);
      expect((await own.get(first)).status).toBe(200);
    });

    it('is not what has a password or a passkey beside it', async () => {
      const withPassword = await made();
      await app.db.query(`UPDATE auth.users SET password_hash = 'x' WHERE id = $1`, [withPassword.userId]);
      expect((await withPassword.own.delete(withPassword.first)).status).toBe(204);
      const withPasskey = await made();
      await app.db.query(
        `INSERT INTO auth.passkeys (id, user_id, credential_id, public_key, counter, transports, synced, name)
         VALUES (gen_random_uuid(), $1, decode(md5($2), 'hex'), '', 0, '{}', false, 'key')`,
        [withPasskey.userId, withPasskey.userId],
      );
      // It is a second factor too, which this session has not shown.
      await app.db.query('UPDATE auth.users SET second_factor = false WHERE id = $1', [withPasskey.userId]);
      expect((await withPasskey.own.delete(withPasskey.first)).status).toBe(204);
    });

    it('is one of two that go at once: one stays', async () => {
      const { own, userId, first } = await made();
      const { body } = await link(own, { provider: corp, name: 'corp', person: somebody() });
      const paths = [first, `/v1/auth/identities/${body.id}`];
      const sql = 'SELECT FROM auth.users WHERE id = $1 FOR UPDATE';
      const answers = await inTheWayOf(app, { sql, params: [userId], waiting: 2 }, () =>
        Promise.all(paths.map((path) => own.delete(path))),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
      expect((await own.get('/v1/auth/identities')).body.data).toHaveLength(1);
    });

    it('is not one at a provider that the operator has taken away', async () => {
      const { own, userId, first } = await made();
      await app.db.query(
        `INSERT INTO auth.identities (id, user_id, provider, issuer, subject)
         VALUES (gen_random_uuid(), $1, 'gone', 'https://gone.example.com', $2)`,
        [userId, userId],
      );
      expect(codeOf(await own.delete(first))).toEqual([409, 'last_way_to_sign_in']);
    });
  });
});

it('is in the copy of what is known of somebody', async () => {
  const owner = await verified();
  const person = somebody();
  await linkGoogle(app.as(owner), person);
  const copy = (await app.service(AuthPersonalData).copy(owner.id)) as { identities: object[] };
  expect(copy.identities).toMatchObject([{ provider: 'google', issuer: google.issuer, subject: person.sub }]);
});

describe('An account that is deleted', () => {
  it('takes its identities along, and what it had begun', async () => {
    const owner = await verified();
    await linkGoogle(app.as(owner), somebody());
    await begin(app.as(owner), 'google', 'link/authorization');
    await app.db.query('DELETE FROM auth.users WHERE id = $1', [owner.id]);
    for (const table of ['identities', 'oidc_flows'])
      expect(await app.db.unprepared(`SELECT FROM auth.${table} WHERE user_id = $1`, [owner.id])).toEqual([]);
  });
});
