import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotSignedIn, Transactional } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { AuditLog } from '../audit/audit-log.js';
import { Revocations } from '../sessions/revocations.service.js';
import { FactorChanges } from './factor-changes.service.js';
import { NoSecondFactor } from './factors.errors.js';
import { RecoveryCodes } from './recovery-codes.service.js';

/** How an account is protected. */
export interface Factors {
  required: boolean;
  totp: boolean;
  passkeys: number;
  recoveryCodesLeft: number;
}

const READ = `
  SELECT EXISTS (SELECT FROM auth.user_roles ur JOIN auth.roles r ON r.name = ur.role
                 WHERE ur.user_id = u.id AND r.requires_second_factor) AS required,
         EXISTS (SELECT FROM auth.totp_factors WHERE user_id = u.id AND confirmed_at IS NOT NULL) AS totp,
         (SELECT count(*)::int FROM auth.passkeys WHERE user_id = u.id) AS passkeys,
         (SELECT count(*)::int FROM auth.recovery_codes WHERE user_id = u.id AND used_at IS NULL) AS "recoveryCodesLeft"
  FROM auth.users u WHERE u.id = $1`;

const LOCK = 'SELECT second_factor AS has FROM auth.users WHERE id = $1 FOR NO KEY UPDATE';

/** The second factors of an account as a whole. */
@Injectable()
export class FactorsService {
  constructor(
    private readonly database: Database,
    private readonly changes: FactorChanges,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly revocations: Revocations,
    private readonly mail: AccountMail,
    private readonly audit: AuditLog,
  ) {}

  async read({ id }: Caller): Promise<Factors> {
    const [factors] = await this.database.query<Factors>(READ, [id]);
    if (!factors) throw new NotSignedIn('The account is gone.');
    return factors;
  }

  /** New recovery codes; those before are worth nothing from now on. @throws {NoSecondFactor} {RecentSignInRequired} */
  async renewRecoveryCodes(caller: Caller): Promise<string[]> {
    await this.changes.demandFactor(caller);
    const prepared = await this.recoveryCodes.make();
    await this.replace(caller, prepared);
    return prepared.codes;
  }

  @Transactional()
  protected async replace(caller: Caller, prepared: { codes: string[]; hashes: string[] }): Promise<void> {
    const userId = caller.id ?? '';
    const [[account]] = await this.database.together([
      () => this.database.query<{ has: boolean }>(LOCK, [userId]),
      () => this.revocations.demandGoingOn(caller),
    ]);
    if (!account?.has) throw new NoSecondFactor();
    await this.recoveryCodes.replace(userId, prepared);
    await this.mail.notice(userId, 'recovery_codes_renewed');
    await this.audit.record('recovery_codes.renewed', { by: caller, on: { type: 'user', id: userId } });
  }
}
