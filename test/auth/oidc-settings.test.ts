import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OidcProviderSettings } from '#src/auth/oidc/oidc.settings.js';
import { settingsIn } from '#src/platform/config/settings.js';
import { readEach, SettingError } from '#src/platform/index.js';
import { misspeltSettings } from '#src/platform/process/check-settings.js';
import { MainProcess } from '../platform/main-process.js';
import { type Booted, boot } from '../support/boot.js';
import { Client } from '../support/client.js';
import { type Clone, cloneDatabase } from '../support/clone.js';
import { FakeProvider, settingsFor } from './fake-provider.js';

const GOOD = settingsFor({
  google: { issuer: 'https://accounts.example.com' },
  corp: { issuer: 'https://corp.example' },
});
const cli = join(import.meta.dirname, '../../dist/src/cli.js');

it('has settings for each provider that is named', () => {
  const each = readEach(OidcProviderSettings, { ...GOOD, GALLEY_OIDC_CORP_MFA: 'mfa' });
  expect([...each.keys()]).toEqual(['google', 'corp']);
  expect(each.get('google')).toMatchObject({ issuer: 'https://accounts.example.com', clientAuth: 'basic' });
  expect(each.get('corp')?.mfa).toBe('mfa');
  expect(readEach(OidcProviderSettings, {})).toEqual(new Map());
});

it.each([
  ['GALLEY_OIDC_GOOGLE_ISSUER', ''],
  ['GALLEY_OIDC_GOOGLE_ISSUER', 'accounts.example.com'],
  ['GALLEY_OIDC_GOOGLE_ISSUER', 'http://accounts.example.com'],
  ['GALLEY_OIDC_GOOGLE_ISSUER', 'http://127.0.0.1.example.com'],
  ['GALLEY_OIDC_GOOGLE_ISSUER', 'ftp://accounts.example.com'],
  ['GALLEY_OIDC_GOOGLE_ISSUER', 'https://eve@accounts.example.com'],
  ['GALLEY_OIDC_GOOGLE_ISSUER', 'https://accounts.example.com?tenant=1'],
  ['GALLEY_OIDC_CORP_CLIENT_ID', ''],
  ['GALLEY_OIDC_CORP_CLIENT_AUTH', 'jwt'],
  ['GALLEY_OIDC_CORP_MFA', 'mfa, otp'],
])('refuses %s=%j by name', (name, value) => {
  expect(() => readEach(OidcProviderSettings, { ...GOOD, [name]: value })).toThrow(SettingError);
  expect(() => readEach(OidcProviderSettings, { ...GOOD, [name]: value })).toThrow(name);
});

it('knows each setting of each provider by its name, and a misspelt one too', () => {
  const names = settingsIn(GOOD).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['GALLEY_OIDC_GOOGLE_ISSUER', 'GALLEY_OIDC_CORP_CLIENT_SECRET']));
  expect(names.filter((name) => name.includes('<'))).toEqual([]);
  expect(misspeltSettings(GOOD)).toEqual([]);
  expect(misspeltSettings({ ...GOOD, GALLEY_OIDC_GOOGLE_ISUER: 'x' })).toEqual([
    'GALLEY_OIDC_GOOGLE_ISUER is not a setting; did you mean GALLEY_OIDC_GOOGLE_ISSUER?',
  ]);
});

it('are shown by galley config, without secrets', async () => {
  const shown = new MainProcess(GOOD, [process.execPath, cli, 'config']);
  expect(await shown.ended).toBe(0);
  expect(shown.stdout).toMatch(/^GALLEY_OIDC_GOOGLE_ISSUER=https:\/\/accounts.example.com$/m);
  expect(shown.stdout).toMatch(/^GALLEY_OIDC_CORP_CLIENT_SECRET=\(set, not shown\)$/m);
});

it.each<[string, Record<string, string>, RegExp]>([
  [
    'a provider over http in production',
    { NODE_ENV: 'production', GALLEY_OIDC_GOOGLE_ISSUER: 'http://127.0.0.1:1' },
    /^GALLEY_OIDC_GOOGLE_ISSUER is "http:/,
  ],
  ['a provider without a client', { GALLEY_OIDC_GOOGLE_CLIENT_ID: '' }, /^GALLEY_OIDC_GOOGLE_CLIENT_ID is ""/],
  ['a name that is none', { GALLEY_OIDC_PROVIDERS: 'Google Inc' }, /^GALLEY_OIDC_PROVIDERS is "Google Inc"/],
  [
    'a scheme that anybody may have',
    { GALLEY_OIDC_RETURN_TO: 'javascript:/x' },
    /^GALLEY_OIDC_RETURN_TO is "javascript:/,
  ],
  ['a page in place of an origin', { GALLEY_OIDC_RETURN_TO: 'https://a.example/page' }, /^GALLEY_OIDC_RETURN_TO is /],
])('stop the start with one line: %s', async (_, changes, line) => {
  const command = new MainProcess({ ...GOOD, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing', ...changes }, [
    process.execPath,
    cli,
    'audit:verify',
  ]);
  expect(await command.ended).toBe(1);
  const [first, ...rest] = await command.lines();
  expect([first, rest]).toEqual([expect.stringMatching(line), []]);
});

let clone: Clone;
let booted: Booted | undefined;
beforeAll(async () => {
  clone = await cloneDatabase();
});
afterAll(async () => {
  await booted?.close();
  await clone.drop();
});

it('ask no provider at the start; one that never answers is waited for as long as they say, and then left alone', async () => {
  const silent = await FakeProvider.start();
  silent.silent = true;
  const liar = await FakeProvider.start();
  liar.metadata = { issuer: 'https://accounts.example.com' };
  const own = { ...settingsFor({ silent, liar }), GALLEY_OIDC_TIMEOUT: '0.2', GALLEY_SHOP_URL: 'https://shop.example' };
  booted = await boot({ DATABASE_URL: clone.url, ...own });
  expect([silent.asked, liar.asked]).toEqual([{}, {}]);
  const client = new Client(booted.url);
  const ask = async (name: string) => {
    const { status, body } = await client.post(`/v1/auth/oidc/${name}/authorization`, {});
    return [status, body.code];
  };
  const unavailable = [503, 'provider_unavailable'];
  // Whoever is asked first waits for the client of OpenID Connect to be loaded, too.
  expect(await ask('liar')).toEqual(unavailable);
  const began = performance.now();
  expect(await Promise.all([1, 2, 3].map(() => ask('silent')))).toEqual([unavailable, unavailable, unavailable]);
  expect(performance.now() - began).toBeLessThan(2000);
  expect(await ask('silent')).toEqual(unavailable);
  expect(silent.asked).toEqual({ '/.well-known/openid-configuration': 1 });
  await Promise.all([silent.stop(), liar.stop()]);
});
