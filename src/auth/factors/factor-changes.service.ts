import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotSignedIn, RecentSignInRequired, Transactional } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { AuditLog } from '../audit/audit-log.js';
import { EmailNotVerified } from '../auth.errors.js';
import { AuthSettings } from '../auth.settings.js';
import { Revocations } from '../sessions/revocations.service.js';
import type { Method } from '../sessions/tokens.js';
import { type PreparedCodes, RecoveryCodes } from './recovery-codes.service.js';

type Factor = 'totp' | 'passkey';

interface Addition {
  factor: Factor;
  /** What its owner has just shown by setting it up. */
  methods: Method[];
  /** Gives the id of the factor; throws when it cannot be. */
  write: () => Promise<string>;
}

interface Removal {
  factor: Factor;
  /** Gives the id of what is gone; undefined when there was nothing. */
  write: () => Promise<string | undefined>;
}

const ADD_METHODS = `
  UPDATE auth.sessions
  SET methods = ARRAY(SELECT DISTINCT unnest(methods || $2::text[])), authenticated_at = now(), updated_at = now()
  WHERE id = $1 AND revoked_at IS NULL RETURNING id`;

// One factor is left, whatever this session was begun with; that of an outside provider, where none of ours was shown
// beside it, is not ours to take.
const FORGET_FACTOR = `
  UPDATE auth.sessions SET methods = array_remove(methods, 'mfa'), updated_at = now()
  WHERE id = $1 AND (NOT 'fed' = ANY (methods) OR methods && '{otp,hwk,swk}')`;

/**
 * What goes with every change of somebody's second factors: other sessions end, the owner is told, it is on record. The
 * account's row is locked first, here and at sign-in, so that neither misses the other.
 */
@Injectable()
export class FactorChanges {
  constructor(
    private readonly database: Database,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly revocations: Revocations,
    private readonly mail: AccountMail,
    private readonly audit: AuditLog,
    private readonly settings: AuthSettings,
  ) {}

  /** Who has a second factor changes it only after having shown it. @throws {RecentSignInRequired} */
  async demandFactor(caller: Caller): Promise<void> {
    await this.demanded(caller);
  }

  /**
   * Whoever adds the first one has to have shown that the address is theirs. What was set up before goes when the password is
   * reset by mail, as if a stranger had left it (see {@link FactorRemoval}): their protection would be worth nothing.
   * @throws {RecentSignInRequired} {EmailNotVerified}
   */
  async demandOwner(caller: Caller): Promise<void> {
    const account = await this.demanded(caller);
    if (account && !account.verified) throw new EmailNotVerified('add a second factor to it');
  }

  /** Recovery codes, when this is the first factor; null when there are some already. @throws {RecentSignInRequired} {EmailNotVerified} */
  async add(caller: Caller, addition: Addition): Promise<string[] | null> {
    await this.demandOwner(caller);
    // Before the transaction: none is held open for as long as hashes take.
    const prepared = await this.recoveryCodes.prepare(caller.id ?? '');
    return this.write(caller, addition, prepared);
  }

  /** @returns false when there was nothing to remove. @throws {RecentSignInRequired} */
  async remove(caller: Caller, removal: Removal): Promise<boolean> {
    await this.demandFactor(caller);
    return this.erase(caller, removal);
  }

  /** The account, where no second factor was shown: it has none. */
  private async demanded(caller: Caller): Promise<{ verified: boolean } | undefined> {
    if (caller.methods.includes('mfa')) return undefined;
    const [account] = await this.database.query<{ secondFactor: boolean; verified: boolean }>(
      `SELECT second_factor AS "secondFactor", email_verified_at IS NOT NULL AS verified FROM auth.users WHERE id = $1`,
      [caller.id],
    );
    if (account?.secondFactor) throw new RecentSignInRequired(this.settings.recentSignInMinutes * 60);
    return account;
  }

  @Transactional()
  protected async write(
    caller: Caller,
    { factor, methods, write }: Addition,
    prepared: PreparedCodes | undefined,
  ): Promise<string[] | null> {
    const userId = caller.id ?? '';
    await this.lock(userId);
    const id = await write();
    const codes = prepared && (await this.recoveryCodes.storeFirst(userId, prepared));
    const going = await this.database.query(ADD_METHODS, [caller.sessionId, [...methods, 'mfa']]);
    // Ended while this waited for the account, by its owner: then nothing of it stays.
    if (going.length === 0) throw new NotSignedIn();
    await this.revocations.revokeAllOf(userId, 'a second factor was added', { except: caller.sessionId });
    await this.record(caller, `${factor}.added`, { type: factor, id }, `${factor}_added`);
    return codes ?? null;
  }

  @Transactional()
  protected async erase(caller: Caller, { factor, write }: Removal): Promise<boolean> {
    const userId = caller.id ?? '';
    await this.database.together([() => this.lock(userId), () => this.revocations.demandGoingOn(caller)]);
    const id = await write();
    if (id === undefined) return false;
    if (!(await this.hasFactor(userId))) {
      await this.recoveryCodes.forget(userId);
      await this.database.query(FORGET_FACTOR, [caller.sessionId]);
    }
    await this.revocations.revokeAllOf(userId, 'a second factor was removed', { except: caller.sessionId });
    await this.record(caller, `${factor}.removed`, { type: factor, id }, `${factor}_removed`);
    return true;
  }

  private async lock(userId: string): Promise<void> {
    await this.database.query('SELECT FROM auth.users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  }

  private async hasFactor(userId: string): Promise<boolean> {
    const [account] = await this.database.query<{ has: boolean }>(
      'SELECT second_factor AS has FROM auth.users WHERE id = $1',
      [userId],
    );
    return account?.has ?? false;
  }

  private async record(
    caller: Caller,
    action: `${Factor}.${string}`,
    on: { type: string; id: string },
    notice: `${Factor}_${'added' | 'removed'}`,
  ): Promise<void> {
    await this.mail.notice(caller.id ?? '', notice);
    await this.audit.record(action, { by: caller, on });
  }
}
