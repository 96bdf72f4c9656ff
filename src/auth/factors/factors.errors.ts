import { Conflict, Invalid, Problem, Unauthenticated } from '../../platform/index.js';

/** How a second factor can be shown. */
export const SECOND_FACTORS = ['totp', 'recovery_code', 'passkey'] as const;
export type SecondFactor = (typeof SECOND_FACTORS)[number];

const METHODS = {
  type: 'array',
  description: 'How it can be shown, as far as the account has it set up.',
  items: { type: 'string', enum: SECOND_FACTORS },
};

@Problem({
  code: 'mfa_required',
  title: 'Second factor required',
  cause: 'So far all is right, and the account has a second factor.',
  remedy: 'Send `mfaToken` with a code, or with a passkey, to `POST /v1/auth/login/mfa` within five minutes.',
  extra: {
    mfaToken: { type: 'string', description: 'Stands for what was shown so far; used once.' },
    methods: METHODS,
  },
})
export class MfaRequired extends Unauthenticated {
  constructor(mfaToken: string, methods: SecondFactor[]) {
    super('This account has a second factor. Show it at POST /v1/auth/login/mfa.', { extra: { mfaToken, methods } });
  }
}

@Problem({
  code: 'invalid_mfa_token',
  title: 'Sign in again from the start',
  cause: 'The token is unknown, expired or used, or too many wrong codes came with it.',
  remedy: 'Sign in again, and use the `mfaToken` from that answer.',
})
export class InvalidMfaToken extends Unauthenticated {
  constructor() {
    super('This sign-in has ended. Begin again.');
  }
}

@Problem({
  code: 'invalid_code',
  title: 'Code is wrong',
  cause: 'The code is not one of this account, or it has been used.',
  remedy: 'Wait for the next code of the authenticator app, check the clock of its device, or use a recovery code.',
})
export class InvalidCode extends Unauthenticated {
  constructor() {
    super('The code is wrong, or has been used.');
  }
}

@Problem({
  code: 'wrong_code',
  title: 'Code is wrong',
  cause: 'The code that came with the request is not one of the account, or it has been used.',
  remedy: 'Wait for the next code of the authenticator app and send that.',
})
export class WrongCode extends Invalid {
  constructor() {
    super('The code is wrong, or has been used.');
  }
}

@Problem({
  code: 'code_required',
  title: 'Code required',
  cause: 'The account has a second factor, and only the password was sent.',
  remedy: 'Send `code` with the password, or use a passkey at `POST /v1/auth/step-up/passkey`.',
})
export class CodeRequired extends Invalid {
  constructor() {
    super('This account has a second factor: send a code with the password, or use a passkey.');
  }
}

@Problem({
  code: 'totp_active',
  title: 'There is an authenticator app already',
  cause: 'The account has an authenticator app as its second factor; it can have one.',
  remedy: 'Remove that one first with `DELETE /v1/auth/mfa/totp`.',
})
export class TotpActive extends Conflict {
  constructor() {
    super('This account has an authenticator app already. Remove that one first.');
  }
}

@Problem({
  code: 'totp_not_begun',
  title: 'No authenticator app to confirm',
  cause: 'Nothing was begun, or it was begun too long ago, or it is confirmed already.',
  remedy: 'Begin with `POST /v1/auth/mfa/totp`, and confirm within 15 minutes.',
})
export class TotpNotBegun extends Conflict {
  constructor() {
    super('There is no authenticator app to confirm. Begin again.');
  }
}

@Problem({
  code: 'no_second_factor',
  title: 'No second factor',
  cause: 'Recovery codes stand in for a second factor, and the account has none.',
  remedy: 'Set up an authenticator app or a passkey first; recovery codes come with it.',
})
export class NoSecondFactor extends Conflict {
  constructor() {
    super('This account has no second factor that codes could stand in for.');
  }
}
