import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotFoundProblem, Transactional } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { AuditLog } from '../audit/audit-log.js';
import { EmailNotVerified } from '../auth.errors.js';
import { Revocations } from '../sessions/revocations.service.js';
import { IdentitiesService, type Identity } from './identities.service.js';
import { IdentityNotProved } from './oidc.errors.js';
import type { OidcProvider, ProvenPerson } from './oidc-provider.js';
import { WaysToSignIn } from './ways-to-sign-in.service.js';

const LOCK = 'SELECT email_verified_at IS NOT NULL AS verified FROM auth.users WHERE id = $1 FOR NO KEY UPDATE';

const VERIFIED = 'SELECT email_verified_at IS NOT NULL AS verified FROM auth.users WHERE id = $1';

const REMOVE = 'DELETE FROM auth.identities WHERE id = $1 AND user_id = $2 RETURNING provider';

const END_HALF_SIGN_INS = `DELETE FROM auth.pending_sign_ins WHERE user_id = $1 AND 'fed' = ANY (methods)`;

/**
 * Which identities open an account: its owner says so, signed in. The account's row is locked first, here and at
 * sign-in, so that neither misses the other.
 */
@Injectable()
export class Linking {
  constructor(
    private readonly database: Database,
    private readonly identities: IdentitiesService,
    private readonly revocations: Revocations,
    private readonly mail: AccountMail,
    private readonly audit: AuditLog,
    private readonly ways: WaysToSignIn,
  ) {}

  /**
   * Who made an account with the address of somebody else must not leave a door of their own in it, for when its owner
   * takes it over by resetting the password.
   * @throws {EmailNotVerified}
   */
  async demandVerifiedEmail({ id }: Caller): Promise<void> {
    const [account] = await this.database.query<{ verified: boolean }>(VERIFIED, [id]);
    if (!account?.verified) throw new EmailNotVerified('link a provider to it');
  }

  /** @throws {IdentityNotProved} {EmailNotVerified} {IdentityLinked} {TooManyIdentities} */
  async link(provider: OidcProvider, person: ProvenPerson | undefined, caller: Caller): Promise<Identity> {
    if (!person) throw new IdentityNotProved();
    const id = await this.write(provider.name, person, caller);
    return this.identities.read(caller, id);
  }

  /** @throws {NotFoundProblem} {LastWayToSignIn} */
  @Transactional()
  async unlink(id: string, caller: Caller): Promise<void> {
    const userId = caller.id ?? '';
    const [, , [gone]] = await this.database.together([
      () => this.database.query(LOCK, [userId]),
      () => this.revocations.demandGoingOn(caller),
      () => this.database.query<{ provider: string }>(REMOVE, [id, userId]),
    ]);
    if (!gone) throw new NotFoundProblem('Identity', id);
    await this.ways.demandOne(userId);
    await this.database.query(END_HALF_SIGN_INS, [userId]);
    await this.revocations.revokeAllOf(userId, 'an identity was unlinked', { except: caller.sessionId });
    await this.record('identity.unlinked', gone.provider, caller);
  }

  @Transactional()
  protected async write(provider: string, person: ProvenPerson, caller: Caller): Promise<string> {
    const userId = caller.id ?? '';
    const [[account]] = await this.database.together([
      () => this.database.query<{ verified: boolean }>(LOCK, [userId]),
      () => this.revocations.demandGoingOn(caller),
    ]);
    if (!account?.verified) throw new EmailNotVerified('link a provider to it');
    const id = await this.identities.add(userId, provider, person);
    await this.record('identity.linked', provider, caller);
    return id;
  }

  private async record(what: 'identity.linked' | 'identity.unlinked', provider: string, caller: Caller): Promise<void> {
    const userId = caller.id ?? '';
    await this.mail.notice(userId, what === 'identity.linked' ? 'identity_linked' : 'identity_unlinked');
    const state = { provider };
    await this.audit.record(what, {
      by: caller,
      on: { type: 'user', id: userId },
      ...(what === 'identity.linked' ? { after: state } : { before: state }),
    });
  }
}
