import { Injectable } from '@nestjs/common';
import { type Caller, Database, newId } from '../../platform/index.js';
import { type Actor, AuditLog } from '../audit/audit-log.js';
import { InvalidCredentials } from '../auth.errors.js';
import { AuthSettings } from '../auth.settings.js';
import { AttemptsService } from '../throttling/attempts.service.js';
import { type Account, UsersService } from '../users/users.service.js';
import { Revocations } from './revocations.service.js';
import { type SignedInAs, Tokens } from './tokens.js';

export type Device = Pick<Caller, 'address' | 'userAgent'>;

const START = `
  WITH started AS (
    INSERT INTO auth.sessions (id, user_id, user_agent, address, expires_at, tokens_until)
    VALUES ($1, $2, $3, $4, now() + make_interval(days => least($6::int, $7::int)), now() + make_interval(secs => $8))
    RETURNING id, expires_at
  ), given AS (
    INSERT INTO auth.refresh_tokens (hash, session_id) SELECT $5, id FROM started
  )
  SELECT id, expires_at AS "expiresAt" FROM started`;

/** Signing in and out. Each sign-in begins a session of its own, with tokens that nobody has seen before. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly tokens: Tokens,
    private readonly attempts: AttemptsService,
    private readonly revocations: Revocations,
    private readonly settings: AuthSettings,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {EmailTaken} */
  async register(email: string, password: string, name: string | null, device: Device): Promise<SignedInAs> {
    const account = await this.users.register(email, password, name, [], guest(device));
    await this.attempts.trust(email, device.address);
    return this.start(account, device);
  }

  /** @throws {InvalidCredentials} {TooManyAttempts} */
  async login(email: string, password: string, device: Device): Promise<SignedInAs> {
    const attempt = await this.attempts.begin(email, device.address);
    const account = await this.users.authenticate(email, password);
    if (!account) {
      await this.noteRefusal(email, device);
      throw new InvalidCredentials();
    }
    await this.attempts.succeed(attempt);
    return this.start(account, device);
  }

  /** Ends the caller's session. */
  async logout(caller: Caller): Promise<void> {
    if (!caller.sessionId) return;
    await this.revocations.revoke(caller.sessionId, 'signed out');
    await this.audit.record('session.ended', { by: caller, on: { type: 'session', id: caller.sessionId } });
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
    const { sessionDays, sessionMaxDays } = this.settings;
    const [session] = await this.database.query<{ id: string; expiresAt: Date }>(START, [
      id,
      account.id,
      userAgent,
      address,
      hash,
      sessionDays,
      sessionMaxDays,
      this.tokens.longestLife,
    ]);
    if (!session) throw new Error('A session was not started.');
    return this.tokens.issue(account, session, token);
  }
}

const guest = ({ address, userAgent }: Device): Actor => ({ kind: 'guest', id: null, address, userAgent });
