import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Jobs } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { begin, claimsOf, link, SHOP, signIn, somebody, verifyEmail } from './external.js';
import { FakeProvider, settingsFor } from './fake-provider.js';
import { codeOf, enrol, forgetCodes } from './second-factor.js';

const google = await FakeProvider.start();
const quiet = await FakeProvider.start();
const corp = await FakeProvider.start();
const app = galley({
  ...settingsFor({ google, corp, quiet }),
  GALLEY_OIDC_CORP_TITLE: 'Your company',
  GALLEY_OIDC_CORP_MFA: 'mfa,urn:corp:gold',
  GALLEY_OIDC_TIMEOUT: '2',
  GALLEY_OIDC_RETURN_TO: 'https://admin.example.com,com.example.app:/sign-in',
  GALLEY_SHOP_URL: SHOP,
});
afterAll(() => Promise.all([google.stop(), corp.stop(), quiet.stop()]));

const atGoogle = (person: Record<string, unknown>) => signIn(app, { provider: google, name: 'google', person });
const atCorp = (person: Record<string, unknown>, claims = {}) =>
  signIn(app, { provider: corp, name: 'corp', person, tricks: { claims } });
const accounts = (email: string) =>
  app.db.query('SELECT password_hash, email_verified_at, name FROM auth.users WHERE email = $1', [email]);

describe('A client', () => {
  it('is told which providers there are', async () => {
    const { body } = await app.anyone.get('/v1/auth/oidc');
    expect(body).toEqual({
      data: [
        { name: 'google', title: 'Google' },
        { name: 'corp', title: 'Your company' },
        { name: 'quiet', title: 'Quiet' },
      ],
      nextCursor: null,
    });
    expect((await app.anyone.post('/v1/auth/oidc/nobody/authorization', {})).status).toBe(404);
  });

  it('sends people to the provider with all that protects the way', async () => {
    const { url, flowToken } = await begin(app.anyone, 'google');
    const asked = new URL(url);
    expect(asked.origin + asked.pathname).toBe(`${google.issuer}/authorize`);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      client_id: 'galley',
      response_type: 'code',
      redirect_uri: `${app.url}/v1/auth/oidc/google/callback`,
      scope: 'openid email profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      max_age: '31536000',
    });
    const stored = JSON.stringify(await app.db.query('SELECT * FROM auth.oidc_flows'));
    for (const secret of [flowToken, ...['state', 'nonce'].map((name) => asked.searchParams.get(name)!)]) {
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  it('gets people back with the answer behind #, whatever the provider adds to it', async () => {
    const { url } = await begin(app.anyone, 'google');
    const { code, state, iss } = google.authorize(url, somebody());
    const query = new URLSearchParams({ code, state, iss, authuser: '0', prompt: 'none', 'weird[]': 'x' });
    const back = await fetch(`${app.url}/v1/auth/oidc/google/callback?${query}`, { redirect: 'manual' });
    expect(back.status).toBe(303);
    expect(back.headers.get('cache-control')).toBe('no-store');
    const [page, answer] = back.headers.get('location')!.split('#');
    expect(page).toBe(`${SHOP}/sign-in`);
    expect(Object.fromEntries(new URLSearchParams(answer))).toEqual({ provider: 'google', code, state, iss });
  });

  it('is told when somebody has thought better of it, in no words of a stranger', async () => {
    const { url } = await begin(app.anyone, 'google', 'authorization', { redirectTo: 'com.example.app:/sign-in' });
    const state = new URL(url).searchParams.get('state')!;
    const back = async (query: Record<string, string>) => {
      const path = `/v1/auth/oidc/google/callback?${new URLSearchParams(query)}`;
      return (await fetch(app.url + path, { redirect: 'manual' })).headers.get('location');
    };
    const app1 = 'com.example.app:/sign-in#provider=google&error=';
    expect(await back({ state, error: 'access_denied', error_description: 'Call 555' })).toBe(`${app1}access_denied`);
    expect(await back({ state, error: 'Call 555' })).toBe(`${app1}server_error`);
    expect(await back({ state: 'made up', error: 'x' })).toBe(`${SHOP}/sign-in#provider=google&error=expired`);
    expect(await back({ error: 'x' })).toBe(`${SHOP}/sign-in#provider=google&error=expired`);
  });
});

describe('Somebody new', () => {
  it('gets an account without a password, their address verified, and no mail to verify it', async () => {
    const person = somebody({ name: '  Ada \u0000 Lovelace ' });
    const { status, body } = await atGoogle(person);
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ email: person.email, name: 'Ada Lovelace', roles: [] });
    expect(claimsOf(body.accessToken)).toMatchObject({ amr: ['fed'], email: person.email });
    expect(await accounts(person.email)).toEqual([
      { password_hash: null, email_verified_at: expect.any(Date), name: 'Ada Lovelace' },
    ]);
    expect(await app.mailTo(person.email)).toEqual([]);
    const own = app.anyone.with(body.accessToken);
    expect((await own.get('/v1/me')).body.email).toBe(person.email);
    expect((await own.get('/v1/auth/identities')).body.data).toMatchObject([
      { provider: 'google', lastUsedAt: expect.any(String) },
    ]);
    const login = await app.anyone.post('/v1/auth/login', { email: person.email, password: '' });
    expect(login.body.code).toBe('invalid_credentials');
  });

  it('comes back to the same account, whatever their address is by then', async () => {
    const person = somebody();
    const first = await atGoogle(person);
    const again = await atGoogle({ ...person, email: 'moved@example.com', email_verified: false });
    expect(again.body.user).toEqual(first.body.user);
    expect(again.body.refreshToken).not.toBe(first.body.refreshToken);
    const { email: _, ...quiet } = person;
    expect((await atGoogle(quiet)).body.user).toEqual(first.body.user);
  });

  it('gets one account, however often they come at once', async () => {
    const person = somebody();
    const answers = await Promise.all(Array.from({ length: 6 }, () => atGoogle(person)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1);
    expect(await accounts(person.email)).toHaveLength(1);
  });

  it.each([
    ['the address is not verified', { email_verified: false }],
    ['nothing is said of that', { email_verified: undefined }],
    ['something odd is said of that', { email_verified: 'yes' }],
    ['there is no address', { email: undefined }],
    ['the address is none', { email: 'ada' }],
    ['the address is two', { email: ['ada@example.com', 'eve@example.com'] }],
    ['the address looks like another', { email: 'аda@example.com' }],
  ])('gets none when %s', async (_, also) => {
    const person = somebody(also);
    const { status, body } = await atGoogle(person);
    expect([status, body.code]).toEqual([409, 'email_not_vouched_for']);
    expect(await app.db.query('SELECT FROM auth.identities WHERE subject = $1', [person.sub])).toEqual([]);
  });

  it('is asked for a password at no sign-in, and can set one by mail', async () => {
    const person = somebody();
    await atGoogle(person);
    await app.anyone.post('/v1/auth/password/forgot', { email: person.email });
    const [mail] = await app.mailTo(person.email);
    const password = 'an external staple';
    await app.anyone.post('/v1/auth/password/reset', { token: mail!.token, password });
    expect((await app.anyone.post('/v1/auth/login', { email: person.email, password })).status).toBe(200);
    expect((await atGoogle(person)).status).toBe(200);
  });
});

describe('An account with a second factor', () => {
  let shopper: Person & { secret: string };
  const person = somebody();
  beforeAll(async () => {
    const plain = await app.shopper();
    await verifyEmail(app, plain);
    expect((await link(app.as(plain), { provider: corp, name: 'corp', person })).status).toBe(201);
    shopper = await enrol(app, plain);
  });

  it('still asks for it', async () => {
    const half = await atCorp(person);
    expect([half.status, half.body.code, half.body.methods]).toEqual([401, 'mfa_required', expect.any(Array)]);
    await forgetCodes(app, shopper);
    const { mfaToken } = half.body;
    const whole = await app.anyone.post('/v1/auth/login/mfa', { mfaToken, code: codeOf(shopper) });
    expect(whole.status).toBe(200);
    expect(claimsOf(whole.body.accessToken).amr).toEqual(['fed', 'otp', 'mfa']);
  });

  it('does not when the provider has seen one, in words that the operator trusts', async () => {
    for (const claims of [{ amr: ['pwd', 'mfa'] }, { acr: 'urn:corp:gold' }]) {
      const { status, body } = await atCorp(person, claims);
      expect(status).toBe(200);
      expect(claimsOf(body.accessToken).amr).toEqual(['fed', 'mfa']);
    }
    for (const claims of [{ amr: ['otp'] }, { acr: 'urn:corp:silver' }, { amr: 'mfa,urn:corp:gold' }, { acr: ['mfa'] }])
      expect([claims, (await atCorp(person, claims)).body.code]).toEqual([claims, 'mfa_required']);
  });

  it('asks for it when the operator trusts no words of that provider', async () => {
    const other = somebody();
    await forgetCodes(app, shopper);
    expect((await link(app.as(shopper), { provider: google, name: 'google', person: other })).status).toBe(201);
    const claims = { amr: ['mfa'], acr: 'urn:corp:gold' };
    const half = await signIn(app, { provider: google, name: 'google', person: other, tricks: { claims } });
    expect(half.body.code).toBe('mfa_required');
  });
});

describe('A provider that is not there', () => {
  it('stops nothing but its own sign-ins, which say so, and is back when it is back', async () => {
    const { url, flowToken } = await begin(app.anyone, 'corp');
    const answer = corp.authorize(url, somebody());
    await corp.stop();
    const late = await app.anyone.post('/v1/auth/oidc/corp/token', { ...answer, flowToken });
    expect([late.status, late.body.code, late.headers['retry-after']]).toEqual([503, 'provider_unavailable', '10']);
    expect((await atGoogle(somebody())).status).toBe(200);
    await corp.again();
    expect((await atCorp(somebody())).status).toBe(200);
  });
});

describe('What was begun', () => {
  it('is forgotten after ten minutes', async () => {
    const { url, flowToken } = await begin(app.anyone, 'google');
    const answer = google.authorize(url, somebody());
    await app.db.query(`UPDATE auth.oidc_flows SET expires_at = expires_at - interval '10 minutes'`);
    const late = await app.anyone.post('/v1/auth/oidc/google/token', { ...answer, flowToken });
    expect([late.status, late.body.code]).toEqual([409, 'external_sign_in_expired']);
    await app.service(Jobs).run('auth.forget-external-sign-ins');
    expect(await app.db.query('SELECT FROM auth.oidc_flows')).toEqual([]);
  });
});

describe('A provider that tells of people only when it is asked', () => {
  const person = somebody();
  const atQuiet = () => signIn(app, { provider: quiet, name: 'quiet', person: { sub: person.sub, name: 'Ada' } });

  it('lets nobody new in while that fails, and those who are known without asking', async () => {
    quiet.metadata = { userinfo_endpoint: `${quiet.issuer}/userinfo` };
    quiet.userinfo = { status: 500, body: {} };
    expect((await atQuiet()).body.code).toBe('provider_unavailable');
    quiet.userinfo = { status: 200, body: { ...person, sub: 'somebody else' } };
    expect((await atQuiet()).body.code).toBe('external_sign_in_failed');
    quiet.userinfo = { status: 200, body: person };
    const first = await atQuiet();
    expect([first.status, first.body.user.email]).toEqual([200, person.email]);
    quiet.userinfo = { status: 500, body: {} };
    const [asked, again] = [quiet.asked['/userinfo'], await atQuiet()];
    expect([again.status, again.body.user.id, quiet.asked['/userinfo']]).toEqual([200, first.body.user.id, asked]);
  });
});
