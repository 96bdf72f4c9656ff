import { describe, expect, it } from 'vitest';
import { TrustWhomOperatorsEntered1767231740000 } from '#src/auth/migrations/1767231740000-trust-whom-operators-entered.js';
import { galley, type Person } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { verifyEmail } from './external.js';
import { codeOf, type Enrolled, enrol, forgetCodes, halfSignIn, mfaTokenOf, owner } from './second-factor.js';
import { SoftPasskey } from './soft-passkey.js';

/*
 * Somebody makes an account with the address of somebody else, leaves a way in, and waits until its owner takes it over:
 * Sudhodanan and Paverd, "Pre-hijacked accounts", USENIX Security 2022.
 */
const app = galley();
const OWNERS = 'the owner’s own words';

async function addPasskey(person: Person): Promise<{ passkey: SoftPasskey; answer: Answer }> {
  const passkey = new SoftPasskey(app.url.replace('127.0.0.1', 'localhost'));
  const { body } = await app.as(person).post('/v1/auth/passkeys/options');
  return { passkey, answer: await app.as(person).post('/v1/auth/passkeys', { passkey: passkey.create(body) }) };
}

async function openWith(passkey: SoftPasskey): Promise<Answer> {
  const { body } = await app.anyone.post('/v1/auth/passkeys/sign-in/options');
  return app.anyone.post('/v1/auth/passkeys/sign-in', { passkey: passkey.get(body) });
}

const mailed = async (email: string, subject: string) =>
  (await app.mailTo(email)).find((mail) => mail.subject === subject)!.token;

/** The owner of the address takes the account over. */
async function reset(email: string): Promise<void> {
  await app.anyone.post('/v1/auth/password/forgot', { email });
  const token = await mailed(email, 'Reset your password');
  expect((await app.anyone.post('/v1/auth/password/reset', { token, password: OWNERS })).status).toBe(204);
}

/** An account whose address nobody has confirmed, with all that opens it, as releases before let it be set up. */
async function planted(): Promise<{ person: Enrolled; passkey: SoftPasskey }> {
  const person = await enrol(app, await app.shopper());
  const { passkey, answer } = await addPasskey(person);
  expect(answer.status).toBe(201);
  await app.db.query('UPDATE auth.users SET email_verified_at = NULL WHERE id = $1', [person.id]);
  for (const table of ['totp_factors', 'passkeys', 'recovery_codes'])
    await app.db.unprepared(`UPDATE auth.${table} SET before_verified = true WHERE user_id = $1`, [person.id]);
  return { person, passkey };
}

const ownersSignIn = ({ email }: Person) => app.anyone.post('/v1/auth/login', { email, password: OWNERS });

describe('What was set up before the address was confirmed', () => {
  it('is gone once its owner has reset the password, which confirms it', async () => {
    const { person, passkey } = await planted();
    expect((await openWith(passkey)).status).toBe(200);
    await reset(person.email);
    expect((await openWith(passkey)).body.code).toBe('invalid_passkey');
    expect((await app.as(person).get('/v1/me')).status).toBe(401);
    const { status, body } = await ownersSignIn(person);
    expect(status).toBe(200);
    const own = app.anyone.with(body.accessToken);
    expect((await own.get('/v1/auth/mfa')).body).toMatchObject({ totp: false, passkeys: 0 });
    for (const table of ['totp_factors', 'passkeys', 'recovery_codes'])
      expect(await app.db.unprepared(`SELECT FROM auth.${table} WHERE user_id = $1`, [person.id])).toEqual([]);
    const [user] = await app.db.query(
      'SELECT email_verified_at IS NOT NULL AS verified FROM auth.users WHERE id = $1',
      [person.id],
    );
    expect(user).toEqual({ verified: true });
    expect((await app.mailTo(person.email)).map(({ subject }) => subject)).toContain('Second factors were removed');
    const acts = await app.db.query(
      `SELECT after FROM auth.audit_log WHERE action = 'user.factors_removed' AND object_id = $1`,
      [person.id],
    );
    expect(acts).toEqual([{ after: { passkeys: 1, totp: 1 } }]);
  });

  it('is gone as well when the owner had confirmed the address unsuspecting', async () => {
    const { person, passkey } = await planted();
    await app.as(person).post('/v1/auth/email/verification');
    const token = await mailed(person.email, 'Confirm your e-mail address');
    expect((await app.anyone.post('/v1/auth/email/verify', { token })).status).toBe(204);
    await reset(person.email);
    expect((await openWith(passkey)).body.code).toBe('invalid_passkey');
    expect((await ownersSignIn(person)).status).toBe(200);
  });

  it('leaves no recovery codes to what the owner adds to it', async () => {
    const { person } = await planted();
    await verifyEmail(app, person);
    const { passkey } = await addPasskey(person);
    await reset(person.email);
    const mfaToken = await mfaTokenOf(app, { ...person, password: OWNERS });
    const code = person.recoveryCodes[0]!;
    expect((await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code })).body.code).toBe('invalid_code');
    expect((await openWith(passkey)).status).toBe(200);
  });

  it('is not brought back by a request that waited for the owner', async () => {
    const shopper = await owner(app);
    const passkey = new SoftPasskey(app.url.replace('127.0.0.1', 'localhost'));
    const { body } = await app.as(shopper).post('/v1/auth/passkeys/options');
    const adding = await inTheWayOf(
      app,
      {
        // As a reset does.
        sql: `WITH proved AS (UPDATE auth.users SET email_verified_at = now() WHERE id = $1)
              UPDATE auth.sessions SET revoked_at = now(), revoked_because = 'password reset' WHERE user_id = $1`,
        params: [shopper.id],
        waiting: 1,
      },
      () => app.as(shopper).post('/v1/auth/passkeys', { passkey: passkey.create(body) }),
    );
    expect(adding.status).toBe(401);
    expect(await app.db.query('SELECT FROM auth.passkeys WHERE user_id = $1', [shopper.id])).toEqual([]);
  });
});

describe('Where parcels go, and who agreed to mail', () => {
  const ADDRESS = { name: 'Mallory', line1: 'Drop 1', city: 'Bremen', postalCode: '28195', country: 'DE' };
  const settled = async () => {
    const shopper = await app.shopper();
    const client = app.as(shopper);
    expect((await client.post('/v1/me/addresses', ADDRESS)).body.defaultShipping).toBe(true);
    const preferences = { marketing: { granted: true, source: 'checkout' }, notifications: {} };
    expect((await client.put('/v1/me/preferences', preferences)).status).toBe(200);
    return shopper;
  };
  const seenBy = async (shopper: Person) => {
    await app.runDue();
    const client = app.anyone.with((await ownersSignIn(shopper)).body.accessToken);
    const [address] = (await client.get('/v1/me/addresses')).body.data;
    const { marketing } = (await client.get('/v1/me/preferences')).body;
    return { client, address, marketing };
  };

  it('is decided anew by the owner of an account that nobody had confirmed', async () => {
    const shopper = await settled();
    await reset(shopper.email);
    const { client, address, marketing } = await seenBy(shopper);
    expect(address).toMatchObject({ name: 'Mallory', defaultShipping: false, defaultBilling: false });
    expect(marketing).toMatchObject({ granted: false, source: 'account taken over' });
    const own = { ...ADDRESS, name: 'Ada', defaultShipping: true };
    expect((await client.post('/v1/me/addresses', own)).body.defaultShipping).toBe(true);
    await app.runDue();
    const { data } = (await client.get('/v1/me/addresses')).body;
    expect(data.map(({ defaultShipping }: { defaultShipping: boolean }) => defaultShipping)).toEqual([false, true]);
  });

  it('stays when the address had been confirmed before', async () => {
    const shopper = await settled();
    await verifyEmail(app, shopper);
    await reset(shopper.email);
    const { address, marketing } = await seenBy(shopper);
    expect(address).toMatchObject({ defaultShipping: true, defaultBilling: true });
    expect(marketing).toMatchObject({ granted: true, source: 'checkout' });
  });
});

it('Nobody adds a second factor before the address was confirmed', async () => {
  const shopper = await app.shopper();
  const client = app.as(shopper);
  for (const path of ['mfa/totp', 'passkeys/options']) {
    const { status, body } = await client.post(`/v1/auth/${path}`);
    expect([path, status, body.code]).toEqual([path, 409, 'email_not_verified']);
    expect(body.detail).toBe('Verify the e-mail address of your account before you add a second factor to it.');
  }
  await client.post('/v1/auth/email/verification');
  const token = await mailed(shopper.email, 'Confirm your e-mail address');
  expect((await app.anyone.post('/v1/auth/email/verify', { token })).status).toBe(204);
  expect((await client.post('/v1/auth/mfa/totp')).status).toBe(200);
});

it('Who was entered by an operator keeps their second factors when the password is reset', async () => {
  const person = await app.staff('support');
  const { secret } = (await app.as(person).post('/v1/auth/mfa/totp')).body;
  const confirmed = await app.as(person).post('/v1/auth/mfa/totp/confirmation', { code: codeOf({ secret }) });
  expect(confirmed.status).toBe(200);
  await reset(person.email);
  expect((await ownersSignIn(person)).body.code).toBe('mfa_required');
});

it('Whom an operator entered before a release asked so keeps them too, and shoppers’ addresses stay unconfirmed', async () => {
  const [person, shopper] = [await enrol(app, await app.staff('support')), await app.shopper()];
  await app.db.query('UPDATE auth.users SET email_verified_at = NULL WHERE id = $1', [person.id]);
  for (const table of ['totp_factors', 'recovery_codes'])
    await app.db.unprepared(`UPDATE auth.${table} SET before_verified = true WHERE user_id = $1`, [person.id]);
  const runner = app.db.manager.connection.createQueryRunner();
  await new TrustWhomOperatorsEntered1767231740000().up(runner);
  await runner.release();
  expect((await app.as(person).get('/v1/me')).body.emailVerified).toBe(true);
  expect((await app.as(shopper).get('/v1/me')).body.emailVerified).toBe(false);
  await reset(person.email);
  expect((await ownersSignIn(person)).body.code).toBe('mfa_required');
});

it('What was set up afterwards stays when the password is reset', async () => {
  const shopper = await app.shopper();
  const person = await enrol(app, shopper);
  await reset(person.email);
  const half = await halfSignIn(app, { ...person, password: OWNERS });
  expect(half.body.code).toBe('mfa_required');
  await forgetCodes(app, person);
  const { mfaToken } = half.body;
  expect((await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code: codeOf(person) })).status).toBe(200);
});

it('The last passkey of an account stays when nothing else opens it', async () => {
  const shopper = await owner(app);
  const one = await addPasskey(shopper);
  const refreshed = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
  const two = await addPasskey({ ...shopper, ...refreshed.body });
  const { body } = await openWith(two.passkey);
  const own = app.anyone.with(body.accessToken);
  await app.db.query('UPDATE auth.users SET password_hash = NULL WHERE id = $1', [shopper.id]);
  const remove = ({ answer }: { answer: Answer }) => own.delete(`/v1/auth/passkeys/${answer.body.id}`);
  expect((await remove(one)).status).toBe(204);
  const refused = await remove(two);
  expect([refused.status, refused.body.code]).toEqual([409, 'last_way_to_sign_in']);
  expect((await openWith(two.passkey)).status).toBe(200);
});
