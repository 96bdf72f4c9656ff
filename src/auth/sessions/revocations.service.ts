import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotSignedIn } from '../../platform/index.js';
import { CHANNEL, RevokedSessions } from './revoked-sessions.js';

// Rows are locked in the order of their ids, so that two who sign out everywhere at once do not wait for each other.
// NOTIFY is part of the transaction: a crash cannot come between the revocation and its becoming known.
const revoke = (which: string): string => `
  WITH ending AS (
    SELECT id FROM auth.sessions WHERE ${which} AND revoked_at IS NULL AND expires_at > now()
    ORDER BY id FOR NO KEY UPDATE
  ), ended AS (
    UPDATE auth.sessions s SET revoked_at = now(), revoked_because = $1, updated_at = now()
    FROM ending WHERE s.id = ending.id
    RETURNING s.id, round(extract(epoch FROM s.tokens_until) * 1000)::bigint AS until, s.tokens_until > now() AS live
  )
  SELECT id, until, CASE WHEN live THEN pg_notify('${CHANNEL}', id || ' ' || until) END FROM ended`;

const REVOKE_ONE = revoke('id = $2');
const REVOKE_OWN = revoke('id = $2 AND user_id = $3');
const REVOKE_ALL = revoke('user_id = $2 AND id IS DISTINCT FROM $3');

const HAS_ENDED = 'SELECT revoked_at IS NOT NULL AS ended FROM auth.sessions WHERE id = $1 FOR SHARE';

/** Ends sessions before their time: no refresh token of theirs works from now on, and no access token in any process. */
@Injectable()
export class Revocations {
  constructor(
    private readonly database: Database,
    private readonly revoked: RevokedSessions,
  ) {}

  /** False when it has ended already. */
  async revoke(sessionId: string, because: string): Promise<boolean> {
    return (await this.run(REVOKE_ONE, [because, sessionId])).length > 0;
  }

  /** False when the user has no such session, or it has ended. */
  async revokeOf(userId: string, sessionId: string, because: string): Promise<boolean> {
    return (await this.run(REVOKE_OWN, [because, sessionId, userId])).length > 0;
  }

  /** All sessions of the user, but the one that is to be kept, if any: gives those that this has ended. */
  async revokeAllOf(userId: string, because: string, { except = null as string | null } = {}): Promise<string[]> {
    return this.run(REVOKE_ALL, [because, userId, except]);
  }

  /**
   * Nothing lasting is left in an account from a session that has ended since the request was let in, while it waited for the
   * account, for a provider or for hashes. In the caller's transaction, once the account is locked: until it ends, so does no session.
   * @throws {NotSignedIn}
   */
  async demandGoingOn({ sessionId }: Caller): Promise<void> {
    const [session] = await this.database.query<{ ended: boolean }>(HAS_ENDED, [sessionId]);
    if (session?.ended) throw new NotSignedIn();
  }

  private async run(sql: string, params: unknown[]): Promise<string[]> {
    const ended = await this.database.query<{ id: string; until: number }>(sql, params);
    this.database.afterCommit(() => {
      for (const { id, until } of ended) this.revoked.add(id, until);
    });
    return ended.map(({ id }) => id);
  }
}
