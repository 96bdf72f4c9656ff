import { IsInt, IsUrl, Max, Min } from 'class-validator';
import { Env } from '../../platform/index.js';
import type { Purpose } from './mailed-tokens.js';

/** Pages of the shop that links in mail lead to. */
const PAGES: Record<Purpose, string> = { reset_password: 'reset-password', verify_email: 'verify-email' };

export class AccountMailSettings {
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @Env('GALLEY_SHOP_URL', {
    does: 'where links in mail lead: to /reset-password, /verify-email and /confirm-email-change below it, with #token=…; without, mail has the token in it to copy',
    takes: 'a URL such as https://shop.example.com',
  })
  shopUrl: string;

  @IsInt()
  @Min(5)
  @Max(1440)
  @Env('GALLEY_RESET_MINUTES', {
    default: '30',
    does: 'how long the mail to reset a password is good for',
    takes: 'a number of minutes, 5 to 1440',
  })
  resetMinutes: number;

  @IsInt()
  @Min(1)
  @Max(168)
  @Env('GALLEY_VERIFY_HOURS', {
    default: '24',
    does: 'how long the mail to verify an e-mail address is good for',
    takes: 'a number of hours, 1 to 168',
  })
  verifyHours: number;

  minutesFor(purpose: Purpose): number {
    return purpose === 'reset_password' ? this.resetMinutes : this.verifyHours * 60;
  }

  /** The link, when there is a page. The token stands behind #: browsers send that part to no server, and no referrer has it. */
  linkFor(purpose: Purpose, token: string): string | undefined {
    return this.pageFor(PAGES[purpose], token);
  }

  pageFor(page: string, token: string): string | undefined {
    return this.shopUrl && `${this.shopUrl.replace(/\/$/, '')}/${page}#token=${token}`;
  }
}
