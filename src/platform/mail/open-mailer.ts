import { FileMailer } from './file-mailer.js';
import type { MailSettings } from './mail.settings.js';
import type { Mailer } from './mailer.js';
import { SmtpMailer } from './smtp-mailer.js';

/** The mailer that the settings ask for. @throws {SettingError} for a server without a sender. */
export function openMailer(settings: MailSettings): Mailer {
  if (!settings.smtpUrl) return new FileMailer(settings);
  settings.requireSender();
  return new SmtpMailer(settings);
}
