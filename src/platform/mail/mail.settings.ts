import { Matches } from 'class-validator';
import { badSetting, Env } from '../config/settings.js';
import type { Mailbox } from './mailer.js';

const FROM = /^(?:([^<>"\p{Cc}]+?)\s*<)?([^\s<>@",;\p{Cc}]+@[^\s<>@",;\p{Cc}]+?)>?$/u;

export class MailSettings {
  @Matches(/^smtps?:\/\/[^\s/]+/)
  @Env('GALLEY_SMTP_URL', {
    does: 'server that takes mail; without one, mail is written to files in mail/ of GALLEY_DATA_DIR',
    takes: 'a URL such as smtps://user:password@smtp.example.com or smtp://smtp.example.com:587',
    secret: true,
  })
  smtpUrl: string;

  @Matches(FROM)
  @Env('GALLEY_MAIL_FROM', {
    does: 'sender of mail; required with GALLEY_SMTP_URL',
    takes: 'an e-mail address such as shop@example.com, or Shop <shop@example.com>',
  })
  mailFrom: string;

  get from(): Mailbox {
    const [, name, address = 'galley@localhost'] = FROM.exec(this.mailFrom ?? '') ?? [];
    return { name: name ?? 'Galley', address };
  }

  /** @throws {SettingError} A server would take mail from nobody, and refuse it one by one. */
  requireSender(): void {
    if (!this.mailFrom) throw badSetting('GALLEY_MAIL_FROM', {}, 'the sender of mail when GALLEY_SMTP_URL is set');
  }
}
