import { Injectable } from '@nestjs/common';
import { HttpSettings } from '../../platform/index.js';
import { AccountMailSettings } from '../account-mail/account-mail.settings.js';
import { FactorsSettings } from '../factors/factors.settings.js';
import { PasskeysSettings } from './passkeys.settings.js';

/** For whom passkeys are made: they are good on these origins, for this domain. */
@Injectable()
export class RelyingParty {
  constructor(
    private readonly settings: PasskeysSettings,
    private readonly factors: FactorsSettings,
    private readonly mail: AccountMailSettings,
    private readonly http: HttpSettings,
  ) {}

  get name(): string {
    return this.factors.shopName;
  }

  get origins(): string[] {
    return this.settings.origins?.split(',') ?? [originOf(this.mail.shopUrl ?? this.http.baseUrl)];
  }

  get id(): string {
    if (this.settings.domain) return this.settings.domain;
    const web = this.origins.find((origin) => URL.canParse(origin) && new URL(origin).hostname !== '');
    return web ? new URL(web).hostname : 'localhost';
  }
}

/** A passkey belongs to a domain, never to an address. */
function originOf(url: string): string {
  const { origin } = new URL(url);
  return origin.replace(/\/\/(127\.0\.0\.1|\[::1\])/, '//localhost');
}
