import type { Letter } from '../../platform/index.js';

const NEW =
  'Someone wants an account to have this e-mail address from now on. Confirm only if the account is yours: whoever has it will see all orders that were placed with this address.';

const WORDS = {
  old: 'Someone, probably you, wants the account with this e-mail address to have another one.',
  new: NEW,
  only: NEW,
};

const WHEN = {
  old: 'once both addresses have confirmed it',
  new: 'once both addresses have confirmed it',
  only: 'once you confirm it',
};

/** Neither names the other address: whoever reads this mailbox need not know it. */
export function confirmLetter(which: keyof typeof WORDS, token: string, link: string | undefined): Letter {
  const label = 'Confirm the change';
  return {
    subject: 'Confirm your new e-mail address',
    paragraphs: [
      WORDS[which],
      `It is changed ${WHEN[which]}, within one hour. If it was not you, do not confirm: nothing is changed then.`,
    ],
    action: link ? { label, url: link } : { label: `${label} with this code`, code: token },
  };
}

export const takenLetter = (): Letter => ({
  subject: 'You have an account already',
  paragraphs: [
    'Someone, probably you, wants another account to have this e-mail address. It has an account already, so it cannot.',
    'If it was you, sign in with this address, or ask for a mail to reset its password. If not, ignore this mail.',
  ],
});

export const changedLetter = (): Letter => ({
  subject: 'Your e-mail address was changed',
  paragraphs: [
    'An account has another e-mail address from now on, and was signed out everywhere. This mail goes to the old address and to the new one.',
    'If it was not you, tell the shop at once.',
  ],
});
