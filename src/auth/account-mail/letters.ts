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
    first: 'An account was made with this e-mail address. Please confirm that it is yours.',
    label: 'Confirm this address',
    otherwise: 'If it was not you, ignore this mail.',
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

export function passwordChangedLetter(): Letter {
  return {
    subject: 'Your password was changed',
    paragraphs: [
      'The password of the account with this e-mail address was changed, and other devices were signed out.',
      'If it was not you, ask for a mail to reset your password at once.',
    ],
  };
}

const duration = (minutes: number): string => (minutes % 60 === 0 ? hours(minutes / 60) : `${minutes} minutes`);

const hours = (count: number): string => (count === 1 ? 'one hour' : `${count} hours`);
