import { domainToASCII } from 'node:url';
import { isEmail, registerDecorator } from 'class-validator';

const LONGEST = 254; // RFC 5321 §4.5.3.1.3, less the angle brackets

/**
 * An address that any mail server takes: its part before the @ in ASCII, so that no two look alike, and without quotes,
 * which mail software reads in more than one way.
 */
export function isEmailAddress(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length <= LONGEST &&
    isEmail(value, { allow_utf8_local_part: false, blacklisted_chars: '"' }) &&
    normaliseEmail(value).length <= LONGEST
  );
}

export function IsEmailAddress(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isEmail',
      target: target.constructor,
      propertyName: String(property),
      options: { message: 'must be an e-mail address.' },
      validator: { validate: isEmailAddress },
    });
}

/**
 * One spelling for one mailbox: NFC and lower case, and the domain as DNS has it, where `Bücher.example` and
 * `xn--bcher-kva.example` are the same and look-alikes of Latin letters stand out. It finds the account that a request
 * means; mail goes to the spelling that is stored, never to the one that came with a request.
 */
export const normaliseEmail = (email: string): string => lower(withDnsDomain(email));

/** As it was typed, but for the domain, which is as DNS has it: where mail goes to one mailbox, addresses compare in lower case. */
export function withDnsDomain(email: string): string {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  return at < 0 ? email : `${email.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

const lower = (text: string): string => text.normalize('NFC').toLowerCase();
