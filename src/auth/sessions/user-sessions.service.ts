import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotFoundProblem, Transactional } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { EmailChangeService } from '../email-change/email-change.service.js';
import { Grants } from '../roles/grants.js';
import { Revocations } from './revocations.service.js';

/** The sessions of somebody else, for staff. */
@Injectable()
export class UserSessionsService {
  constructor(
    private readonly database: Database,
    private readonly grants: Grants,
    private readonly revocations: Revocations,
    private readonly emailChanges: EmailChangeService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Its roles stay as they are meanwhile. Without a session, only a change of the e-mail address is withdrawn, if one is open.
   * @throws {NotFoundProblem} {PermissionNotHeld}
   */
  @Transactional()
  async revokeAllOf(userId: string, caller: Caller): Promise<void> {
    const [accounts] = await this.database.together([
      () => this.database.query('SELECT FROM auth.users WHERE id = $1 FOR NO KEY UPDATE', [userId]),
      () => this.grants.demandAllOf(userId, caller),
    ]);
    if (accounts.length === 0) throw new NotFoundProblem('User', userId);
    const [ended] = await this.database.together([
      () => this.revocations.revokeAllOf(userId, 'signed out by staff'),
      () => this.emailChanges.withdraw(userId),
    ]);
    if (ended.length === 0) return;
    const on = { type: 'user', id: userId };
    await this.audit.record('user.sessions_ended', { by: caller, on, after: { sessions: ended } });
  }
}
