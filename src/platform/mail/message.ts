import type { SendMailOptions } from 'nodemailer';
import type { Mail, Mailbox } from './mailer.js';

/** A mail as nodemailer takes it. */
export function messageOf({ to, subject, text, html }: Mail, from: Mailbox): SendMailOptions {
  return {
    from: { name: from.name ?? '', address: from.address },
    to: { name: to.name ?? '', address: to.address },
    // Said once more, so that no header is read to find out who gets it.
    envelope: { from: from.address, to: [to.address] },
    subject,
    text,
    html,
    // RFC 3834: answering machines leave it alone.
    headers: { 'Auto-Submitted': 'auto-generated' },
    xMailer: false,
    // Templates cannot ask for files or URLs to be read into a mail.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
