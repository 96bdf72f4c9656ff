import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { InvalidRefreshToken, RefreshTokenReused } from '../auth.errors.js';
import { AuthSettings } from '../auth.settings.js';
import { EmailChangeService } from '../email-change/email-change.service.js';
import { UsersService } from '../users/users.service.js';
import { type Device, guestAt } from './device.js';
import { Revocations } from './revocations.service.js';
import { openSuccessor, sealSuccessor } from './sealed-successor.js';
import { hashOf, type Session, type SignedInAs, Tokens } from './tokens.js';

interface Renewed extends Session {
  userId: string;
}

// One statement decides who used the token first: of two at once, one finds used_at set. A session that is being
// revoked meanwhile is waited for, and then not renewed.
const USE = `
  WITH used AS (
    UPDATE auth.refresh_tokens t SET used_at = now(), sealed_successor = $3
    FROM auth.sessions s
    WHERE t.hash = $1 AND t.used_at IS NULL AND s.id = t.session_id AND s.revoked_at IS NULL AND s.expires_at > now()
      AND s.created_at > now() - make_interval(days => $5)
    RETURNING t.session_id, t.replaces
  ), renewed AS (
    UPDATE auth.sessions s
    SET last_used_at = now(), updated_at = now(), tokens_until = now() + make_interval(secs => $6),
        expires_at = least(now() + make_interval(days => $4), s.created_at + make_interval(days => $5)),
        address = $7, user_agent = $8
    FROM used WHERE s.id = used.session_id AND s.revoked_at IS NULL
    RETURNING s.id, s.user_id, s.expires_at, s.authenticated_at, s.methods
  ), replaced AS (
    INSERT INTO auth.refresh_tokens (hash, session_id, replaces) SELECT $2, id, $1 FROM renewed
  ), forgotten AS (
    UPDATE auth.refresh_tokens t SET sealed_successor = NULL FROM used WHERE t.hash = used.replaces
  )
  SELECT id, user_id AS "userId", expires_at AS "expiresAt", authenticated_at AS "authenticatedAt", methods FROM renewed`;

const FIND = `
  SELECT s.id, s.user_id AS "userId", s.expires_at AS "expiresAt", s.authenticated_at AS "authenticatedAt",
         s.methods, t.sealed_successor AS "sealedSuccessor",
         t.used_at IS NOT NULL AS used, t.used_at > now() - make_interval(secs => $2) AS "justUsed",
         s.revoked_at IS NULL AND s.expires_at > now() AS alive
  FROM auth.refresh_tokens t JOIN auth.sessions s ON s.id = t.session_id
  WHERE t.hash = $1`;

/**
 * New tokens for an old refresh token. The tokens of a session form one chain: each is replaced by exactly one, and
 * which one is the newest is never in doubt.
 *
 * A client that refreshes in many places at once sends the same token many times. The first request replaces it; the
 * others, for a short grace, get the very same successor (and each an access token). The grace ends early when the
 * successor is used: from then on the client has it, and the old token can only be a copy. A token that comes after the
 * grace, or after its successor was used, ends the session. So a thief who sends a stolen token late is found out at
 * once; one who is quick enough to share the grace holds what the client holds, and is found out when the second of the
 * two uses it, because their chain never forks.
 */
@Injectable()
export class RefreshService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly tokens: Tokens,
    private readonly revocations: Revocations,
    private readonly emailChanges: EmailChangeService,
    private readonly settings: AuthSettings,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {InvalidRefreshToken} {RefreshTokenReused} */
  async refresh(old: string, device: Device): Promise<SignedInAs> {
    const { token, hash } = this.tokens.refresh();
    const [session] = await this.database.query<Renewed>(USE, [
      hashOf(old),
      hash,
      sealSuccessor(token, old),
      this.settings.sessionDays,
      this.settings.sessionMaxDays,
      this.tokens.longestLife,
      device.address,
      device.userAgent,
    ]);
    return session ? this.issue(session, token) : this.again(old, device);
  }

  /** The token could not be used: it has been used before, or is worth nothing. */
  private async again(old: string, device: Device): Promise<SignedInAs> {
    const [found] = await this.database.query<
      Renewed & { sealedSuccessor: Buffer | null; used: boolean; justUsed: boolean; alive: boolean }
    >(FIND, [hashOf(old), this.settings.refreshGraceSeconds]);
    if (!found?.used || !found.alive) throw new InvalidRefreshToken();
    if (found.justUsed && found.sealedSuccessor) return this.issue(found, openSuccessor(found.sealedSuccessor, old));
    await this.database.transaction(async () => {
      const revoke = () => this.revocations.revoke(found.id, 'refresh token used twice');
      // Of two who find out at once, one ends it.
      if (!(await this.emailChanges.withdrawWith(found.userId, revoke))) return;
      await this.audit.record('session.reused', { by: guestAt(device), on: { type: 'session', id: found.id } });
    });
    throw new RefreshTokenReused();
  }

  private async issue(session: Renewed, refreshToken: string): Promise<SignedInAs> {
    const account = await this.users.find(session.userId);
    if (!account) throw new InvalidRefreshToken();
    return this.tokens.issue(account, session, refreshToken);
  }
}
