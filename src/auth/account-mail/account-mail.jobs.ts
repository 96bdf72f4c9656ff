import { Injectable } from '@nestjs/common';
import { bodiesOf, Database, Job, Mailer, newId } from '../../platform/index.js';
import { MAIL_NOTICE, MAIL_TOKEN, type NoticeAsked } from './account-mail.js';
import { AccountMailSettings } from './account-mail.settings.js';
import { noticeLetter, tokenLetter } from './letters.js';
import { MailLimits } from './mail-limits.js';
import { type Asked, MailedTokens } from './mailed-tokens.js';

/** Sends the mail that was asked for. */
@Injectable()
export class AccountMailJobs {
  constructor(
    private readonly database: Database,
    private readonly tokens: MailedTokens,
    private readonly settings: AccountMailSettings,
    private readonly mailer: Mailer,
    private readonly limits: MailLimits,
  ) {}

  /** The token is committed before the mail leaves: whoever reads the mail can use it. */
  @Job(MAIL_TOKEN)
  async mailToken(asked: Asked): Promise<void> {
    const issued = await this.tokens.issue(asked);
    if (!issued) return;
    const { purpose } = asked;
    const { email, token } = issued;
    const letter = tokenLetter(purpose, {
      token,
      link: this.settings.linkFor(purpose, token),
      minutes: this.settings.minutesFor(purpose),
    });
    await this.mailer.send({ to: { address: email }, person: asked.userId, ...bodiesOf(letter) });
  }

  /** A job of an earlier release may say only whose. */
  @Job(MAIL_NOTICE)
  async mailNotice({ userId, about = 'password_changed', requestId = newId() }: NoticeAsked): Promise<void> {
    const [user] = await this.database.query<{ email: string }>('SELECT email FROM auth.users WHERE id = $1', [userId]);
    if (!user || !(await this.limits.admits({ email: user.email, kind: about, requestId }))) return;
    await this.mailer.send({ to: { address: user.email }, person: userId, ...bodiesOf(noticeLetter(about)) });
  }
}
