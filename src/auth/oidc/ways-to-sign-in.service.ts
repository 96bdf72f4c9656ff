import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { LastWayToSignIn } from './oidc.errors.js';
import { OidcProviders } from './oidc-providers.service.js';

// An identity at a provider that the operator has taken away opens nothing.
const WAYS_LEFT = `
  SELECT u.password_hash IS NOT NULL OR EXISTS (SELECT FROM auth.passkeys WHERE user_id = u.id)
         OR EXISTS (SELECT FROM auth.identities WHERE user_id = u.id AND provider = ANY ($2)) AS left
  FROM auth.users u WHERE u.id = $1`;

/** Nobody takes the last way to sign in from their own account. */
@Injectable()
export class WaysToSignIn {
  constructor(
    private readonly database: Database,
    private readonly providers: OidcProviders,
  ) {}

  /** In the transaction that has locked the account, after one has been taken. @throws {LastWayToSignIn} */
  async demandOne(userId: string): Promise<void> {
    const providers = this.providers.all.map(({ name }) => name);
    const [ways] = await this.database.query<{ left: boolean }>(WAYS_LEFT, [userId, providers]);
    if (!ways?.left) throw new LastWayToSignIn();
  }
}
