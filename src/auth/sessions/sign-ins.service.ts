import { Injectable } from '@nestjs/common';
import { Database, newId, Transactional } from '../../platform/index.js';
import { type Act, AuditLog, entryFrom, valuesOf } from '../audit/audit-log.js';
import { InvalidCredentials } from '../auth.errors.js';
import { AuthSettings } from '../auth.settings.js';
import { PendingSignIns } from '../factors/pending-sign-ins.service.js';
import { type Attempt, succeeding } from '../throttling/attempts.service.js';
import type { Account } from '../users/account.sql.js';
import type { Device } from './device.js';
import { type Method, type Session, type SignedInAs, Tokens } from './tokens.js';

/** How somebody proved to be the owner of an account. */
export interface Proof {
  methods: Method[];
  /** The hash that the password was checked against; left out when there was none to check. */
  passwordHash?: string;
  /** When they proved it, if somebody else has seen it: seconds since 1970. */
  at?: number;
  /** The attempt at a password that this was. It fails unless the whole sign-in succeeds. */
  attempt?: Attempt;
  /** What else has to be written with the session, or not at all. */
  along?: () => Promise<unknown>;
}

// FOR SHARE waits for who is replacing the password, and then sees the new one; who replaces it afterwards finds the
// session, and ends it. It is the same with who adds a second factor, and with who changes its roles or what they ask for.
const SESSION = `
  WITH owner AS (
    SELECT id FROM auth.users WHERE id = $2 AND ($10::text IS NULL OR password_hash = $10)
      AND ($11::boolean OR NOT second_factor) AND access_epoch = $13
    FOR SHARE
  ), started AS (
    INSERT INTO auth.sessions (id, user_id, user_agent, address, methods, expires_at, tokens_until,
      authenticated_at)
    SELECT $1, id, $3, $4, $9, now() + make_interval(days => least($6::int, $7::int)), now() + make_interval(secs => $8),
      least(now(), to_timestamp($12))
    FROM owner
    RETURNING id, expires_at, authenticated_at, methods
  ), given AS (
    INSERT INTO auth.refresh_tokens (hash, session_id) SELECT $5, id FROM started
  )`;

const STARTED = 'SELECT id, expires_at AS "expiresAt", authenticated_at AS "authenticatedAt", methods FROM started';

const START = `${SESSION} ${STARTED}`;

// With a password and nothing else, as most do: all of it in one statement, which is a transaction of its own. The account
// is locked first, as in the others: what follows needs what was started.
const START_AND_TELL = `
  ${SESSION}, recorded AS (
    ${entryFrom(14)} FROM started
  ), succeeded AS (
    ${succeeding(28, 'CROSS JOIN started')}
  )
  ${STARTED}`;

/**
 * Where every way of signing in ends, once it is proved who it is. Each sign-in begins a session of its own, with tokens
 * that nobody has seen before.
 */
@Injectable()
export class SignIns {
  constructor(
    private readonly database: Database,
    private readonly tokens: Tokens,
    private readonly settings: AuthSettings,
    private readonly audit: AuditLog,
    private readonly pending: PendingSignIns,
  ) {}

  /**
   * @throws {MfaRequired} when the account has a second factor that has not been shown.
   * @throws {InvalidCredentials} when password or roles have been replaced since they were read, or the account is gone.
   */
  async complete(account: Account, device: Device, proof: Proof): Promise<SignedInAs> {
    if (account.secondFactor && !proof.methods.includes('mfa')) return this.pending.ask(account.id, device, proof);
    const { token, hash } = this.tokens.refresh();
    const session = await this.start(account, hash, device, proof);
    if (!session) throw new InvalidCredentials();
    return this.tokens.issue(account, session, token);
  }

  private async start(
    { id: userId, accessEpoch }: Account,
    hash: Buffer,
    { address, userAgent }: Device,
    { methods, passwordHash, at, attempt, along }: Proof,
  ): Promise<Session | undefined> {
    const id = newId();
    const { sessionDays, sessionMaxDays } = this.settings;
    const params: unknown[] = [
      id,
      userId,
      userAgent,
      address,
      hash,
      sessionDays,
      sessionMaxDays,
      this.tokens.longestLife,
    ];
    params.push(methods, passwordHash ?? null, methods.includes('mfa'), at ?? null, accessEpoch);
    const act: Act = {
      by: { kind: 'user', id: userId, address, userAgent },
      on: { type: 'session', id },
      after: { methods },
    };
    return attempt && !along ? this.startAndTell(params, act, attempt) : this.startAlong(params, act, along);
  }

  private async startAndTell(params: unknown[], act: Act, attempt: Attempt): Promise<Session | undefined> {
    const { pair, account, address, trusted } = attempt;
    const all = [...params, ...valuesOf('session.started', act), pair, account, address, trusted];
    const [session] = await this.database.query<Session>(START_AND_TELL, all);
    return session;
  }

  @Transactional()
  protected async startAlong(params: unknown[], act: Act, along: Proof['along']): Promise<Session | undefined> {
    const [[session]] = await this.database.together([
      () => this.database.query<Session>(START, params),
      along ?? (() => Promise.resolve()),
    ]);
    // Thrown in here: nothing that came along is kept.
    if (!session) throw new InvalidCredentials();
    await this.audit.record('session.started', act);
    return session;
  }
}
