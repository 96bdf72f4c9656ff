import { afterAll, describe, expect, it } from 'vitest';
import { galley } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { begin, claimsOf, link, SHOP, signIn, somebody, verifyEmail } from './external.js';
import { FakeProvider, settingsFor, type Tricks } from './fake-provider.js';
import { codeOf, enrol, forgetCodes, wrongCodeOf } from './second-factor.js';

const google = await FakeProvider.start();
const corp = await FakeProvider.start();
const app = galley({ ...settingsFor({ google, corp }), GALLEY_OIDC_CORP_MFA: 'mfa', GALLEY_SHOP_URL: SHOP });
afterAll(() => Promise.all([google.stop(), corp.stop()]));

const at = { google, corp };
const now = () => Math.floor(Date.now() / 1000);
const LONG_AGO = { auth_time: now() - 7200 };
const told = ({ status, body }: Answer) => [status, body.code];

/** Something sensitive. */
const sensitive = (client: Client) => client.post('/v1/me/export');

/** Somebody with no other way in, who signed in at the provider when the claims say. */
async function member(claims: Tricks['claims'], name: 'google' | 'corp' = 'google') {
  const person = somebody();
  const { body } = await signIn(app, { provider: at[name], name, person, tricks: { claims } });
  return { person, client: app.anyone.with(body.accessToken), token: body.accessToken as string };
}

type Who = Record<string, unknown>;

async function stepUp(
  client: Client,
  person: Who,
  { claims = {} as Who, name = 'google' as 'google' | 'corp', also = {} } = {},
) {
  const { url, flowToken } = await begin(client, name, 'step-up/authorization');
  const answer = at[name].authorize(url, person, { claims });
  return client.post(`/v1/auth/oidc/${name}/step-up`, { ...answer, flowToken, ...also });
}

describe('A sign-in with a provider', () => {
  it('is as recent as the provider says', async () => {
    expect((await sensitive((await member({})).client)).status).toBe(201);
    const old = await member(LONG_AGO);
    expect(claimsOf(old.token).auth_time).toBe(LONG_AGO.auth_time);
    expect(told(await sensitive(old.client))).toEqual([401, 'recent_sign_in_required']);
  });

  it('is not recent when the provider does not say, and no more than now when it errs', async () => {
    for (const unknown of [undefined, 0, Date.now(), 1e300]) {
      expect(told(await sensitive((await member({ auth_time: unknown })).client))).toEqual([
        401,
        'recent_sign_in_required',
      ]);
    }
    const { token } = await member({ auth_time: now() + 25 });
    expect(claimsOf(token).auth_time).toBeLessThanOrEqual(now());
  });
});

describe('Proving again who one is', () => {
  it('is done at the provider, which is asked to have them sign in anew', async () => {
    const { person, client, token } = await member(LONG_AGO);
    const { url } = await begin(client, 'google', 'step-up/authorization');
    const asked = new URL(url).searchParams;
    expect([asked.get('prompt'), asked.get('max_age')]).toEqual(['login', '0']);
    const { status, body } = await stepUp(client, person);
    expect([status, claimsOf(body.accessToken).sid]).toEqual([200, claimsOf(token).sid]);
    expect((await sensitive(app.anyone.with(body.accessToken))).status).toBe(201);
  });

  it('needs a provider that says that it has seen them just now', async () => {
    const { person, client } = await member(LONG_AGO);
    for (const claims of [LONG_AGO, { auth_time: undefined }, { auth_time: now() - 60 }])
      expect(told(await stepUp(client, person, { claims }))).toEqual([422, 'identity_not_proved']);
    expect(told(await sensitive(client))).toEqual([401, 'recent_sign_in_required']);
  });

  it('is not done by somebody else, nor with an identity of nobody', async () => {
    const [ada, eve] = [await member(LONG_AGO), await member(LONG_AGO)];
    for (const person of [eve.person, somebody()])
      expect(told(await stepUp(ada.client, person))).toEqual([422, 'identity_not_proved']);
  });

  it('ends in the session in which it was begun, and is nothing else', async () => {
    const [ada, eve] = [await member(LONG_AGO), await member(LONG_AGO)];
    const answered = async (client: Client, path: string) => {
      const { url, flowToken } = await begin(client, 'google', path);
      return { ...google.authorize(url, ada.person), flowToken };
    };
    const EXPIRED = [409, 'external_sign_in_expired'];
    const step = '/v1/auth/oidc/google/step-up';
    const begun = await answered(ada.client, 'step-up/authorization');
    expect(told(await eve.client.post(step, begun))).toEqual(EXPIRED);
    expect(told(await app.anyone.post('/v1/auth/oidc/google/token', begun))).toEqual(EXPIRED);
    expect(told(await ada.client.post(step, await answered(app.anyone, 'authorization')))).toEqual(EXPIRED);
    expect((await ada.client.post(step, begun)).status).toBe(200);
    expect(told(await ada.client.post(step, begun))).toEqual(EXPIRED);
  });

  it('counts a code from here no longer when its app has been removed', async () => {
    const shopper = await app.shopper();
    await verifyEmail(app, shopper);
    const person = somebody();
    expect((await link(app.as(shopper), { provider: google, name: 'google', person })).status).toBe(201);
    const owner = await enrol(app, shopper);
    const { body } = await stepUp(app.as(owner), person, { also: { factorCode: codeOf(owner) } });
    expect((await app.anyone.with(body.accessToken).delete('/v1/auth/mfa/totp')).status).toBe(204);
    const refreshed = await app.anyone.post('/v1/auth/refresh', { refreshToken: owner.refreshToken });
    expect(claimsOf(refreshed.body.accessToken).amr).toEqual(['fed', 'otp']);
  });

  it('needs the second factor as well, from here or from a provider that is trusted for it', async () => {
    const shopper = await app.shopper();
    await verifyEmail(app, shopper);
    const person = somebody();
    for (const name of ['google', 'corp'] as const)
      expect((await link(app.as(shopper), { provider: at[name], name, person })).status).toBe(201);
    const owner = await enrol(app, shopper);
    const client = app.as(owner);
    expect(told(await stepUp(client, person))).toEqual([422, 'code_required']);
    const { url, flowToken } = await begin(client, 'google', 'step-up/authorization');
    const answer = { ...google.authorize(url, person), flowToken };
    const finish = (factorCode: string) => client.post('/v1/auth/oidc/google/step-up', { ...answer, factorCode });
    expect(told(await finish(wrongCodeOf(owner)))).toEqual([422, 'wrong_code']);
    const { status, body } = await finish(codeOf(owner));
    expect([status, claimsOf(body.accessToken).amr]).toEqual([200, ['fed', 'otp', 'mfa']]);
    await forgetCodes(app, owner);
    const trusted = await stepUp(client, person, { name: 'corp', claims: { amr: ['mfa'] } });
    expect([trusted.status, claimsOf(trusted.body.accessToken).amr]).toEqual([200, ['fed', 'mfa']]);
    expect(told(await stepUp(client, person, { claims: { amr: ['mfa'] } }))).toEqual([422, 'code_required']);
  });
});
