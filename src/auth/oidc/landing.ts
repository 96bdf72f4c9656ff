import { Injectable } from '@nestjs/common';
import { ValidationFailed } from '../../platform/index.js';
import { AccountMailSettings } from '../account-mail/account-mail.settings.js';
import { OidcSettings } from './oidc.settings.js';

/** Pages and apps that people may be sent to with an answer of a provider, and no others. */
@Injectable()
export class Landing {
  constructor(
    private readonly settings: OidcSettings,
    private readonly mail: AccountMailSettings,
  ) {}

  /** Where people land when nothing else is said. */
  get usual(): string | undefined {
    return this.mail.shopUrl && `${this.mail.shopUrl.replace(/\/$/, '')}/sign-in`;
  }

  /** As URLs are spelt, so that a browser reads it no other way. @throws {ValidationFailed} */
  choose(wanted: string | undefined): string {
    if (wanted === undefined) return this.usual ?? refuse('is required, because the shop has no page for it.');
    const url = URL.canParse(wanted) ? new URL(wanted) : undefined;
    if (!url || !this.mayBe(url)) return refuse('must be a page of the shop, or another one that the operator allows.');
    return url.href;
  }

  /** Of pages the origin counts, of apps the whole address. What follows # is where the answer will be. */
  private mayBe(url: URL): boolean {
    if (url.username || url.password || url.href.includes('#')) return false;
    const allowed = [this.mail.shopUrl ?? [], this.settings.returnTo?.split(',') ?? []].flat();
    const web = url.protocol === 'http:' || url.protocol === 'https:';
    return allowed.some((one) => (web ? new URL(one).origin === url.origin : one === url.href));
  }
}

function refuse(message: string): never {
  throw new ValidationFailed([{ pointer: '/redirectTo', code: 'not_allowed', message }]);
}
