import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import type { Device } from '../sessions/device.js';
import { hashOf, type Method } from '../sessions/tokens.js';
import { AttemptsSettings } from '../throttling/attempts.settings.js';
import { type CodeAttempt, type Counted, counting, demandCounted, retryAfterOf } from './code-attempts.service.js';
import { InvalidMfaToken, MfaRequired, type SecondFactor } from './factors.errors.js';

/** One factor has been shown. */
export interface PendingSignIn {
  hash: Buffer;
  userId: string;
  methods: Method[];
  passwordMark: Buffer | null;
  address: string | null;
  trusted: boolean;
}

interface FirstFactor {
  methods: Method[];
  passwordHash?: string | undefined;
  attempt?: { trusted: boolean } | undefined;
  along?: (() => Promise<unknown>) | undefined;
}

const BEGIN = `
  WITH begun AS (
    INSERT INTO auth.pending_sign_ins (hash, user_id, methods, password_mark, address, trusted, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, now() + interval '5 minutes')
  )
  SELECT EXISTS (SELECT FROM auth.totp_factors WHERE user_id = $2 AND confirmed_at IS NOT NULL) AS totp,
         EXISTS (SELECT FROM auth.recovery_codes WHERE user_id = $2 AND used_at IS NULL) AS recovery_code,
         EXISTS (SELECT FROM auth.passkeys WHERE user_id = $2) AS passkey`;

const FIND = `
  SELECT hash, user_id AS "userId", methods, password_mark AS "passwordMark", address, trusted
  FROM auth.pending_sign_ins WHERE hash = $1 AND used_at IS NULL AND expires_at > now() AND wrong_codes < 5`;

// Counted before the code is looked at, for the account and for the token or for neither: many at once have no more tries
// than one after the other, and one that has to wait is none. The account is locked first, as where it is erased.
const TRY = `
  WITH owner AS (
    SELECT u.id FROM auth.pending_sign_ins p JOIN auth.users u ON u.id = p.user_id WHERE p.hash = $1 FOR KEY SHARE OF u
  ), pending AS (
    SELECT p.hash, p.user_id, p.methods, p.password_mark, p.address, p.trusted
    FROM owner JOIN auth.pending_sign_ins p ON p.user_id = owner.id
    WHERE p.hash = $1 AND p.used_at IS NULL AND p.expires_at > now() AND p.wrong_codes < 5
    FOR NO KEY UPDATE OF p
  ), counted AS (${counting('SELECT user_id, 1 FROM pending')}
  ), tried AS (
    UPDATE auth.pending_sign_ins SET wrong_codes = wrong_codes + 1, updated_at = now()
    FROM counted WHERE hash = $1
  )
  SELECT hash, user_id AS "userId", methods, password_mark AS "passwordMark", address, trusted,
         failures, ${retryAfterOf('pending.user_id')} AS "retryAfter"
  FROM pending LEFT JOIN counted ON true`;

const USE = `
  UPDATE auth.pending_sign_ins SET used_at = now(), updated_at = now()
  WHERE hash = $1 AND used_at IS NULL AND expires_at > now()
  RETURNING user_id`;

/** Sign-ins between the first factor and the second: a random token stands for each, stored as a hash, used once. */
@Injectable()
export class PendingSignIns {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly settings: AttemptsSettings,
  ) {}

  /**
   * Asks for the other factor. An attempt at the password that this is goes on counting as a failure.
   * @throws {MfaRequired} always.
   */
  async ask(userId: string, { address, userAgent }: Device, first: FirstFactor): Promise<never> {
    const token = `glf_${randomBytes(32).toString('base64url')}`;
    const { methods, passwordHash, attempt } = first;
    const mark = passwordHash === undefined ? null : hashOf(passwordHash);
    const params = [hashOf(token), userId, methods, mark, attempt ? address : null, attempt?.trusted ?? false];
    const available = await this.database.transaction(async () => {
      const [row] = await this.database.query<Record<SecondFactor, boolean>>(BEGIN, params);
      if (!attempt) await first.along?.();
      const by = { kind: 'user' as const, id: userId, address, userAgent };
      await this.audit.record('session.challenged', { by, on: { type: 'user', id: userId }, after: { methods } });
      return row;
    });
    const names: SecondFactor[] = ['totp', 'recovery_code', 'passkey'];
    throw new MfaRequired(
      token,
      names.filter((name) => available?.[name]),
    );
  }

  /** Takes one of the few tries that the token has, unless the account has to wait. @throws {InvalidMfaToken} {TooManyAttempts} */
  async try(token: string): Promise<{ pending: PendingSignIn; attempt: CodeAttempt }> {
    const rows = await this.database.query<PendingSignIn & Counted>(TRY, [hashOf(token), this.settings.perAccount]);
    const { failures, retryAfter, ...pending } = this.found(rows);
    return { pending, attempt: demandCounted({ failures, retryAfter }) };
  }

  /** @throws {InvalidMfaToken} */
  async find(token: string): Promise<PendingSignIn> {
    return this.found(await this.database.query<PendingSignIn>(FIND, [hashOf(token)]));
  }

  /** Of many that end with one token at once, one does. @throws {InvalidMfaToken} */
  async use({ hash }: PendingSignIn): Promise<void> {
    if ((await this.database.query(USE, [hash])).length === 0) throw new InvalidMfaToken();
  }

  private found<P extends PendingSignIn>([pending]: P[]): P {
    if (!pending) throw new InvalidMfaToken();
    return pending;
  }
}
