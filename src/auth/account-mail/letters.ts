import type { Letter } from '../../platform/index.js';
import type { Purpose } from './mailed-tokens.js';

/*
 * None of these has in it what someone typed, such as a name: whoever registers another's address could make Galley
 * send them any text.
 */

const WORDS: Record<Purpose, { subject: string; first: string; label: string; otherwise: string }> = {
  reset_password: {
    subject: 'Reset your password',
    first: 'Someone, probably you, wants to reset the password of the account with this e-mail address.',
    label: 'Choose a new password',
    otherwise: 'If it was not you, ignore this mail: your password stays as it is.',
  },
  verify_email: {
    subject: 'Confirm your e-mail address',
    first:
      'An account was made with this e-mail address. Confirm only if you made it: whoever made it will see all orders that were placed with this address.',
    label: 'Confirm this address',
    otherwise:
      'If it was not you, do not confirm. You can take the account over: sign in to the shop with this address, say that you forgot your password, and choose a new one; whoever made the account is signed out then.',
  },
};

/** With a link, or with the token to copy where no page is known. */
export function tokenLetter(
  purpose: Purpose,
  { token, link, minutes }: { token: string; link: string | undefined; minutes: number },
): Letter {
  const { subject, first, label, otherwise } = WORDS[purpose];
  return {
    subject,
    paragraphs: [first, `This works once, within ${duration(minutes)}. ${otherwise}`],
    action: link ? { label, url: link } : { label: `${label} with this code`, code: token },
  };
}

const RESET = 'If it was not you, ask for a mail to reset your password at once.';

/** What the owner of an account is told, that nobody else should have done. */
const NOTICES = {
  password_changed: {
    subject: 'Your password was changed',
    paragraphs: [
      'The password of the account with this e-mail address was changed, and other devices were signed out.',
      RESET,
    ],
  },
  totp_added: {
    subject: 'An authenticator app was added',
    paragraphs: ['Signing in to the account with this e-mail address asks for a code from an app from now on.', RESET],
  },
  totp_removed: {
    subject: 'Your authenticator app was removed',
    paragraphs: ['Signing in to the account with this e-mail address no longer asks for a code from an app.', RESET],
  },
  passkey_added: {
    subject: 'A passkey was added',
    paragraphs: ['The account with this e-mail address has a new passkey, which is good for signing in.', RESET],
  },
  passkey_removed: {
    subject: 'A passkey was removed',
    paragraphs: ['A passkey of the account with this e-mail address was removed.', RESET],
  },
  identity_linked: {
    subject: 'Another way to sign in was added',
    paragraphs: [
      'The account with this e-mail address can be opened by signing in with a provider from now on.',
      RESET,
    ],
  },
  identity_unlinked: {
    subject: 'A way to sign in was removed',
    paragraphs: ['The account with this e-mail address can no longer be opened with one of the providers.', RESET],
  },
  recovery_code_used: {
    subject: 'A recovery code was used',
    paragraphs: [
      'Someone signed in to the account with this e-mail address with a recovery code in place of the second factor.',
      RESET,
    ],
  },
  recovery_codes_renewed: {
    subject: 'You have new recovery codes',
    paragraphs: [
      'The account with this e-mail address has new recovery codes. Those before are worth nothing any more.',
      RESET,
    ],
  },
  factors_removed: {
    subject: 'Your second factors were removed',
    paragraphs: [
      'An administrator removed all second factors of the account with this e-mail address, and signed it out everywhere.',
      'If you did not ask for that, tell the shop at once, and change your password.',
    ],
  },
  unproved_factors_removed: {
    subject: 'Second factors were removed',
    paragraphs: [
      'When the password was reset, authenticator apps and passkeys were removed that had been set up before this e-mail address was confirmed.',
      'If they were yours, set them up again.',
    ],
  },
  export_ready: {
    subject: 'The copy of your data is ready',
    paragraphs: [
      'The copy of all that is known of you, which was asked for in the account with this e-mail address, is ready.',
      `Sign in to fetch it within a day. ${RESET}`,
    ],
  },
  codes_guessed: {
    subject: 'Someone knows your password',
    paragraphs: [
      'Someone gave the right password of the account with this e-mail address several times, and then wrong codes.',
      'If it was not you, your second factor has kept them out so far. Ask for a mail to reset your password at once.',
    ],
  },
} satisfies Record<string, Letter>;

export type Notice = keyof typeof NOTICES;

export const noticeLetter = (about: Notice): Letter => NOTICES[about];

const duration = (minutes: number): string => (minutes % 60 === 0 ? hours(minutes / 60) : `${minutes} minutes`);

const hours = (count: number): string => (count === 1 ? 'one hour' : `${count} hours`);
