import { Conflict, Forbidden, Invalid, Problem, TooMany, Unauthenticated } from '../platform/index.js';

@Problem({
  code: 'invalid_credentials',
  title: 'E-mail or password is wrong',
  cause: 'There is no account with this e-mail address and password.',
  remedy: 'Check both, or reset the password.',
})
export class InvalidCredentials extends Unauthenticated {
  constructor() {
    super('The e-mail address or the password is wrong.');
  }
}

@Problem({
  code: 'too_many_attempts',
  title: 'Too many attempts to sign in',
  cause:
    'Too many sign-ins to this account or from this address have failed, or registrations from here met addresses that have an account; this one was not looked at.',
  remedy: 'Wait as long as Retry-After says. Each further failure makes it longer; a forgotten password can be reset.',
})
export class TooManyAttempts extends TooMany {
  constructor(retryAfter: number) {
    super(`Too many attempts to sign in. Try again in ${retryAfter} s.`, { retryAfter });
  }
}

@Problem({
  code: 'invalid_refresh_token',
  title: 'Refresh token cannot be used',
  cause: 'The refresh token is unknown or expired, or its session has ended.',
  remedy: 'Sign in again.',
})
export class InvalidRefreshToken extends Unauthenticated {
  constructor() {
    super('This refresh token cannot be used. Sign in again.');
  }
}

@Problem({
  code: 'refresh_token_reused',
  title: 'Refresh token used twice',
  cause: 'The refresh token had been replaced by a newer one: it may have been stolen, so its session has been ended.',
  remedy: 'Sign in again. Keep only the newest refresh token.',
})
export class RefreshTokenReused extends Unauthenticated {
  constructor() {
    super('This refresh token has been used before, so its session has been ended. Sign in again.');
  }
}

@Problem({
  code: 'email_taken',
  title: 'E-mail address taken',
  cause: 'There is an account with this e-mail address already.',
  remedy: 'Sign in, or reset the password of that account.',
})
export class EmailTaken extends Conflict {
  constructor() {
    super('There is an account with this e-mail address already.');
  }
}

@Problem({
  code: 'permission_not_held',
  title: 'Nobody gives what they do not hold',
  cause: 'The request gives or takes away a permission that the caller does not hold.',
  remedy: 'Leave out the permission that `permission` names, or ask somebody who holds it.',
  extra: { permission: { type: 'string', description: 'The permission that the caller does not hold.' } },
})
export class PermissionNotHeld extends Forbidden {
  constructor(permission: string) {
    super(`You do not hold ${permission}, so you can neither give it nor take it away.`, { extra: { permission } });
  }
}

@Problem({
  code: 'beyond_own_limits',
  title: 'No API key gets around its limits',
  cause:
    'An API key would change its own expiry or addresses, or make, change or renew a key that outlasts it or may be used from elsewhere. A secret that a rotation has replaced expires with the overlap, and cannot renew its own key. Neither a key with an expiry or addresses nor such a secret gives roles, or makes or changes one.',
  remedy: 'Stay within the expiry and the addresses of the key that you call with, or let a person do it.',
  extra: {
    limit: {
      type: 'string',
      description: 'What goes too far, or what limits the key: `expiresAt` or `allowedAddresses`.',
    },
  },
})
export class BeyondOwnLimits extends Forbidden {
  constructor(limit: 'expiresAt' | 'allowedAddresses') {
    super(`An API key can neither change its own ${limit} nor give more than that; with one, it gives no roles.`, {
      extra: { limit },
    });
  }
}

@Problem({
  code: 'last_administrator',
  title: 'The last administrator stays',
  cause: 'Afterwards nobody would hold every permission, and nobody could ever give it again.',
  remedy: 'Make somebody else an administrator first.',
})
export class LastAdministrator extends Conflict {
  constructor() {
    super('This is the last administrator: make somebody else one first.');
  }
}

@Problem({
  code: 'role_exists',
  title: 'Role exists',
  cause: 'There is a role with this name already.',
  remedy: 'Change that one, or choose another name.',
})
export class RoleExists extends Conflict {
  constructor(name: string) {
    super(`There is a role "${name}" already.`);
  }
}

@Problem({
  code: 'role_in_use',
  title: 'Role in use',
  cause: 'Somebody has the role, so it cannot be deleted.',
  remedy: 'Take it from those whom `GET /v1/users?role=` lists, then delete it.',
})
export class RoleInUse extends Conflict {
  constructor(name: string) {
    super(`Somebody has the role "${name}". Take it from them first.`);
  }
}

@Problem({
  code: 'role_fixed',
  title: 'The role of administrators is fixed',
  cause: 'The role `admin` holds every permission, and is there for good.',
  remedy: 'Make a role of your own with fewer permissions, and give people that one.',
})
export class RoleFixed extends Conflict {
  constructor() {
    super('The role "admin" holds every permission, and is there for good.');
  }
}

@Problem({
  code: 'api_key_revoked',
  title: 'API key revoked',
  cause: 'The API key has been revoked, and that cannot be undone.',
  remedy: 'Make a new key.',
})
export class ApiKeyRevoked extends Conflict {
  constructor(id: string) {
    super(`API key ${id} has been revoked.`);
  }
}

@Problem({
  code: 'too_many_email_changes',
  title: 'Too many changes of the e-mail address',
  cause: 'Another e-mail address was asked for five times within an hour; this time no mail was sent.',
  remedy: 'Confirm with the tokens from the newest mails, or wait as long as Retry-After says and ask again.',
})
export class TooManyEmailChanges extends TooMany {
  constructor(retryAfter: number) {
    super(`Another e-mail address was asked for too often. Ask again in ${retryAfter} s.`, { retryAfter });
  }
}

@Problem({
  code: 'invalid_mail_token',
  title: 'Token from a mail cannot be used',
  cause: 'The token is unknown, expired or used, or a newer mail has taken its place.',
  remedy: 'Take the token from the newest mail, or ask for another mail.',
})
export class InvalidMailToken extends Unauthenticated {
  constructor() {
    super('This token cannot be used any more. Ask for another mail.');
  }
}

@Problem({
  code: 'wrong_password',
  title: 'Current password is wrong',
  cause: 'The current password that was sent is not that of the account.',
  remedy: 'Send the current password, or reset it by mail.',
})
export class WrongPassword extends Invalid {
  constructor() {
    super('The current password is wrong.');
  }
}

@Problem({
  code: 'email_not_verified',
  title: 'Verify your e-mail address first',
  cause:
    'The e-mail address of the account is not verified: its owner may be somebody else, who would share the account.',
  remedy: 'Use the link in the mail that followed the registration; `POST /v1/auth/email/verification` sends another.',
})
export class EmailNotVerified extends Conflict {
  /** @param wish - What it is needed for: `link a provider to it`. */
  constructor(wish: string) {
    super(`Verify the e-mail address of your account before you ${wish}.`);
  }
}
