import { describe, expect, it } from 'vitest';
import { AccountMailSettings } from '#src/auth/account-mail/account-mail.settings.js';
import { FactorsSettings } from '#src/auth/factors/factors.settings.js';
import { PasskeysSettings } from '#src/auth/passkeys/passkeys.settings.js';
import { RelyingParty } from '#src/auth/passkeys/relying-party.js';
import { readSettings } from '#src/platform/config/settings.js';
import { HttpSettings } from '#src/platform/http/http.settings.js';

const partyIn = (env: Record<string, string>): RelyingParty =>
  new RelyingParty(
    readSettings(PasskeysSettings, env),
    readSettings(FactorsSettings, env),
    readSettings(AccountMailSettings, env),
    readSettings(HttpSettings, env),
  );

describe('Passkeys belong', () => {
  it.each<[string, Record<string, string>, string[], string]>([
    ['to this machine, out of the box', {}, ['http://localhost:3000'], 'localhost'],
    [
      'to the public URL',
      { GALLEY_PUBLIC_URL: 'https://api.example.com/galley' },
      ['https://api.example.com'],
      'api.example.com',
    ],
    [
      'to the shop, when it has pages',
      { GALLEY_PUBLIC_URL: 'https://api.example.com', GALLEY_SHOP_URL: 'https://shop.example.com/start' },
      ['https://shop.example.com'],
      'shop.example.com',
    ],
    [
      'to what is named',
      {
        GALLEY_SHOP_URL: 'https://shop.example.com',
        GALLEY_PASSKEY_ORIGINS: `android:apk-key-hash:${'x'.repeat(43)},https://example.com,https://shop.example.com`,
      },
      [`android:apk-key-hash:${'x'.repeat(43)}`, 'https://example.com', 'https://shop.example.com'],
      'example.com',
    ],
    [
      'to a domain above',
      { GALLEY_SHOP_URL: 'https://shop.example.com', GALLEY_PASSKEY_DOMAIN: 'example.com' },
      ['https://shop.example.com'],
      'example.com',
    ],
  ])('%s', (_, env, origins, id) => {
    const party = partyIn(env);
    expect([party.origins, party.id]).toEqual([origins, id]);
  });

  it.each<[string, string]>([
    ['GALLEY_PASSKEY_ORIGINS', 'shop.example.com'],
    ['GALLEY_PASSKEY_ORIGINS', 'https://shop.example.com/'],
    ['GALLEY_PASSKEY_ORIGINS', 'https://shop.example.com, https://other.example.com'],
    ['GALLEY_PASSKEY_DOMAIN', 'https://example.com'],
    ['GALLEY_PASSKEY_DOMAIN', 'example.com:3000'],
    ['GALLEY_SHOP_NAME', 'Shop: the best'],
  ])('to nothing that cannot be: %s=%s', (name, value) => {
    expect(() => partyIn({ [name]: value })).toThrow(`${name} is ${JSON.stringify(value)}, but takes `);
  });
});
