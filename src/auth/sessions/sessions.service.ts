import { Injectable } from '@nestjs/common';
import { type Caller, Database, newId, Transactional } from '../../platform/index.js';
import { type Actor, AuditLog } from '../audit/audit-log.js';
import { InvalidCredentials, InvalidRefreshToken, RefreshTokenReused } from '../auth.errors.js';
import { AuthSettings } from '../auth.settings.js';
import { type Account, UsersService } from '../users/users.service.js';
import { hashOf, Tokens } from './tokens.js';

export interface SignedInAs {
  account: Account;
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
}

export type Device = Pick<Caller, 'address' | 'userAgent'>;

const START = `
  WITH started AS (
    INSERT INTO auth.sessions (id, user_id, user_agent, address, expires_at)
    VALUES ($1, $2, $3, $4, now() + make_interval(days => $6)) RETURNING id
  )
  INSERT INTO auth.refresh_tokens (hash, session_id) SELECT $5, id FROM started`;

// One statement decides who used the token first: of two at once, one finds used_at set.
const USE = `
  WITH used AS (
    UPDATE auth.refresh_tokens t SET used_at = now()
    FROM auth.sessions s
    WHERE t.hash = $1 AND t.used_at IS NULL AND s.id = t.session_id AND s.revoked_at IS NULL AND s.expires_at > now()
    RETURNING t.session_id
  ), renewed AS (
    UPDATE auth.sessions s SET last_used_at = now(), updated_at = now(), expires_at = now() + make_interval(days => $3)
    FROM used WHERE s.id = used.session_id RETURNING s.id, s.user_id
  ), replaced AS (
    INSERT INTO auth.refresh_tokens (hash, session_id) SELECT $2, session_id FROM used
  )
  SELECT id, user_id AS "userId" FROM renewed`;

/** Signing in and staying so: sessions, and the refresh tokens that keep them alive. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly tokens: Tokens,
    private readonly settings: AuthSettings,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {EmailTaken} */
  async register(email: string, password: string, name: string | null, device: Device): Promise<SignedInAs> {
    return this.start(await this.users.register(email, password, name, [], guest(device)), device);
  }

  /** @throws {InvalidCredentials} */
  async login(email: string, password: string, device: Device): Promise<SignedInAs> {
    const account = await this.users.authenticate(email, password);
    if (!account) {
      await this.noteRefusal(email, device);
      throw new InvalidCredentials();
    }
    return this.start(account, device);
  }

  /**
   * New tokens for an old refresh token, which is spent by that. One that comes twice has been copied: its session ends.
   * @throws {InvalidRefreshToken} {RefreshTokenReused}
   */
  async refresh(refreshToken: string): Promise<SignedInAs> {
    const { token, hash } = this.tokens.refresh();
    const [session] = await this.database.query<{ id: string; userId: string }>(USE, [
      hashOf(refreshToken),
      hash,
      this.settings.sessionDays,
    ]);
    if (!session) throw await this.refusal(refreshToken);
    const account = await this.users.find(session.userId);
    if (!account) throw new InvalidRefreshToken();
    return this.signedIn(account, session.id, token);
  }

  /** Ends the caller's session. */
  @Transactional()
  async logout(caller: Caller): Promise<void> {
    if (!caller.sessionId) return;
    await this.revoke(caller.sessionId, 'signed out');
    await this.audit.record('session.ended', { by: caller, on: { type: 'session', id: caller.sessionId } });
  }

  /** Ends every session of an account. */
  async revokeAll(userId: string, because: string): Promise<void> {
    await this.database.query(
      `UPDATE auth.sessions SET revoked_at = now(), revoked_because = $2, updated_at = now()
       WHERE user_id = $1 AND revoked_at IS NULL`,
      [userId, because],
    );
  }

  /** What was typed as address is not recorded: it may be a password. */
  private async noteRefusal(email: string, device: Device): Promise<void> {
    const id = await this.users.idOf(email);
    await this.audit.record('session.refused', { by: guest(device), on: id ? { type: 'user', id } : undefined });
  }

  private async start(account: Account, device: Device): Promise<SignedInAs> {
    const id = newId();
    const { address, userAgent } = device;
    // First, and without a transaction around both: no session is without its record.
    await this.audit.record('session.started', {
      by: { kind: 'user', id: account.id, address, userAgent },
      on: { type: 'session', id },
    });
    const { token, hash } = this.tokens.refresh();
    await this.database.query(START, [id, account.id, userAgent, address, hash, this.settings.sessionDays]);
    return this.signedIn(account, id, token);
  }

  private async signedIn(account: Account, sessionId: string, refreshToken: string): Promise<SignedInAs> {
    const accessToken = await this.tokens.access(account, sessionId);
    return { account, accessToken, refreshToken, expiresIn: this.tokens.lifetime };
  }

  private async refusal(refreshToken: string): Promise<Error> {
    const [known] = await this.database.query<{ sessionId: string; used: boolean }>(
      'SELECT session_id AS "sessionId", used_at IS NOT NULL AS used FROM auth.refresh_tokens WHERE hash = $1',
      [hashOf(refreshToken)],
    );
    if (!known?.used) return new InvalidRefreshToken();
    await this.revoke(known.sessionId, 'refresh token used twice');
    return new RefreshTokenReused();
  }

  private async revoke(sessionId: string, because: string): Promise<void> {
    await this.database.query(
      `UPDATE auth.sessions SET revoked_at = now(), revoked_because = $2, updated_at = now()
       WHERE id = $1 AND revoked_at IS NULL`,
      [sessionId, because],
    );
  }
}

const guest = ({ address, userAgent }: Device): Actor => ({ kind: 'guest', id: null, address, userAgent });
