import { Injectable } from '@nestjs/common';
import { Database, SecretBox } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { type Actor, AuditLog } from '../audit/audit-log.js';
import type { Method } from '../sessions/tokens.js';
import { type CodeAttempt, CodeAttempts } from './code-attempts.service.js';
import type { InvalidCode, WrongCode } from './factors.errors.js';
import { RecoveryCodes } from './recovery-codes.service.js';
import { TOTP_CODE, timeStepOf, totpContext } from './totp-codes.js';

/** A second factor that fits. It is used up by `use`, in the transaction of what it is for. */
export interface ShownFactor {
  methods: Method[];
  use: () => Promise<void>;
}

interface Asked {
  userId: string;
  code: string;
  by: Actor;
  /** When it has been counted already. */
  attempt?: CodeAttempt;
  /** What is thrown for a code that is wrong. */
  Wrong: typeof InvalidCode | typeof WrongCode;
}

// Forward only: no code is taken twice, and none older than the newest that was. What an older key encrypted is
// encrypted anew.
const USE = `
  UPDATE auth.totp_factors SET last_step = $2, secret = $3, updated_at = now()
  WHERE user_id = $1 AND last_step < $2 AND secret = $4 AND confirmed_at IS NOT NULL
  RETURNING user_id`;

/** Codes of an authenticator app, and recovery codes in their place. */
@Injectable()
export class CodeProofs {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly attempts: CodeAttempts,
    private readonly mail: AccountMail,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {TooManyAttempts} and what the caller wants thrown for a wrong code. */
  async check(asked: Asked): Promise<ShownFactor> {
    const { userId, by, Wrong } = asked;
    const attempt = asked.attempt ?? (await this.attempts.begin(userId));
    const code = asked.code.replace(/\s/g, '');
    const use = TOTP_CODE.test(code) ? await this.totp(userId, code) : await this.recoveryCode(userId, code, by);
    if (!use) {
      await this.attempts.fail(userId, attempt);
      await this.audit.record('code.refused', { by, on: { type: 'user', id: userId } });
      throw new Wrong();
    }
    return {
      methods: ['otp'],
      use: async () => {
        if (!(await use())) throw new Wrong();
        await this.attempts.succeed(userId);
      },
    };
  }

  private async totp(userId: string, code: string): Promise<(() => Promise<boolean>) | undefined> {
    const [factor] = await this.database.query<{ secret: Buffer; lastStep: number }>(
      `SELECT secret, last_step AS "lastStep" FROM auth.totp_factors
       WHERE user_id = $1 AND confirmed_at IS NOT NULL`,
      [userId],
    );
    if (!factor) return undefined;
    const secret = await this.box.open(factor.secret, totpContext(userId));
    const step = timeStepOf(secret, code);
    if (step === undefined || step <= factor.lastStep) return undefined;
    const renewed = await this.box.renew(factor.secret, totpContext(userId));
    return async () => (await this.database.query(USE, [userId, step, renewed, factor.secret])).length > 0;
  }

  private async recoveryCode(userId: string, typed: string, by: Actor): Promise<(() => Promise<boolean>) | undefined> {
    const fitting = await this.recoveryCodes.find(userId, typed);
    return (
      fitting &&
      (async () => {
        if (!(await this.recoveryCodes.use(userId, fitting))) return false;
        await this.mail.notice(userId, 'recovery_code_used');
        await this.audit.record('recovery_code.used', { by, on: { type: 'user', id: userId } });
        return true;
      })
    );
  }
}
