import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { galley } from '../support/app.js';
import { begin, claimsOf, SHOP, verifyEmail } from './external.js';
import { CLIENT_ID, CLIENT_SECRET, settingsFor } from './fake-provider.js';

/** Under which name the provider knows Galley, wherever it listens in this test. */
const PUBLIC = 'https://api.example.com';

const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const people: Record<string, { email: string; email_verified: boolean; name: string }> = {};
const CONFIGURATION: Configuration = {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [`${PUBLIC}/v1/auth/oidc/real/callback`],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['only for tests'] },
  jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }] },
  renderError: (context, { error, error_description }) => {
    context.body = `${error}: ${error_description}`;
  },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 60, Session: 60, Grant: 60 },
};

/** A provider that others have built, as they have built it; who visits it is signed in as whom they say. */
const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const real = new Provider(issuer, CONFIGURATION);
const standard = real.callback();

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!request.url?.startsWith('/interaction/')) return void (await standard(request, response));
  const { prompt, params, session } = await real.interactionDetails(request, response);
  const accountId = String(request.headers['x-person']);
  if (accountId === 'nobody') return real.interactionFinished(request, response, { error: 'access_denied' });
  if (prompt.name === 'login') return real.interactionFinished(request, response, { login: { accountId } });
  const grant = new real.Grant({ accountId: session!.accountId, clientId: params['client_id'] as string });
  grant.addOIDCScope('openid email profile');
  return real.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const app = galley({
  ...settingsFor({ real: { issuer } }),
  GALLEY_PUBLIC_URL: PUBLIC,
  GALLEY_SHOP_URL: SHOP,
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let count = 0;
let person: string;
beforeEach(() => {
  person = `person-${++count}`;
  people[person] = { email: `${person}@example.com`, email_verified: true, name: 'Ada' };
});

/** Follows a browser of this person until it is back at the shop; gives what the page can read there. */
async function browse(url: string): Promise<Record<string, string>> {
  const cookies = new Map<string, string>();
  for (let at = url; ; ) {
    const reached = at.replace(PUBLIC, app.url);
    const jar = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie: reached.startsWith(issuer) ? jar : '', 'x-person': person };
    const response = await fetch(reached, { redirect: 'manual', headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${reached}: ${response.status} ${await response.text()}`);
    at = new URL(location, at).href;
    if (at.startsWith(SHOP)) return Object.fromEntries(new URLSearchParams(new URL(at).hash.slice(1)));
  }
}

async function signIn() {
  const { url, flowToken } = await begin(app.anyone, 'real');
  const { provider, ...answer } = await browse(url);
  return app.anyone.post(`/v1/auth/oidc/${provider}/token`, { ...answer, flowToken });
}

it('signs somebody in, and again, with a provider of today', async () => {
  const first = await signIn();
  expect([first.status, first.body.user]).toEqual([
    200,
    expect.objectContaining({ email: `${person}@example.com`, name: 'Ada' }),
  ]);
  expect(claimsOf(first.body.accessToken).amr).toEqual(['fed']);
  const again = await signIn();
  expect(again.body.user).toEqual(first.body.user);
});

it('links it to an account', async () => {
  const shopper = await app.shopper();
  await verifyEmail(app, shopper);
  const { url, flowToken } = await begin(app.as(shopper), 'real', 'link/authorization');
  const { provider: _, ...answer } = await browse(url);
  expect((await app.as(shopper).post('/v1/auth/oidc/real/link', { ...answer, flowToken })).status).toBe(201);
  expect((await signIn()).body.user.id).toBe(shopper.id);
});

it('brings home a person who does not want to', async () => {
  person = 'nobody';
  const { url } = await begin(app.anyone, 'real');
  expect(await browse(url)).toEqual({ provider: 'real', error: 'access_denied' });
});

it('sends the provider a redirect URI that is registered, to the letter', async () => {
  const { url } = await begin(app.anyone, 'real');
  const changed = new URL(url);
  changed.searchParams.set('redirect_uri', `${PUBLIC}/v1/auth/oidc/real/callback/`);
  await expect(browse(changed.href)).rejects.toThrow(/400/);
});

it('gets a code that is worth nothing without what only Galley knows', async () => {
  const { url, flowToken } = await begin(app.anyone, 'real');
  const { provider: _, ...answer } = await browse(url);
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: answer['code']!,
    redirect_uri: `${PUBLIC}/v1/auth/oidc/real/callback`,
    code_verifier: 'x'.repeat(43),
    client_id: CLIENT_ID,
  });
  expect((await fetch(`${issuer}/token`, { method: 'POST', body })).status).toBe(401);
  expect((await app.anyone.post('/v1/auth/oidc/real/token', { ...answer, flowToken })).status).toBe(200);
});

it('proves again who somebody is, for which they sign in anew', async () => {
  const first = await signIn();
  const own = app.anyone.with(first.body.accessToken);
  const { url, flowToken } = await begin(own, 'real', 'step-up/authorization');
  const { provider: _, ...answer } = await browse(url);
  const { status, body } = await own.post('/v1/auth/oidc/real/step-up', { ...answer, flowToken });
  expect([status, claimsOf(body.accessToken).sid]).toEqual([200, claimsOf(first.body.accessToken).sid]);
  expect(claimsOf(body.accessToken).auth_time).toBeGreaterThanOrEqual(claimsOf(first.body.accessToken).auth_time);
});
