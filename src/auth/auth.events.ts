import { DomainEvent } from '../platform/index.js';

/** Someone made an account. */
@DomainEvent('auth.user_registered')
export class UserRegistered {
  constructor(readonly userId: string) {}
}
