import { createHmac } from 'node:crypto';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { galley } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { begin, link, SHOP, signIn, somebody, verifyEmail } from './external.js';
import { CLIENT_SECRET, FakeProvider, settingsFor, type Tricks } from './fake-provider.js';

const google = await FakeProvider.start();
/** A provider that the operator trusts, and should not. */
const evil = await FakeProvider.start();
const app = galley({
  ...settingsFor({ google, evil }),
  GALLEY_SHOP_URL: SHOP,
  GALLEY_OIDC_RETURN_TO: 'https://admin.example.com,com.example.app:/sign-in',
});
afterAll(() => Promise.all([google.stop(), evil.stop()]));

const atGoogle = (person: Record<string, unknown>, tricks: Tricks = {}) =>
  signIn(app, { provider: google, name: 'google', person, tricks });
const finish = (body: object, name = 'google'): Promise<Answer> => app.anyone.post(`/v1/auth/oidc/${name}/token`, body);
const codeOf = ({ status, body }: Answer) => [status, body.code];
const EXPIRED = [409, 'external_sign_in_expired'];
const FAILED = [401, 'external_sign_in_failed'];

describe('An account that exists', () => {
  it('is not opened by a provider that vouches for its address, nor linked in passing', async () => {
    const victim = await app.shopper();
    await verifyEmail(app, victim);
    const eve = somebody({ email: victim.email.toUpperCase() });
    expect(codeOf(await atGoogle(eve))).toEqual([409, 'account_exists']);
    expect(await app.db.query('SELECT FROM auth.identities WHERE user_id = $1', [victim.id])).toEqual([]);
    // Nor is it the next time.
    expect(codeOf(await atGoogle(eve))).toEqual([409, 'account_exists']);
    expect((await app.anyone.post('/v1/auth/login', victim)).status).toBe(400);
    const { email, password } = victim;
    expect((await app.anyone.post('/v1/auth/login', { email, password })).status).toBe(200);
    const admin = app.as(await app.staff());
    const { body } = await admin.get(`/v1/audit-log?action=session.refused&objectId=${victim.id}`);
    expect(body.data).toHaveLength(2);
  });

  it('that a stranger made beforehand is not shared with whom the address belongs to', async () => {
    const owner = somebody();
    const password = 'planted beforehand';
    const planted = await app.anyone.post('/v1/auth/register', { email: owner.email, password });
    expect(codeOf(await atGoogle(owner))).toEqual([409, 'account_exists']);
    // The stranger leaves no door of their own in it either.
    const attacker = app.anyone.with(planted.body.accessToken);
    const begun = await attacker.post('/v1/auth/oidc/evil/link/authorization', {});
    expect(codeOf(begun)).toEqual([409, 'email_not_verified']);
    // The owner takes it over by mail, and then nothing of the stranger's works.
    await app.anyone.post('/v1/auth/password/forgot', { email: owner.email });
    const mail = (await app.mailTo(owner.email)).find(({ subject }) => subject.includes('Reset'))!;
    const taken = await app.anyone.post('/v1/auth/password/reset', { token: mail.token, password: 'the owner’s own' });
    expect(taken.status).toBe(204);
    expect((await app.anyone.post('/v1/auth/login', { email: owner.email, password })).status).toBe(401);
    expect((await attacker.get('/v1/me')).status).toBe(401);
  });

  it('with an unverified address gets no link that was begun while it was verified', async () => {
    const shopper = await app.shopper();
    await verifyEmail(app, shopper);
    const { url, flowToken } = await begin(app.as(shopper), 'google', 'link/authorization');
    await app.db.query('UPDATE auth.users SET email_verified_at = NULL WHERE id = $1', [shopper.id]);
    const answer = { ...google.authorize(url, somebody()), flowToken };
    const linked = await app.as(shopper).post('/v1/auth/oidc/google/link', answer);
    expect(codeOf(linked)).toEqual([409, 'email_not_verified']);
  });

  it('is not opened by somebody who has the same name at another provider', async () => {
    const victim = somebody();
    const { body } = await atGoogle(victim);
    const eve = somebody({ sub: victim.sub });
    const answer = await signIn(app, { provider: evil, name: 'evil', person: eve });
    expect(answer.status).toBe(200);
    expect(answer.body.user.id).not.toBe(body.user.id);
    // Nor by a provider that says to be another.
    const tricks = { claims: { iss: google.issuer } };
    expect(codeOf(await signIn(app, { provider: evil, name: 'evil', person: victim, tricks }))).toEqual(FAILED);
  });
});

describe('The answer of a provider', () => {
  it('is good once, however many send it at once', async () => {
    const { url, flowToken } = await begin(app.anyone, 'google');
    const body = { ...google.authorize(url, somebody()), flowToken };
    const answers = await Promise.all([1, 2, 3, 4].map(() => finish(body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect(codeOf(await finish(body))).toEqual(EXPIRED);
  });

  it('is not good a second time in another sign-in', async () => {
    const first = await begin(app.anyone, 'google');
    const answer = google.authorize(first.url, somebody());
    expect((await finish({ ...answer, flowToken: first.flowToken })).status).toBe(200);
    const { url, flowToken } = await begin(app.anyone, 'google');
    const { state } = google.authorize(url, somebody());
    expect(codeOf(await finish({ ...answer, state, flowToken }))).toEqual(FAILED);
  });

  it('is not good in another browser: nobody is signed in to the account of somebody else', async () => {
    const [attacker, victim] = [await begin(app.anyone, 'google'), await begin(app.anyone, 'google')];
    const planted = google.authorize(attacker.url, somebody());
    expect(codeOf(await finish({ ...planted, flowToken: victim.flowToken }))).toEqual(EXPIRED);
    expect(codeOf(await finish({ ...planted, flowToken: `glo_${'A'.repeat(43)}` }))).toEqual(EXPIRED);
    const { state } = google.authorize(victim.url, somebody());
    expect(codeOf(await finish({ ...planted, state, flowToken: victim.flowToken }))).toEqual(FAILED);
    // What the attacker has begun is as it was, for them alone.
    const own = google.authorize(attacker.url, somebody());
    expect((await finish({ ...own, flowToken: attacker.flowToken })).status).toBe(200);
  });

  it('is not good with the state of nobody', async () => {
    const { url, flowToken } = await begin(app.anyone, 'google');
    const answer = google.authorize(url, somebody());
    for (const state of ['', 'x', answer.state.slice(1), flowToken])
      expect(codeOf(await finish({ ...answer, state, flowToken }))).toEqual(EXPIRED);
  });

  it('never reaches another provider than it came from', async () => {
    // The person wants to sign in with the evil one, which sends them on to Google.
    const { url, flowToken } = await begin(app.anyone, 'evil');
    const atGoogle = new URL((await begin(app.anyone, 'google')).url);
    atGoogle.searchParams.set('state', new URL(url).searchParams.get('state')!);
    const answer = google.authorize(atGoogle.href, somebody());
    const asked = evil.asked['/token'] ?? 0;
    expect(codeOf(await finish({ ...answer, flowToken }, 'google'))).toEqual(EXPIRED);
    expect(codeOf(await finish({ ...answer, flowToken }, 'evil'))).toEqual(FAILED);
    expect(evil.asked['/token'] ?? 0).toBe(asked);
    const query = new URLSearchParams(answer);
    const back = await fetch(`${app.url}/v1/auth/oidc/google/callback?${query}`, { redirect: 'manual' });
    expect(back.headers.get('location')).toBe(`${SHOP}/sign-in#provider=google&error=expired`);
  });

  it('says who it is from, when the provider says that it does', async () => {
    const person = somebody();
    for (const iss of [undefined, evil.issuer, `${google.issuer}/`, '']) {
      const { url, flowToken } = await begin(app.anyone, 'google');
      const { code, state } = google.authorize(url, person);
      const answer = await finish({ code, state, flowToken, ...(iss === undefined ? {} : { iss }) });
      expect([iss, ...codeOf(answer)]).toEqual([iss, ...FAILED]);
    }
  });

  it('is not asked for with a code that was made up, nor with that of another client', async () => {
    const { url, flowToken } = await begin(app.anyone, 'google');
    const { state, iss } = google.authorize(url, somebody());
    expect(codeOf(await finish({ code: 'made up', state, iss, flowToken }))).toEqual(FAILED);
    const stolen = new URL((await begin(app.anyone, 'google')).url);
    stolen.searchParams.set('code_challenge', 'of-another');
    const own = await begin(app.anyone, 'google');
    stolen.searchParams.set('state', new URL(own.url).searchParams.get('state')!);
    const answer = google.authorize(stolen.href, somebody());
    expect(codeOf(await finish({ ...answer, flowToken: own.flowToken }))).toEqual(FAILED);
  });
});

describe('An ID token', () => {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hmac = (key: string) => (claims: object) => {
    const text = `${part({ alg: 'HS256', typ: 'JWT', kid: 'one' })}.${part(claims)}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  const signedBy = (alg: string, header: object) => async (claims: object) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg, kid: 'one', ...header })
      .sign((await generateKeyPair(alg)).privateKey);

  it.each<[string, Tricks]>([
    ['without a signature', { idToken: (claims) => `${part({ alg: 'none' })}.${part(claims)}.` }],
    [
      'without a signature, with a key id',
      { idToken: (claims) => `${part({ alg: 'none', kid: 'one' })}.${part(claims)}.` },
    ],
    ['with a secret of its own', { idToken: hmac('guess') }],
    ['with the client secret', { idToken: hmac(CLIENT_SECRET) }],
    [
      'with the public key as secret',
      { idToken: async (claims) => hmac(JSON.stringify(await google.publicJwk()))(claims) },
    ],
    ['by another key', { idToken: signedBy('RS256', {}) }],
    ['by another key of another kind', { idToken: signedBy('ES256', {}) }],
    ['by a key that nobody has published', { idToken: signedBy('RS256', { kid: 'two' }) }],
    ['by a key that it brings along', { idToken: signedBy('RS256', { kid: 'three', jku: 'http://127.0.0.1:1/keys' }) }],
    ['of another audience', { claims: { aud: 'another' } }],
    ['of several, for another', { claims: { aud: ['galley', 'another'], azp: 'another' } }],
    ['that has expired', { claims: { iat: now - 7200, exp: now - 3600 } }],
    ['that never expires', { claims: { exp: undefined } }],
    ['that was not issued', { claims: { iat: undefined } }],
    ['that is not good yet', { claims: { nbf: now + 3600 } }],
    ['of another issuer', { claims: { iss: 'https://accounts.example.com' } }],
    ['of no issuer', { claims: { iss: undefined } }],
    ['with the nonce of another sign-in', { claims: { nonce: 'another' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['about nobody', { claims: { sub: undefined } }],
    ['about nobody in particular', { claims: { sub: '' } }],
    ['that is not there', { answer: { status: 200, body: { access_token: 'at', token_type: 'Bearer' } } }],
  ])('%s opens nothing', async (_, tricks) => {
    const person = somebody();
    const answer = await atGoogle(person, tricks);
    expect(codeOf(answer)).toEqual(FAILED);
    expect(await app.db.query('SELECT FROM auth.users WHERE email = $1', [person.email])).toEqual([]);
    // It is the trick that is refused.
    expect((await atGoogle(person)).status).toBe(200);
  });

  it('about somebody with a name too long is refused, and not cut', async () => {
    expect((await atGoogle(somebody({ sub: 'x'.repeat(255) }))).status).toBe(200);
    expect(codeOf(await atGoogle(somebody({ sub: 'x'.repeat(256) })))).toEqual(FAILED);
  });
});

describe('A provider that fails', () => {
  it.each([
    [500, { error: 'server_error' }],
    [503, 'down'],
    [401, { error: 'invalid_client' }],
    [400, { error: 'unauthorized_client' }],
    [200, { access_token: 'at', token_type: 'Bearer', id_token: 'a.b.c' }],
  ])('with %s is not taken for an answer', async (status, body) => {
    const answer = await atGoogle(somebody(), { answer: { status, body } });
    expect(codeOf(answer)).toEqual([503, 'provider_unavailable']);
    expect(JSON.stringify(answer.body)).not.toContain('error"');
  });
});

describe('Where people are led back to', () => {
  const choose = async (redirectTo: unknown) =>
    (await app.anyone.post('/v1/auth/oidc/google/authorization', { redirectTo })).body;

  it.each([
    `${SHOP}/account?tab=security`,
    `${SHOP}`,
    'https://admin.example.com/deep/page',
    'com.example.app:/sign-in',
  ])('may be %s', async (redirectTo) => {
    const { url } = await choose(redirectTo);
    const query = new URLSearchParams(google.authorize(url, somebody()));
    const back = await fetch(`${app.url}/v1/auth/oidc/google/callback?${query}`, { redirect: 'manual' });
    expect(back.headers.get('location')).toContain(`${new URL(redirectTo).href}#provider=google&code=`);
  });

  it.each([
    'https://evil.example.com/',
    'http://shop.example.com/',
    'https://shop.example.com:8443/',
    'https://shop.example.com.evil.example.com/',
    'https://shop.example.com@evil.example.com/',
    'https://eve:pw@shop.example.com/',
    'https://evil.example.com\\@shop.example.com/',
    '\\\\evil.example.com',
    '//evil.example.com/',
    '/relative',
    'shop.example.com',
    'javascript:alert(1)//https://shop.example.com/',
    'data:text/html,hello',
    'com.example.app:/other',
    'com.example.app:/sign-in/other',
    'com.example.app:/sign-in/../other',
    'com.evil.app:/sign-in',
    `${SHOP}/#planted`,
    `${SHOP}/#`,
    'https://shop.example.com\u0000.evil.example.com/',
    'https://shop．example.com.evil.example.com/',
    '',
    ' ',
  ])('is never %j', async (redirectTo) => {
    const { code, errors } = await choose(redirectTo);
    expect([code, errors?.[0]?.pointer]).toEqual(['validation_failed', '/redirectTo']);
  });
});

describe('A way that was begun to link', () => {
  it('is ended by no other person, in no other session, and is no sign-in', async () => {
    const owner = await app.shopper();
    await verifyEmail(app, owner);
    const { url, flowToken } = await begin(app.as(owner), 'google', 'link/authorization');
    const body = { ...google.authorize(url, somebody()), flowToken };
    const thief = await app.shopper();
    await verifyEmail(app, thief);
    expect(codeOf(await app.as(thief).post('/v1/auth/oidc/google/link', body))).toEqual(EXPIRED);
    const { email, password } = owner;
    const elsewhere = await app.anyone.post('/v1/auth/login', { email, password });
    const other = app.anyone.with(elsewhere.body.accessToken);
    expect(codeOf(await other.post('/v1/auth/oidc/google/link', body))).toEqual(EXPIRED);
    expect(codeOf(await finish(body))).toEqual(EXPIRED);
    expect((await app.as(owner).post('/v1/auth/oidc/google/link', body)).status).toBe(201);
  });

  it('to sign in is none to link', async () => {
    const owner = await app.shopper();
    await verifyEmail(app, owner);
    const { url, flowToken } = await begin(app.anyone, 'google');
    const body = { ...google.authorize(url, somebody()), flowToken };
    expect(codeOf(await app.as(owner).post('/v1/auth/oidc/google/link', body))).toEqual(EXPIRED);
  });

  it('links nobody on the word of a forged answer', async () => {
    const owner = await app.shopper();
    await verifyEmail(app, owner);
    const way = { provider: google, name: 'google', person: somebody(), tricks: { claims: { nonce: 'another' } } };
    expect(codeOf(await link(app.as(owner), way))).toEqual([422, 'identity_not_proved']);
  });
});

describe('What is kept of it', () => {
  let lines: string;
  beforeAll(async () => {
    const owner = await app.shopper();
    await verifyEmail(app, owner);
    await link(app.as(owner), { provider: google, name: 'google', person: somebody({ sub: 'a-telling-subject' }) });
    await app.runDue();
    const tables = ['auth.audit_log', 'platform.events', 'jobs.job'];
    const rows = await Promise.all(tables.map((table) => app.db.unprepared(`SELECT t::text FROM ${table} t`)));
    lines = JSON.stringify(rows);
  });

  it('in the audit log, in events and in jobs names no person at a provider, no code and no token', () => {
    expect(lines).toContain('identity.linked');
    for (const word of ['a-telling-subject', google.issuer, 'glo_', '@example.com']) expect(lines).not.toContain(word);
  });
});
