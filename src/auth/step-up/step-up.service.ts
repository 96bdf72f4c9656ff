import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotSignedIn, Transactional } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { PasswordProofs } from '../passwords/password-proofs.service.js';
import { type Method, type Session, type SignedInAs, Tokens } from '../sessions/tokens.js';
import { UsersService } from '../users/users.service.js';

const RENEW = `
  UPDATE auth.sessions
  SET authenticated_at = now(), methods = $2, updated_at = now(), last_used_at = now(),
      tokens_until = greatest(tokens_until, now() + make_interval(secs => $3))
  WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()
  RETURNING id, expires_at AS "expiresAt", authenticated_at AS "authenticatedAt", methods`;

/** Proving again who one is, in a session that goes on (RFC 9470). */
@Injectable()
export class StepUpService {
  constructor(
    private readonly database: Database,
    private readonly proofs: PasswordProofs,
    private readonly users: UsersService,
    private readonly tokens: Tokens,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {WrongPassword} {TooManyAttempts} */
  async withPassword(caller: Caller, password: string): Promise<Pick<SignedInAs, 'accessToken' | 'expiresIn'>> {
    await this.proofs.prove(caller, password);
    return this.complete(caller, ['pwd']);
  }

  /** @throws {NotSignedIn} when session or account have ended meanwhile. */
  private async complete(caller: Caller, methods: Method[]): Promise<Pick<SignedInAs, 'accessToken' | 'expiresIn'>> {
    const session = await this.renew(caller, methods);
    const account = caller.userId === null ? undefined : await this.users.find(caller.userId);
    if (!session || !account) throw new NotSignedIn('The session has ended. Sign in again.');
    return this.tokens.issueAccess(account, session);
  }

  @Transactional()
  protected async renew(caller: Caller, methods: Method[]): Promise<Session | undefined> {
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
