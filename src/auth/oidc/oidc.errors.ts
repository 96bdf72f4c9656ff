import { Conflict, Invalid, Problem, Unauthenticated, Unavailable } from '../../platform/index.js';

@Problem({
  code: 'provider_unavailable',
  title: 'Provider does not answer',
  cause:
    'The provider of external sign-in cannot be reached, answers with an error of its own, or does not know this shop.',
  remedy: 'Try again later, or sign in another way. Operators: the log says what the provider answered.',
})
export class ProviderUnavailable extends Unavailable {
  constructor(provider: string) {
    super(`The provider ${provider} does not answer as it should.`, { retryAfter: 10 });
  }
}

@Problem({
  code: 'external_sign_in_expired',
  title: 'Begin again with the provider',
  cause:
    'The sign-in is unknown, used, older than ten minutes, or was begun for another provider, purpose, device or person.',
  remedy:
    'Ask for a new `url` and send the person there. Keep its `flowToken` where only that page or app can read it.',
})
export class ExternalSignInExpired extends Conflict {
  constructor() {
    super('This sign-in is unknown, used or expired, or was begun elsewhere. Begin again.');
  }
}

@Problem({
  code: 'external_sign_in_failed',
  title: 'Sign-in at the provider failed',
  cause: 'What came back is not what this provider answers to this sign-in: its code, issuer or ID token is refused.',
  remedy: 'Begin again. Operators: the log says what was wrong with it.',
})
export class ExternalSignInFailed extends Unauthenticated {
  constructor() {
    super('The sign-in at the provider failed. Begin again.');
  }
}

@Problem({
  code: 'identity_not_proved',
  title: 'Not proved by the provider',
  cause:
    'What came back is not what this provider answers to this request: its code, issuer or ID token is refused. Or it tells of a sign-in before this request, or of somebody else than was asked for.',
  remedy: 'Begin again. Operators: the log says what was wrong with it.',
})
export class IdentityNotProved extends Invalid {
  constructor() {
    super('The provider did not prove who you are, so nothing was changed. Begin again.');
  }
}

@Problem({
  code: 'email_not_vouched_for',
  title: 'Provider does not vouch for the e-mail address',
  cause:
    'The provider gave no e-mail address, or did not say that it has verified it, so no account can be made with it.',
  remedy: 'Verify the address at the provider, or make an account here and link the provider to it.',
})
export class EmailNotVouchedFor extends Conflict {
  constructor(provider: string) {
    super(`${provider} does not say that it has verified an e-mail address of yours.`);
  }
}

@Problem({
  code: 'account_exists',
  title: 'There is an account already',
  cause:
    'There is an account with this e-mail address, and this provider is not linked to it. Nothing is linked unasked.',
  remedy:
    'Sign in to that account as before (a forgotten password can be reset), then link the provider with `POST /v1/auth/oidc/{provider}/link/authorization`.',
})
export class AccountExists extends Conflict {
  constructor() {
    super('There is an account with this e-mail address. Sign in to it, then link the provider.');
  }
}

@Problem({
  code: 'identity_linked',
  title: 'Already linked',
  cause: 'This person at this provider is linked to an account already: to yours, or to another.',
  remedy: 'Sign in with it. To link it to another account, unlink it there first.',
})
export class IdentityLinked extends Conflict {
  constructor() {
    super('This identity is linked to an account already.');
  }
}

@Problem({
  code: 'too_many_identities',
  title: 'Too many linked identities',
  cause: 'An account has 20 linked identities at most.',
  remedy: 'Unlink one that is no longer used.',
})
export class TooManyIdentities extends Conflict {
  constructor() {
    super('This account has as many linked identities as it can have.');
  }
}

@Problem({
  code: 'last_way_to_sign_in',
  title: 'The last way to sign in',
  cause:
    'The account would have no password, no passkey and no identity at a provider: nobody could sign in to it any more.',
  remedy:
    'Set a password (`POST /v1/auth/password/forgot` mails a token), add a passkey or link another provider first.',
})
export class LastWayToSignIn extends Conflict {
  constructor() {
    super('This is the only way to sign in to your account. Add another one first.');
  }
}
