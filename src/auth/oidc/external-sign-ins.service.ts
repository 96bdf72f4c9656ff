import { Injectable } from '@nestjs/common';
import { Transactional } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { EmailTaken } from '../auth.errors.js';
import { type Device, guestAt } from '../sessions/device.js';
import { SignIns } from '../sessions/sign-ins.service.js';
import type { SignedInAs } from '../sessions/tokens.js';
import type { Account } from '../users/account.sql.js';
import { isEmailAddress } from '../users/email-address.js';
import { UsersService } from '../users/users.service.js';
import { IdentitiesService } from './identities.service.js';
import { AccountExists, EmailNotVouchedFor, ExternalSignInFailed, IdentityLinked } from './oidc.errors.js';
import type { Identified, OidcProvider, Profile, ProvenPerson } from './oidc-provider.js';
import { nameFrom } from './person-name.js';

/**
 * Signing in with what a provider says. Who is known there is whom the identity is linked to, and nobody else: an e-mail
 * address opens no account that exists, because whoever made that account may not own the address, or the provider may err.
 */
@Injectable()
export class ExternalSignIns {
  constructor(
    private readonly users: UsersService,
    private readonly identities: IdentitiesService,
    private readonly signIns: SignIns,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {ExternalSignInFailed} {EmailNotVouchedFor} {AccountExists} {MfaRequired} */
  async complete(provider: OidcProvider, person: ProvenPerson | undefined, device: Device): Promise<SignedInAs> {
    if (!person) {
      await this.audit.record('session.refused', { by: guestAt(device), after: { provider: provider.name } });
      throw new ExternalSignInFailed();
    }
    const account = (await this.accountOf(person)) ?? (await this.welcome(provider, person, device));
    return this.signIns.complete(account, device, {
      methods: person.mfa ? ['fed', 'mfa'] : ['fed'],
      at: person.authTime,
      along: () => this.use(account, person),
    });
  }

  private accountOf({ issuer, subject }: Identified): Promise<Account | undefined> {
    return this.users.withIdentity(issuer, subject);
  }

  /** It may have been unlinked since it was looked up. */
  private async use({ id }: Account, person: ProvenPerson): Promise<void> {
    if (!(await this.identities.use(id, person))) throw new ExternalSignInFailed();
  }

  /** An account for somebody who is new. */
  private async welcome(provider: OidcProvider, person: ProvenPerson, device: Device): Promise<Account> {
    const profile = await person.profile();
    if (!profile) throw new ExternalSignInFailed();
    const { email, emailVerified } = profile;
    if (!emailVerified || email === undefined || !isEmailAddress(email)) throw new EmailNotVouchedFor(provider.title);
    try {
      return await this.register(provider, { ...person, ...profile, email }, device);
    } catch (error) {
      if (!(error instanceof EmailTaken || error instanceof IdentityLinked)) throw error;
      // By another request of the same person, it may be.
      const account = await this.accountOf(person);
      if (account) return account;
      await this.refuse(email, device);
      throw new AccountExists();
    }
  }

  @Transactional()
  protected async register(
    provider: OidcProvider,
    person: Identified & Profile & { email: string },
    device: Device,
  ): Promise<Account> {
    const by = guestAt(device);
    const account = await this.users.registerVerified(person.email, nameFrom(person.name), by);
    await this.identities.add(account.id, provider.name, person);
    const on = { type: 'user', id: account.id };
    await this.audit.record('identity.linked', { by, on, after: { provider: provider.name } });
    return account;
  }

  private async refuse(email: string, device: Device): Promise<void> {
    const found = await this.users.withEmail(email);
    await this.audit.record('session.refused', { by: guestAt(device), on: found && { type: 'user', id: found.id } });
  }
}
