import { Injectable } from '@nestjs/common';
import { Jobs, newId } from '../../platform/index.js';
import { AccountMailSettings } from './account-mail.settings.js';
import type { Notice } from './letters.js';
import type { Asked, Purpose } from './mailed-tokens.js';

export const MAIL_TOKEN = 'auth.mail-token';
export const MAIL_NOTICE = 'auth.mail-notice';

/** One wish for a mail that tells something. */
export interface NoticeAsked {
  userId: string;
  about: Notice;
  requestId: string;
}

/**
 * Asks for mail to an account; jobs send it, in the open transaction when there is one.
 *
 * A job's data lies readable in the database until after it has run, is in its backups, and is printed by
 * `galley jobs:dead`. So it has ids and times only: neither the token, which is made when the mail is sent and is stored
 * nowhere but as a hash, nor the address, which the account has.
 */
@Injectable()
export class AccountMail {
  constructor(
    private readonly jobs: Jobs,
    private readonly settings: AccountMailSettings,
  ) {}

  /** A mail with a token in it. It is good from now on, however late the mail goes out. */
  async ask(purpose: Purpose, userId: string): Promise<void> {
    const expiresAt = new Date(Date.now() + this.settings.minutesFor(purpose) * 60_000).toISOString();
    await this.jobs.enqueue(MAIL_TOKEN, { purpose, userId, requestId: newId(), expiresAt } satisfies Asked);
  }

  /** A mail that tells the owner what has happened to the account. Five about the same in an hour, and no more. */
  async notice(userId: string, about: Notice): Promise<void> {
    await this.jobs.enqueue(MAIL_NOTICE, { userId, about, requestId: newId() } satisfies NoticeAsked);
  }
}
