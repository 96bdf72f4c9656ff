import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Jobs } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { chromium } from '../support/chromium.js';
import type { Answer } from '../support/client.js';
import { claimsOf, codeOf, enrol, halfSignIn, owner } from './second-factor.js';

const app = galley({ GALLEY_SHOP_NAME: 'Kitchen Shop' });
const browser = chromium();
let authenticator: string;

// biome-ignore lint/suspicious/noExplicitAny: JSON that goes from Galley to the browser and back
type Json = any;

beforeAll(async () => {
  await browser.send('WebAuthn.enable');
  await visit(app.url.replace('127.0.0.1', 'localhost'));
});

/** Another device each time: nothing is on it. */
beforeEach(async () => {
  if (authenticator) await browser.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: authenticator });
  authenticator = await plugIn();
});

async function plugIn(options: object = {}): Promise<string> {
  const { authenticatorId } = await browser.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  });
  return authenticatorId;
}

const visit = (origin: string) => browser.open(`${origin}/health/live`);

/** What the browser makes of options of Galley. */
const create = (options: Json): Promise<Json> =>
  browser.run(`navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)})
  }).then((credential) => credential.toJSON())`);
const get = (options: Json): Promise<Json> =>
  browser.run(`navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)})
  }).then((credential) => credential.toJSON())`);

const optionsToAdd = async (person: Person): Promise<Json> =>
  (await app.as(person).post('/v1/auth/passkeys/options')).body;
const optionsToSignIn = async (): Promise<Json> => (await app.anyone.post('/v1/auth/passkeys/sign-in/options')).body;
const optionsForMfa = async (mfaToken: string): Promise<Json> =>
  (await app.anyone.post('/v1/auth/login/mfa/passkey/options', { mfaToken })).body;

const add = (person: Person, passkey: Json, name?: string): Promise<Answer> =>
  app.as(person).post('/v1/auth/passkeys', { passkey, ...(name ? { name } : {}) });
const signIn = (passkey: Json): Promise<Answer> => app.anyone.post('/v1/auth/passkeys/sign-in', { passkey });
const finish = (mfaToken: string, passkey: Json): Promise<Answer> =>
  app.anyone.post('/v1/auth/login/mfa', { mfaToken, passkey });

interface Holder extends Person {
  passkeyId: string;
  recoveryCodes: string[];
}

/** Someone with a passkey on this device, and tokens of now. */
async function holder(): Promise<Holder> {
  const shopper = await owner(app);
  const { status, body } = await add(shopper, await create(await optionsToAdd(shopper)));
  if (status !== 201) throw new Error(JSON.stringify(body));
  const refreshed = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
  return { ...shopper, ...refreshed.body, passkeyId: body.id, recoveryCodes: body.recoveryCodes };
}

const actsOn = async (id: string): Promise<string[]> =>
  (
    await app.db.query<{ action: string }>('SELECT action FROM auth.audit_log WHERE object_id = $1 ORDER BY id', [id])
  ).map(({ action }) => action);

const subjectsTo = async (email: string): Promise<string[]> => (await app.mailTo(email)).map(({ subject }) => subject);

describe('Adding a passkey', () => {
  it('asks the browser for one of the shop and the account', async () => {
    const shopper = await owner(app);
    const options = await optionsToAdd(shopper);
    expect(options).toMatchObject({
      rp: { id: 'localhost', name: 'Kitchen Shop' },
      user: { name: shopper.email },
      excludeCredentials: [],
      attestation: 'none',
    });
    expect(Buffer.from(options.user.id, 'base64url').toString('hex')).toBe(shopper.id.replaceAll('-', ''));
  });

  it('gives recovery codes, and makes it a second factor', async () => {
    const shopper = await owner(app);
    const { status, headers, body } = await add(shopper, await create(await optionsToAdd(shopper)), 'My phone');
    expect([status, body.name, body.lastUsedAt]).toEqual([201, 'My phone', null]);
    expect(body.recoveryCodes).toHaveLength(10);
    const { recoveryCodes, ...passkey } = body;
    expect((await app.as(shopper).get(headers['location']!)).body).toEqual(passkey);
    expect((await app.as(shopper).get('/v1/auth/passkeys')).body).toEqual({ data: [passkey], nextCursor: null });
    expect((await app.as(shopper).get('/v1/auth/mfa')).body).toMatchObject({ totp: false, passkeys: 1 });
    expect((await halfSignIn(app, shopper)).body).toMatchObject({
      code: 'mfa_required',
      methods: ['recovery_code', 'passkey'],
    });
    expect(await actsOn(body.id)).toEqual(['passkey.added']);
    expect(await subjectsTo(shopper.email)).toContain('A passkey was added');
  });

  it('ends other sessions, and makes this one one of two factors', async () => {
    const shopper = await owner(app);
    const elsewhere = (await halfSignIn(app, shopper)).body;
    await add(shopper, await create(await optionsToAdd(shopper)));
    expect((await app.anyone.with(elsewhere.accessToken).get('/v1/me')).status).toBe(401);
    const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
    expect(claimsOf(body.accessToken).amr).toContain('mfa');
  });

  it('gives no recovery codes where there are some', async () => {
    const person = await enrol(app, await app.shopper());
    const { body } = await add(person, await create(await optionsToAdd(person)));
    expect(body.recoveryCodes).toBeNull();
    expect((await app.as(person).get('/v1/auth/mfa')).body).toMatchObject({
      totp: true,
      passkeys: 1,
      recoveryCodesLeft: 10,
    });
  });

  it('is not done twice on one device', async () => {
    const person = await holder();
    await expect(create(await optionsToAdd(person))).rejects.toThrow('InvalidStateError');
  });

  it('is good for one answer, to whom was asked, in the session that asked', async () => {
    const [shopper, other] = [await owner(app), await owner(app)];
    const passkey = await create(await optionsToAdd(shopper));
    expect((await add(other, passkey)).body.code).toBe('passkey_challenge_expired');
    const again = { ...shopper, ...(await halfSignIn(app, shopper)).body };
    expect((await add(again, passkey)).body.code).toBe('passkey_challenge_expired');
    expect((await add(shopper, passkey)).status).toBe(201);
    expect((await add(shopper, passkey)).status).not.toBe(201);
    expect((await app.as(other).get('/v1/auth/passkeys')).body.data).toEqual([]);
  });

  it('is refused when somebody has that passkey already', async () => {
    const [mine, theirs] = [await owner(app), await owner(app)];
    const passkey = await create(await optionsToAdd(mine));
    await add(mine, passkey);
    const answer = await create(await optionsToAdd(theirs));
    await app.db.query('UPDATE auth.passkeys SET credential_id = $1 WHERE user_id = $2', [
      Buffer.from(answer.id, 'base64url'),
      mine.id,
    ]);
    expect((await add(theirs, answer)).body.code).toBe('passkey_known');
  });

  it('is refused after five minutes, and when the account has twenty', async () => {
    const shopper = await owner(app);
    const late = await create(await optionsToAdd(shopper));
    await app.db.query('UPDATE auth.passkey_challenges SET expires_at = now()');
    expect((await add(shopper, late)).body.code).toBe('passkey_challenge_expired');
    const passkey = await create(await optionsToAdd(shopper));
    await app.db.query(
      `INSERT INTO auth.passkeys (id, user_id, credential_id, public_key, counter, transports, synced, name)
       SELECT gen_random_uuid(), $1, decode(md5(n::text), 'hex'), '', 0, '{}', false, n::text FROM generate_series(1, 20) n`,
      [shopper.id],
    );
    // The one who asks has shown a second factor.
    await app.db.query(`UPDATE auth.sessions SET methods = '{pwd,hwk,mfa}' WHERE user_id = $1`, [shopper.id]);
    const { body } = await app.anyone.post('/v1/auth/refresh', { refreshToken: shopper.refreshToken });
    expect((await add({ ...shopper, ...body }, passkey)).body.code).toBe('too_many_passkeys');
  });

  it('needs a recent sign-in, with the second factor when there is one', async () => {
    const shopper = await owner(app);
    const passkey = await create((await app.as(shopper).post('/v1/auth/passkeys/options')).body);
    await enrol(app, shopper);
    expect((await app.as(shopper).post('/v1/auth/passkeys/options')).body.code).toBe('recent_sign_in_required');
    expect((await add(shopper, passkey)).body.code).toBe('recent_sign_in_required');
  });
});

describe('Signing in with a passkey', () => {
  it('needs neither name nor password, and counts as two factors', async () => {
    const person = await holder();
    const { status, body } = await signIn(await get(await optionsToSignIn()));
    expect([status, body.user.id]).toEqual([200, person.id]);
    expect(claimsOf(body.accessToken).amr).toEqual(['hwk', 'mfa']);
    const { data } = (await app.anyone.with(body.accessToken).get('/v1/auth/passkeys')).body;
    expect(data[0].lastUsedAt).toEqual(expect.any(String));
  });

  it('works once with each answer, however often and at once it is sent', async () => {
    await holder();
    const passkey = await get(await optionsToSignIn());
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(passkey)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)]);
  });

  it('is refused to a device that does not make sure who uses it', async () => {
    await holder();
    const options = await optionsToSignIn();
    await browser.send('WebAuthn.setUserVerified', { authenticatorId: authenticator, isUserVerified: false });
    await expect(get(options)).rejects.toThrow('NotAllowedError');
    // A page may ask for less than it was told to; what is signed says so.
    const { status, body } = await signIn(await get({ ...options, userVerification: 'discouraged' }));
    expect([status, body.code]).toEqual([401, 'invalid_passkey']);
  });

  it('is refused to a copy: its counter goes back, and that is on record', async () => {
    const person = await holder();
    const stored = (await browser.send('WebAuthn.getCredentials', { authenticatorId: authenticator })).credentials[0];
    expect((await signIn(await get(await optionsToSignIn()))).status).toBe(200);
    expect((await signIn(await get(await optionsToSignIn()))).status).toBe(200);
    await browser.send('WebAuthn.clearCredentials', { authenticatorId: authenticator });
    await browser.send('WebAuthn.addCredential', { authenticatorId: authenticator, credential: stored });
    const { status, body } = await signIn(await get(await optionsToSignIn()));
    expect([status, body.code]).toEqual([401, 'invalid_passkey']);
    expect(await actsOn(person.passkeyId)).toEqual(['passkey.added', 'passkey.counter_went_back']);
  });

  it('is refused on a page of another origin, also of the same machine', async () => {
    await holder();
    const options = await optionsToSignIn();
    const elsewhere = createServer((_, response) => response.end('another page')).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    try {
      await browser.open(`http://localhost:${(elsewhere.address() as AddressInfo).port}/`);
      const { status, body } = await signIn(await get(options));
      expect([status, body.code]).toEqual([401, 'invalid_passkey']);
    } finally {
      await visit(app.url.replace('127.0.0.1', 'localhost'));
      elsewhere.close();
    }
  });

  it.each<[string, (passkey: Json) => Json]>([
    [
      'a changed signature',
      (passkey) => ({ ...passkey, response: { ...passkey.response, signature: flipped(passkey.response.signature) } }),
    ],
    [
      'changed data',
      (passkey) => ({
        ...passkey,
        response: { ...passkey.response, authenticatorData: flipped(passkey.response.authenticatorData) },
      }),
    ],
    [
      'the handle of another',
      (passkey) => ({ ...passkey, response: { ...passkey.response, userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' } }),
    ],
    ['no handle', (passkey) => ({ ...passkey, response: { ...passkey.response, userHandle: null } })],
    ['an unknown id', (passkey) => ({ ...passkey, id: flipped(passkey.id), rawId: flipped(passkey.id) })],
    ['another raw id', (passkey) => ({ ...passkey, rawId: flipped(passkey.id) })],
  ])('is refused with %s', async (_, change) => {
    await holder();
    const { status, body } = await signIn(change(await get(await optionsToSignIn())));
    expect([status, body.code]).toEqual([401, 'invalid_passkey']);
  });

  it('is refused with a question that was never asked, or asked for something else', async () => {
    const person = await holder();
    const options = await optionsToSignIn();
    const made = await get({ ...options, challenge: flipped(options.challenge) });
    expect((await signIn(made)).body.code).toBe('passkey_challenge_expired');
    const { mfaToken } = (await halfSignIn(app, person)).body;
    const forMfa = await get({ ...(await optionsForMfa(mfaToken)), userVerification: 'required' });
    expect((await signIn(forMfa)).body.code).toBe('passkey_challenge_expired');
    const stepUp = (await app.as(person).post('/v1/auth/step-up/passkey/options')).body;
    expect((await signIn(await get(stepUp))).body.code).toBe('passkey_challenge_expired');
  });

  it('is refused once the passkey has been removed', async () => {
    const person = await holder();
    expect((await app.as(person).delete(`/v1/auth/passkeys/${person.passkeyId}`)).status).toBe(204);
    expect((await signIn(await get(await optionsToSignIn()))).status).toBe(401);
  });
});

const flipped = (text: string): string => `${text.slice(0, 20)}${text[20] === 'A' ? 'B' : 'A'}${text.slice(21)}`;

describe('A passkey as second factor', () => {
  it('follows the password', async () => {
    const person = await holder();
    const { mfaToken } = (await halfSignIn(app, person)).body;
    const options = await optionsForMfa(mfaToken);
    expect(options.allowCredentials).toHaveLength(1);
    const { status, body } = await finish(mfaToken, await get(options));
    expect([status, body.user.id, claimsOf(body.accessToken).amr]).toEqual([200, person.id, ['pwd', 'hwk', 'mfa']]);
    expect((await finish(mfaToken, await get(options))).body.code).toBe('invalid_mfa_token');
  });

  it('need not make sure who uses it: the password did', async () => {
    await browser.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: authenticator });
    // A security key that knows nobody and stores nothing.
    authenticator = await plugIn({ transport: 'usb', hasUserVerification: false, hasResidentKey: false });
    const person = await holder();
    const { mfaToken } = (await halfSignIn(app, person)).body;
    expect((await finish(mfaToken, await get(await optionsForMfa(mfaToken)))).status).toBe(200);
  });

  it('is that of the account, and answers the question of this sign-in', async () => {
    const [mine, theirs] = [await holder(), await holder()];
    const { mfaToken: first } = (await halfSignIn(app, theirs)).body;
    const { mfaToken: second } = (await halfSignIn(app, theirs)).body;
    const answer = await get(await optionsForMfa(first));
    expect((await finish(second, answer)).body.code).toBe('passkey_challenge_expired');
    const own = await browser.send('WebAuthn.getCredentials', { authenticatorId: authenticator });
    expect(own.credentials).toHaveLength(2);
    const { mfaToken: attacked } = (await halfSignIn(app, theirs)).body;
    const { allowCredentials } = await optionsForMfa((await halfSignIn(app, mine)).body.mfaToken);
    const foreign = await get({ ...(await optionsForMfa(attacked)), allowCredentials });
    expect((await finish(attacked, foreign)).body.code).toBe('invalid_passkey');
  });

  it('can be replaced by a recovery code', async () => {
    const person = await holder();
    const { mfaToken } = (await halfSignIn(app, person)).body;
    const { status } = await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code: person.recoveryCodes[0] });
    expect(status).toBe(200);
  });

  it('or a code has to be shown: nothing is not enough', async () => {
    const person = await holder();
    const { mfaToken } = (await halfSignIn(app, person)).body;
    expect((await app.anyone.post('/v1/auth/login/mfa', { mfaToken })).status).toBe(422);
    expect((await optionsForMfa('glf_nonsense')).code).toBe('invalid_mfa_token');
  });
});

describe('Proving again who one is', () => {
  it('is done with a passkey alone', async () => {
    const person = await holder();
    await app.db.query(`UPDATE auth.sessions SET authenticated_at = now() - interval '1 day' WHERE user_id = $1`, [
      person.id,
    ]);
    const { body: old } = await app.anyone.post('/v1/auth/refresh', { refreshToken: person.refreshToken });
    const client = app.anyone.with(old.accessToken);
    expect((await client.post('/v1/auth/mfa/recovery-codes')).body.code).toBe('recent_sign_in_required');
    const options = (await client.post('/v1/auth/step-up/passkey/options')).body;
    const { status, body } = await client.post('/v1/auth/step-up/passkey', { passkey: await get(options) });
    expect(status).toBe(200);
    expect((await app.anyone.with(body.accessToken).post('/v1/auth/mfa/recovery-codes')).status).toBe(200);
  });

  it('is not done with the answer to another question of the same session', async () => {
    const person = await holder();
    const { challenge } = await optionsToAdd(person);
    const toStepUp = (await app.as(person).post('/v1/auth/step-up/passkey/options')).body;
    const passkey = await get({ ...toStepUp, challenge });
    const { body } = await app.as(person).post('/v1/auth/step-up/passkey', { passkey });
    expect(body.code).toBe('passkey_challenge_expired');
  });

  it('is not done with the password alone, nor with the passkey of another', async () => {
    const [person, other] = [await holder(), await holder()];
    const password = await app.as(person).post('/v1/auth/step-up', { password: person.password });
    expect([password.status, password.body.code]).toEqual([422, 'code_required']);
    const options = (await app.as(person).post('/v1/auth/step-up/passkey/options')).body;
    const { allowCredentials } = (await app.as(other).post('/v1/auth/step-up/passkey/options')).body;
    const foreign = await app
      .as(person)
      .post('/v1/auth/step-up/passkey', { passkey: await get({ ...options, allowCredentials }) });
    expect([foreign.status, foreign.body.code]).toEqual([422, 'wrong_passkey']);
  });
});

describe('A passkey', () => {
  it('is renamed and removed by its owner, and by nobody else', async () => {
    const [person, other] = [await holder(), await holder()];
    const path = `/v1/auth/passkeys/${person.passkeyId}`;
    expect((await app.as(person).patch(path, { name: 'Old phone' })).body.name).toBe('Old phone');
    for (const answer of [
      await app.as(other).get(path),
      await app.as(other).patch(path, { name: 'Mine' }),
      await app.as(other).delete(path),
    ])
      expect(answer.status).toBe(404);
    expect((await app.as(person).delete(path)).status).toBe(204);
    expect((await app.as(person).delete(path)).status).toBe(404);
    expect(await actsOn(person.passkeyId)).toEqual(['passkey.added', 'passkey.removed']);
    expect(await subjectsTo(person.email)).toContain('A passkey was removed');
    expect((await halfSignIn(app, person)).status).toBe(200);
  });

  it('leaves the recovery codes to the factor that remains', async () => {
    const person = await enrol(app, await app.shopper());
    const { body } = await add(person, await create(await optionsToAdd(person)));
    expect((await app.as(person).delete(`/v1/auth/passkeys/${body.id}`)).status).toBe(204);
    expect((await app.as(person).get('/v1/auth/mfa')).body).toMatchObject({
      totp: true,
      passkeys: 0,
      recoveryCodesLeft: 10,
    });
    const { mfaToken } = (await halfSignIn(app, person)).body;
    expect((await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code: codeOf(person) })).status).toBe(200);
  });

  it('is asked questions that are stored as hashes, and forgotten by the hour', async () => {
    const { challenge } = await optionsToSignIn();
    const rows = await app.db.query<{ row: string }>('SELECT c::text AS row FROM auth.passkey_challenges c');
    expect(rows.filter(({ row }) => row.includes(challenge))).toEqual([]);
    await app.db.query('UPDATE auth.passkey_challenges SET expires_at = now()');
    await app.service(Jobs).run('auth.forget-half-sign-ins');
    expect(await app.db.query('SELECT FROM auth.passkey_challenges')).toEqual([]);
  });
});
