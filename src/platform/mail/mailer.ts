/** Whom a mail is for, or from. */
export interface Mailbox {
  name?: string | undefined;
  address: string;
}

export interface Mail {
  to: Mailbox;
  /** Id of the account whose mailbox that is: where mail is kept, it goes when they are erased. */
  person?: string | undefined;
  subject: string;
  text: string;
  html: string;
}

// One mailbox and nothing else: no line break that would begin a header, no comma or bracket that would name another
// recipient, no quoted local part, which mail software reads in more than one way.
const ADDRESS = /^[^\s"(),:;<>@[\\\]\p{Cc}]+@[^\s"(),:;<>@[\\\]\p{Cc}]+$/u;

// Control characters, line and paragraph separators, and what turns the direction of text around.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * Sends mail. The one place that every mail goes through on its way out, so what could smuggle headers or recipients
 * into a message is stopped here, whatever delivers it. Call it from a job, never inside a transaction.
 */
export abstract class Mailer {
  /** @throws {MailNotSent} when it may work later. One that can never arrive is given up with a warning. */
  async send({ to, person, subject, text, html }: Mail): Promise<void> {
    await this.deliver({ to: clean(to), person, subject: oneLine(subject), text, html });
  }

  /** Takes out mail to this person that is kept here. */
  async forget(_person: string): Promise<void> {}

  protected abstract deliver(mail: Mail): Promise<void>;
}

/** The mail has not gone out. Says why without the words of the server, which may name the recipient. */
export class MailNotSent extends Error {}

function clean({ name, address }: Mailbox): Mailbox {
  if (!ADDRESS.test(address)) throw new MailNotSent('The address is not that of one mailbox.');
  return name ? { name: oneLine(name), address } : { address };
}

const oneLine = (text: string): string => text.replace(UNPRINTABLE, ' ').trim();
