import { Conflict, Invalid, Problem, Unauthenticated } from '../../platform/index.js';

@Problem({
  code: 'passkey_challenge_expired',
  title: 'Begin again with the passkey',
  cause:
    'What the passkey was asked to sign is unknown, used, older than five minutes, or was meant for something else.',
  remedy: 'Ask for new options, and send what the passkey answers to those.',
})
export class PasskeyChallengeExpired extends Conflict {
  constructor() {
    super('What this passkey has signed is unknown, used or expired. Ask for new options.');
  }
}

@Problem({
  code: 'invalid_passkey',
  title: 'Passkey cannot be used',
  cause:
    'The passkey is not known, or its answer is not what was asked for: another origin, a wrong signature, a person who was not verified, or a counter that went back, as that of a copy does.',
  remedy: 'Sign in another way. Check that the page is on one of the configured origins.',
})
export class InvalidPasskey extends Unauthenticated {
  constructor() {
    super('This passkey cannot be used here.');
  }
}

@Problem({
  code: 'wrong_passkey',
  title: 'Passkey cannot be used',
  cause: 'The passkey is not one of the account, or its answer is not what was asked for.',
  remedy: 'Use another passkey. Check that the page is on one of the configured origins.',
})
export class WrongPasskey extends Invalid {
  constructor() {
    super('This passkey cannot be used here.');
  }
}

@Problem({
  code: 'passkey_known',
  title: 'Passkey is known',
  cause: 'This passkey has been added before.',
  remedy: 'Use it to sign in, or add another one.',
})
export class PasskeyKnown extends Conflict {
  constructor() {
    super('This passkey has been added before.');
  }
}

@Problem({
  code: 'too_many_passkeys',
  title: 'Too many passkeys',
  cause: 'An account has 20 passkeys at most.',
  remedy: 'Remove one that is no longer used.',
})
export class TooManyPasskeys extends Conflict {
  constructor() {
    super('This account has as many passkeys as it can have.');
  }
}
