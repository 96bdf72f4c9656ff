import { readSettings } from '../config/settings.js';
import { ProcessSettings } from '../process/process.settings.js';
import { FileMailer } from './file-mailer.js';
import type { MailSettings } from './mail.settings.js';
import type { Mailer } from './mailer.js';
import { SmtpMailer } from './smtp-mailer.js';

/** The mailer that the settings ask for. @throws {SettingError} for a server without a sender. */
export function openMailer(settings: MailSettings): Mailer {
  if (!settings.smtpUrl) return new FileMailer(settings, readSettings(ProcessSettings).dataDir);
  settings.requireSender();
  return new SmtpMailer(settings);
}
