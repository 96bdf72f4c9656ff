import { Injectable } from '@nestjs/common';
import { Database, Events, Transactional } from '../../platform/index.js';
import { MailedTokens } from '../account-mail/mailed-tokens.js';
import { AuditLog, SYSTEM } from '../audit/audit-log.js';
import { AccountTakenOver, EmailVerified, PasswordChanged } from '../auth.events.js';
import { EmailChangeService } from '../email-change/email-change.service.js';
import { FactorRemoval } from '../factors/factor-removal.service.js';
import { PasswordHashes } from '../passwords/password-hashes.js';
import { refuseGuessable } from '../passwords/password-policy.js';
import { Revocations } from '../sessions/revocations.service.js';
import { UsersService } from './users.service.js';

// As when the account is made: with a role, an operator says whose address it is. A sign-in that is under way ends nowhere.
const REPLACE = `
  UPDATE auth.users SET password_hash = $2, access_epoch = access_epoch + 1, version = version + 1, updated_at = now(),
    email_verified_at = CASE WHEN $3::boolean THEN coalesce(email_verified_at, now()) ELSE email_verified_at END
  WHERE id = $1
  RETURNING coalesce(email_verified_at = now(), false) AS proved, now() AS at,
    ARRAY(SELECT role FROM auth.user_roles WHERE user_id = $1 ORDER BY role) AS roles`;

/** An account whose owner cannot sign in any more, opened by an operator. */
@Injectable()
export class AccountRecovery {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly hashes: PasswordHashes,
    private readonly tokens: MailedTokens,
    private readonly emailChanges: EmailChangeService,
    private readonly factors: FactorRemoval,
    private readonly revocations: Revocations,
    private readonly events: Events,
    private readonly audit: AuditLog,
  ) {}

  /** Undefined when there is no such account. @throws {ValidationFailed} for a password that is easily guessed. */
  async recover(email: string, password: string, role: string | undefined): Promise<{ email: string } | undefined> {
    const account = await this.users.withEmail(email);
    if (!account) return undefined;
    await refuseGuessable(password, account.email);
    const hash = await this.hashes.hash(password);
    return (await this.replace(account.id, hash, role)) ? { email: account.email } : undefined;
  }

  /** All of it or nothing. False when the account has been erased meanwhile. */
  @Transactional()
  protected async replace(id: string, hash: string, role: string | undefined): Promise<boolean> {
    await this.users.holdAlone(id);
    const [user] = await this.database.query<{ proved: boolean; at: Date; roles: string[] }>(REPLACE, [
      id,
      hash,
      role !== undefined,
    ]);
    if (!user) return false;
    const on = { type: 'user', id };
    await this.factors.removeForOperator(id);
    await this.tokens.withdraw('reset_password', id);
    await this.emailChanges.withdraw(id);
    await this.revocations.revokeAllOf(id, 'recovered by an operator');
    await this.audit.record('user.recovered', { by: SYSTEM, on });
    if (role !== undefined && !user.roles.includes(role)) await this.give(id, role, user.roles);
    this.events.publish(new PasswordChanged(id));
    if (user.proved) this.events.publish(new EmailVerified(id), new AccountTakenOver(id, user.at.toISOString()));
    return true;
  }

  private async give(id: string, role: string, before: string[]): Promise<void> {
    await this.database.query('INSERT INTO auth.user_roles (user_id, role) VALUES ($1, $2)', [id, role]);
    await this.audit.record('user.roles_changed', {
      by: SYSTEM,
      on: { type: 'user', id },
      before: { roles: before },
      after: { roles: [...before, role].sort() },
    });
  }
}
