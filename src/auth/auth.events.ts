import { DomainEvent } from '../platform/index.js';

/** Someone made an account. */
@DomainEvent('auth.user_registered')
export class UserRegistered {
  constructor(readonly userId: string) {}
}

/** An account is called otherwise now. */
@DomainEvent('auth.user_renamed')
export class UserRenamed {
  constructor(readonly userId: string) {}
}

/** The e-mail address of an account was found to be that of its owner. */
@DomainEvent('auth.email_verified')
export class EmailVerified {
  constructor(readonly userId: string) {}
}

/** An account has another e-mail address now, which is that of its owner. */
@DomainEvent('auth.email_changed')
export class EmailChanged {
  constructor(readonly userId: string) {}
}

/** An account has another password now: changed by its owner, or reset by mail. */
@DomainEvent('auth.password_changed')
export class PasswordChanged {
  constructor(readonly userId: string) {}
}

/** Who reads the mail of its address took an account over that nobody had shown to be theirs: perhaps a stranger made it. */
@DomainEvent('auth.account_taken_over')
export class AccountTakenOver {
  /** @param at - When, RFC 3339: what is newer is the owner's. */
  constructor(
    readonly userId: string,
    readonly at: string,
  ) {}
}
