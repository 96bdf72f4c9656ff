import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotSignedIn, Transactional } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { CodeProofs } from '../factors/code-proofs.service.js';
import { CodeRequired, WrongCode } from '../factors/factors.errors.js';
import { PasswordProofs } from '../passwords/password-proofs.service.js';
import { type Method, type Session, type SignedInAs, Tokens } from '../sessions/tokens.js';
import { UsersService } from '../users/users.service.js';

const RENEW = `
  UPDATE auth.sessions
  SET authenticated_at = now(), methods = $2, updated_at = now(), last_used_at = now(),
      tokens_until = greatest(tokens_until, now() + make_interval(secs => $3))
  WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()
  RETURNING id, expires_at AS "expiresAt", authenticated_at AS "authenticatedAt", methods`;

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
    const account = await this.users.find(caller.id ?? '');
    if (!account?.secondFactor) return this.complete(caller, ['pwd']);
    if (code === undefined) throw new CodeRequired();
    const { methods, use } = await this.codes.check({ userId: account.id, code, by: caller, Wrong: WrongCode });
    return this.complete(caller, ['pwd', ...methods, 'mfa'], use);
  }

  /** @throws {NotSignedIn} when session or account have ended meanwhile. */
  async complete(caller: Caller, methods: Method[], along?: () => Promise<void>): Promise<RenewedAccess> {
    const session = await this.renew(caller, methods, along);
    const account = caller.userId === null ? undefined : await this.users.find(caller.userId);
    if (!session || !account) throw new NotSignedIn('The session has ended. Sign in again.');
    return this.tokens.issueAccess(account, session);
  }

  @Transactional()
  protected async renew(caller: Caller, methods: Method[], along?: () => Promise<void>): Promise<Session | undefined> {
    await along?.();
    const [session] = await this.database.query<Session>(RENEW, [caller.sessionId, methods, this.tokens.longestLife]);
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
