import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotSignedIn, Transactional } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { CodeProofs, type ShownFactor } from '../factors/code-proofs.service.js';
import { CodeRequired, WrongCode } from '../factors/factors.errors.js';
import { PasswordProofs } from '../passwords/password-proofs.service.js';
import { type Method, type Session, type SignedInAs, Tokens } from '../sessions/tokens.js';
import type { Account } from '../users/account.sql.js';
import { UsersService } from '../users/users.service.js';

const RENEW = `
  UPDATE auth.sessions
  SET authenticated_at = least(now(), to_timestamp($4)), methods = $2, updated_at = now(), last_used_at = now(),
      tokens_until = greatest(tokens_until, now() + make_interval(secs => $3))
  WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()
  RETURNING id, expires_at AS "expiresAt", authenticated_at AS "authenticatedAt", methods`;

interface Proved {
  methods: Method[];
  /** When, if not now: seconds since 1970. */
  at?: number;
  along?: () => Promise<void>;
}

const ENDED = 'The session has ended. Sign in again.';

export type RenewedAccess = Pick<SignedInAs, 'accessToken' | 'expiresIn'>;

/** Proving again who one is, in a session that goes on (RFC 9470). */
@Injectable()
export class StepUpService {
  constructor(
    private readonly database: Database,
    private readonly proofs: PasswordProofs,
    private readonly users: UsersService,
    private readonly tokens: Tokens,
    private readonly audit: AuditLog,
    private readonly codes: CodeProofs,
  ) {}

  /** Whoever has a second factor needs a code too. @throws {WrongPassword} {CodeRequired} {WrongCode} {TooManyAttempts} */
  async withPassword(caller: Caller, password: string, code: string | undefined): Promise<RenewedAccess> {
    await this.proofs.prove(caller, password);
    const account = await this.accountOf(caller);
    if (!account.secondFactor) return this.finish(caller, account, { methods: ['pwd'] });
    if (code === undefined) throw new CodeRequired();
    const { methods, use } = await this.codes.check({ userId: account.id, code, by: caller, Wrong: WrongCode });
    return this.finish(caller, account, { methods: ['pwd', ...methods, 'mfa'], along: use });
  }

  /** In another way, which has been proved. @throws {NotSignedIn} */
  async complete(caller: Caller, methods: Method[], along: () => Promise<void>): Promise<RenewedAccess> {
    return this.finish(caller, await this.accountOf(caller), { methods, along });
  }

  /** At a provider, who said when. @throws {CodeRequired} {NotSignedIn} */
  async completeOutside(
    caller: Caller,
    { mfa, at, along, shown }: { mfa: boolean; at: number; along: () => Promise<void>; shown: ShownFactor | undefined },
  ): Promise<RenewedAccess> {
    const account = await this.accountOf(caller);
    if (account.secondFactor && !mfa && !shown) throw new CodeRequired();
    const methods: Method[] = ['fed', ...(shown?.methods ?? []), ...(mfa || shown ? (['mfa'] as const) : [])];
    const all = async () => {
      await along();
      await shown?.use();
    };
    return this.finish(caller, account, { methods, at, along: all });
  }

  private async accountOf({ userId }: Caller): Promise<Account> {
    const account = userId === null ? undefined : await this.users.find(userId);
    if (!account) throw new NotSignedIn(ENDED);
    return account;
  }

  /** @throws {NotSignedIn} when the session has ended meanwhile. */
  private async finish(caller: Caller, account: Account, proved: Proved): Promise<RenewedAccess> {
    const session = await this.renew(caller, proved);
    if (!session) throw new NotSignedIn(ENDED);
    return this.tokens.issueAccess(account, session);
  }

  @Transactional()
  protected async renew(caller: Caller, { methods, at, along }: Proved): Promise<Session | undefined> {
    await along?.();
    const [session] = await this.database.query<Session>(RENEW, [
      caller.sessionId,
      methods,
      this.tokens.longestLife,
      at ?? null,
    ]);
    if (session) {
      await this.audit.record('session.stepped_up', {
        by: caller,
        on: { type: 'session', id: session.id },
        after: { methods },
      });
    }
    return session;
  }
}
