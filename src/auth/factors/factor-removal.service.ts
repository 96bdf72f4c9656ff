import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotFoundProblem, Transactional } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { type Actor, AuditLog, SYSTEM } from '../audit/audit-log.js';
import { EmailChangeService } from '../email-change/email-change.service.js';
import { Grants } from '../roles/grants.js';
import { Revocations } from '../sessions/revocations.service.js';

const LOCK = 'SELECT second_factor AS has FROM auth.users WHERE id = $1 FOR NO KEY UPDATE';

// A passkey opens the account by itself, and recovery codes stand in for what its owner adds later.
const REMOVE_UNPROVED = `
  WITH keys AS (DELETE FROM auth.passkeys WHERE user_id = $1 AND before_verified RETURNING id),
  apps AS (DELETE FROM auth.totp_factors WHERE user_id = $1 AND before_verified RETURNING user_id),
  codes AS (DELETE FROM auth.recovery_codes WHERE user_id = $1 AND before_verified RETURNING user_id),
  halves AS (DELETE FROM auth.pending_sign_ins WHERE user_id = $1)
  SELECT (SELECT count(*)::int FROM keys) AS passkeys, (SELECT count(*)::int FROM apps) AS totp,
    (SELECT count(*)::int FROM codes) AS codes`;

/** Second factors that go without having been shown. */
@Injectable()
export class FactorRemoval {
  constructor(
    private readonly database: Database,
    private readonly grants: Grants,
    private readonly revocations: Revocations,
    private readonly emailChanges: EmailChangeService,
    private readonly mail: AccountMail,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Whoever has shown that the address is theirs has not set up what was there before: perhaps a stranger made the
   * account with their address, and left a way in (Sudhodanan and Paverd, Pre-hijacked accounts, 2022). In the caller's
   * transaction, with the account locked.
   */
  async removeUnproved(userId: string, by: Actor): Promise<void> {
    const [gone] = await this.database.query<{ passkeys: number; totp: number; codes: number }>(REMOVE_UNPROVED, [
      userId,
    ]);
    if (!gone || gone.passkeys + gone.totp + gone.codes === 0) return;
    await this.mail.notice(userId, 'unproved_factors_removed');
    const { passkeys, totp } = gone;
    await this.audit.record('user.factors_removed', {
      by,
      on: { type: 'user', id: userId },
      after: { passkeys, totp },
    });
  }

  /**
   * For somebody who has lost everything: an administrator takes all second factors from the account.
   * Nobody weakens the account of somebody who may do more than they. Without a factor it does nothing.
   * @throws {NotFoundProblem} {PermissionNotHeld}
   */
  @Transactional()
  async removeAllOf(userId: string, caller: Caller): Promise<void> {
    const [[account]] = await this.database.together([
      () => this.database.query<{ has: boolean }>(LOCK, [userId]),
      () => this.grants.demandAllOf(userId, caller),
    ]);
    if (!account) throw new NotFoundProblem('User', userId);
    if (!account.has) return;
    await this.remove(userId, caller);
    await this.emailChanges.withdraw(userId);
  }

  /** The same for an operator, in whose transaction the account is locked; a change of the e-mail address is theirs to withdraw. */
  async removeForOperator(userId: string): Promise<void> {
    const [account] = await this.database.query<{ has: boolean }>(LOCK, [userId]);
    if (account?.has) await this.remove(userId, SYSTEM);
  }

  private async remove(userId: string, by: Actor): Promise<void> {
    await this.database.together(
      ['totp_factors', 'passkeys', 'recovery_codes', 'pending_sign_ins', 'code_attempts'].map(
        (table) => () => this.database.query(`DELETE FROM auth.${table} WHERE user_id = $1`, [userId]),
      ),
    );
    await this.revocations.revokeAllOf(userId, 'second factors were removed');
    await this.mail.notice(userId, 'factors_removed');
    await this.audit.record('user.factors_removed', { by, on: { type: 'user', id: userId } });
  }
}
