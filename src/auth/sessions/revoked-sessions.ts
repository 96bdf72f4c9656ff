import { Injectable } from '@nestjs/common';
import { Database, Notifications } from '../../platform/index.js';
import { LONGEST_ACCESS_TOKEN_SECONDS } from '../auth.settings.js';

export const CHANNEL = 'galley_revoked_sessions';
const SWEEP_EVERY_MS = 60_000;
/** Longer than any token lives after its session was revoked: what was revoked before need not be looked at. */
const LONGEST_AFTERLIFE = LONGEST_ACCESS_TOKEN_SECONDS + 600;

/**
 * The sessions that have been revoked while access tokens of theirs may still live, in memory: asking costs no SQL. Each
 * process hears of a revocation by NOTIFY, which is part of the transaction that revokes. What was revoked before the
 * process listened, or while its listening connection was down, is read as soon as it listens (again).
 */
@Injectable()
export class RevokedSessions {
  /** Until when (milliseconds since 1970) to remember a session. */
  private readonly until = new Map<string, number>();
  private sweptAt = Date.now();

  constructor(
    private readonly database: Database,
    notifications: Notifications,
  ) {
    notifications.listen(CHANNEL, (payload) => this.hear(payload));
    notifications.onConnect(() => this.load());
  }

  has(sessionId: string): boolean {
    return this.until.has(sessionId);
  }

  add(sessionId: string, until: number): void {
    this.sweep();
    if (until > Date.now()) this.until.set(sessionId, until);
  }

  private hear(payload: string): void {
    const [sessionId = '', until] = payload.split(' ');
    this.add(sessionId, Number(until));
  }

  private async load(): Promise<void> {
    const rows = await this.database.query<{ id: string; tokensUntil: Date }>(
      `SELECT id, tokens_until AS "tokensUntil" FROM auth.sessions
       WHERE revoked_at > now() - make_interval(secs => $1) AND tokens_until > now()`,
      [LONGEST_AFTERLIFE],
    );
    for (const { id, tokensUntil } of rows) this.add(id, tokensUntil.getTime());
  }

  /** Forgets those whose last access token has expired. */
  private sweep(): void {
    const now = Date.now();
    if (now - this.sweptAt < SWEEP_EVERY_MS) return;
    this.sweptAt = now;
    for (const [sessionId, until] of this.until) if (until <= now) this.until.delete(sessionId);
  }
}
