import { type FieldError, ValidationFailed } from '../../platform/index.js';
import { isCommonPassword } from './common-passwords.js';

/** Shortest password; there is no rule about the kinds of characters in it (NIST SP 800-63B §3.1.1.2). */
export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 200;

/**
 * Refuses a new password that an attacker would try first. `field` is what the request calls it.
 * @throws {ValidationFailed}
 */
export async function refuseGuessable(password: string, email: string, field = 'password'): Promise<void> {
  const refusal = (code: string, message: string): ValidationFailed =>
    new ValidationFailed([{ pointer: `/${field}`, code, message } satisfies FieldError]);
  if ([...password].length < MIN_PASSWORD)
    throw refusal('too_short', `The password needs at least ${MIN_PASSWORD} characters.`);
  const lower = password.toLowerCase();
  if (lower === email || lower === email.split('@')[0])
    throw refusal('is_email', 'The password must not be the e-mail address.');
  if (await isCommonPassword(password, MIN_PASSWORD))
    throw refusal('too_common', 'Too many people use this password. Choose another.');
}
