import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  decodeCursor,
  isId,
  NotFoundProblem,
  type PageQuery,
  paginate,
  Transactional,
} from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { EmailChangeService } from '../email-change/email-change.service.js';
import { type OwnSessionListResponse, OwnSessionResponse } from './own-sessions.dto.js';
import { Revocations } from './revocations.service.js';

// Ids are made in the order of time.
const LIST = `
  SELECT id, user_agent AS "userAgent", address, created_at AS "createdAt", last_used_at AS "lastUsedAt",
         expires_at AS "expiresAt", id = $2 AS current
  FROM auth.sessions
  WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now() AND ($3::uuid IS NULL OR id < $3)
  ORDER BY id DESC LIMIT $4`;

/** The devices on which someone is signed in. */
@Injectable()
export class OwnSessionsService {
  constructor(
    private readonly database: Database,
    private readonly revocations: Revocations,
    private readonly emailChanges: EmailChangeService,
    private readonly audit: AuditLog,
  ) {}

  /** One page, newest sign-in first: one statement. */
  async list({ id, sessionId }: Caller, { limit, cursor }: PageQuery): Promise<OwnSessionListResponse> {
    const bind = JSON.stringify(['own-sessions', id]);
    const [after = null] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId]);
    const rows = await this.database.query<OwnSessionResponse>(LIST, [id, sessionId, after, limit + 1]);
    const { data, nextCursor } = paginate({ rows, limit, bind, cursorOf: (row) => [row.id] });
    return { data: data.map(OwnSessionResponse.of), nextCursor };
  }

  /** @throws {NotFoundProblem} also for the session of someone else. */
  @Transactional()
  async revoke(caller: Caller, sessionId: string): Promise<void> {
    const { id: userId } = caller;
    if (userId === null) throw new NotFoundProblem('Session', sessionId);
    const revoke = () => this.revocations.revokeOf(userId, sessionId, 'signed out elsewhere');
    const revoked = await (sessionId === caller.sessionId ? revoke() : this.emailChanges.withdrawWith(userId, revoke));
    if (!revoked) throw new NotFoundProblem('Session', sessionId);
    await this.audit.record('session.ended', { by: caller, on: { type: 'session', id: sessionId } });
  }

  @Transactional()
  async revokeAll(caller: Caller): Promise<void> {
    const { id: userId } = caller;
    if (userId === null) return;
    const ended = await this.emailChanges.withdrawWith(userId, () =>
      this.revocations.revokeAllOf(userId, 'signed out everywhere'),
    );
    await this.audit.recordAll(
      'session.ended',
      ended.map((id) => ({ by: caller, on: { type: 'session', id } })),
    );
  }
}
