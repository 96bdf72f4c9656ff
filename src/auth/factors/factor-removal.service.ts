import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotFoundProblem, Transactional } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { AuditLog } from '../audit/audit-log.js';
import { Grants } from '../roles/grants.js';
import { Revocations } from '../sessions/revocations.service.js';

const LOCK = 'SELECT second_factor AS has FROM auth.users WHERE id = $1 FOR NO KEY UPDATE';

const PERMISSIONS = `
  SELECT DISTINCT unnest(r.permissions) AS permission
  FROM auth.user_roles ur JOIN auth.roles r ON r.name = ur.role WHERE ur.user_id = $1 ORDER BY permission`;

/** For somebody who has lost everything: an administrator takes all second factors from the account. */
@Injectable()
export class FactorRemoval {
  constructor(
    private readonly database: Database,
    private readonly grants: Grants,
    private readonly revocations: Revocations,
    private readonly mail: AccountMail,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Nobody weakens the account of somebody who may do more than they. Without a factor it does nothing.
   * @throws {NotFoundProblem} {PermissionNotHeld}
   */
  @Transactional()
  async removeAllOf(userId: string, caller: Caller): Promise<void> {
    const [[account], held] = await this.database.together([
      () => this.database.query<{ has: boolean }>(LOCK, [userId]),
      () => this.database.query<{ permission: string }>(PERMISSIONS, [userId]),
    ]);
    if (!account) throw new NotFoundProblem('User', userId);
    this.grants.demandHeld(
      caller,
      held.map(({ permission }) => permission),
    );
    if (!account.has) return;
    await this.database.together(
      ['totp_factors', 'passkeys', 'recovery_codes', 'pending_sign_ins', 'code_attempts'].map(
        (table) => () => this.database.query(`DELETE FROM auth.${table} WHERE user_id = $1`, [userId]),
      ),
    );
    await this.revocations.revokeAllOf(userId, 'second factors were removed');
    await this.mail.notice(userId, 'factors_removed');
    await this.audit.record('user.factors_removed', { by: caller, on: { type: 'user', id: userId } });
  }
}
