import { Matches } from 'class-validator';
import { Env } from '../../platform/index.js';

const ORIGIN = '(https?:\\/\\/[^\\s,/]+|android:apk-key-hash:[\\w-]{43})';

export class PasskeysSettings {
  @Matches(new RegExp(`^${ORIGIN}(,${ORIGIN})*$`))
  @Env('GALLEY_PASSKEY_ORIGINS', {
    does: 'origins of the pages and apps that may use passkeys; by default that of GALLEY_SHOP_URL, or of Galley itself',
    takes: 'a comma-separated list of origins such as https://shop.example.com or android:apk-key-hash:…',
  })
  origins: string;

  @Matches(/^(?!-)[a-z0-9.-]{1,253}$/)
  @Env('GALLEY_PASSKEY_DOMAIN', {
    does: 'domain that passkeys belong to: that of the origins, or one above it; none works after it has changed; by default the host name of the first origin',
    takes: 'a domain such as example.com',
  })
  domain: string;
}
