import { Logger } from '@nestjs/common';
import type { Transporter } from 'nodemailer';
import type { MailSettings } from './mail.settings.js';
import { type Mail, Mailer, MailNotSent } from './mailer.js';
import { messageOf } from './message.js';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
}

/** Hands mail to an SMTP server, over TLS. */
export class SmtpMailer extends Mailer {
  private readonly logger = new Logger('Mail');
  private transport: Promise<Transporter> | undefined;

  constructor(private readonly settings: MailSettings) {
    super();
  }

  protected async deliver(mail: Mail): Promise<void> {
    // Loaded with the first mail: a start needs none of it.
    this.transport ??= this.connect();
    try {
      await (await this.transport).sendMail(messageOf(mail, this.settings.from));
    } catch (error) {
      this.refused(error as SmtpError);
    }
  }

  private async connect(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer');
    const { smtpUrl } = this.settings;
    return createTransport({
      // What the URL says goes first: ?requireTLS=false for a server in a network of one's own.
      url: smtpUrl,
      requireTLS: !LOOPBACK.test(new URL(smtpUrl).hostname),
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 30_000,
    });
  }

  /** What the server says often names the recipient, and a job's error is kept and logged: only its numbers go on. */
  private refused({ code, command, responseCode = 0 }: SmtpError): void {
    const what = `${code ?? 'unknown error'}${command ? ` at ${command}` : ''}${responseCode ? `, ${responseCode}` : ''}`;
    if (command !== 'RCPT TO' || responseCode < 500)
      throw new MailNotSent(`The SMTP server did not take mail: ${what}.`);
    // Asking again would not make the mailbox exist.
    this.logger.warn(`The SMTP server knows no such mailbox, so one mail was given up: ${what}.`);
  }
}
