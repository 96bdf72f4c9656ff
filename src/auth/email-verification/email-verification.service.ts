import { Injectable } from '@nestjs/common';
import { type Caller, Database, Events, Transactional } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { MailedTokens } from '../account-mail/mailed-tokens.js';
import { EmailVerified } from '../auth.events.js';

/** Whether the address of an account is that of its owner. */
@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly database: Database,
    private readonly tokens: MailedTokens,
    private readonly mail: AccountMail,
    private readonly events: Events,
  ) {}

  async ask({ id }: Caller): Promise<void> {
    if (id) await this.mail.ask('verify_email', id);
  }

  /** @throws {InvalidMailToken} */
  @Transactional()
  async verify(token: string): Promise<void> {
    const { userId } = await this.tokens.use('verify_email', token);
    await this.database.query(
      'UPDATE auth.users SET email_verified_at = now(), version = version + 1, updated_at = now() WHERE id = $1',
      [userId],
    );
    this.events.publish(new EmailVerified(userId));
  }
}
