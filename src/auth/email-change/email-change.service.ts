import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  Events,
  Jobs,
  NotSignedIn,
  newId,
  type Refusal,
  refusing,
  Transactional,
} from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { EmailTaken, InvalidMailToken, TooManyEmailChanges } from '../auth.errors.js';
import { EmailChanged, EmailVerified } from '../auth.events.js';
import { type Device, guestAt } from '../sessions/device.js';
import { Revocations } from '../sessions/revocations.service.js';
import { hashOf } from '../sessions/tokens.js';
import { User } from '../users/user.entity.js';
import { MAIL_EMAIL_CHANGE, MAIL_EMAIL_CHANGED } from './email-change.jobs.js';

/** In an hour, of one account: whoever asks must not fill the mailbox of a stranger. */
const MOST_REQUESTS = 5;

// It waits for whoever is ending sessions and withdraws what they asked for, and then finds its own ended.
const ASK = `
  WITH owner AS (
    SELECT id, email FROM auth.users WHERE id = $1 FOR SHARE
  ), asking AS (
    SELECT s.revoked_at FROM owner JOIN auth.sessions s ON s.user_id = owner.id WHERE s.id = $4 FOR SHARE OF s
  )
  INSERT INTO auth.email_changes AS c (user_id, request_id, old_email, new_email, expires_at)
  SELECT id, $2, email, $3, now() + interval '1 hour' FROM owner
  WHERE NOT EXISTS (SELECT FROM asking WHERE revoked_at IS NOT NULL)
  ON CONFLICT (user_id) DO UPDATE SET
    request_id = excluded.request_id, old_email = excluded.old_email, new_email = excluded.new_email,
    expires_at = excluded.expires_at, old_hash = NULL, new_hash = NULL, old_confirmed_at = NULL, new_confirmed_at = NULL,
    done_at = NULL, updated_at = now(),
    requests = CASE WHEN c.requests_since < now() - interval '1 hour' THEN 1 ELSE c.requests + 1 END,
    requests_since = CASE WHEN c.requests_since < now() - interval '1 hour' THEN now() ELSE c.requests_since END
  WHERE c.requests < ${MOST_REQUESTS} OR c.requests_since < now() - interval '1 hour'
  RETURNING user_id`;

const WAIT = `
  SELECT ceil(extract(epoch FROM requests_since + interval '1 hour' - now()))::int AS "retryAfter"
  FROM auth.email_changes
  WHERE user_id = $1 AND requests >= ${MOST_REQUESTS} AND requests_since >= now() - interval '1 hour'`;

// The row's lock decides who of two confirms second, and makes the change. The account is locked before it, as where the
// account is erased or its address verified. An address that nobody has shown to be theirs need not confirm: it may be
// mistyped. Was it verified after the mail had gone out, its owner has not been asked, and has to be.
const CONFIRM = `
  WITH owner AS (
    SELECT u.id, u.email_verified_at IS NULL AS unproved FROM auth.email_changes c JOIN auth.users u ON u.id = c.user_id
    WHERE c.old_hash = $1 OR c.new_hash = $1 FOR NO KEY UPDATE OF u
  )
  UPDATE auth.email_changes SET
    old_confirmed_at = CASE WHEN old_hash = $1 OR unproved AND new_hash = $1 THEN now() ELSE old_confirmed_at END,
    new_confirmed_at = CASE WHEN new_hash = $1 THEN now() ELSE new_confirmed_at END, updated_at = now()
  FROM owner WHERE user_id = owner.id AND done_at IS NULL AND expires_at > now() AND (old_hash IS NOT NULL OR unproved)
    AND (old_hash = $1 AND old_confirmed_at IS NULL OR new_hash = $1 AND new_confirmed_at IS NULL)
  RETURNING user_id AS "userId", request_id AS "requestId", old_email AS "oldEmail", new_email AS "newEmail",
    old_confirmed_at IS NOT NULL AND new_confirmed_at IS NOT NULL AS both, NOT unproved AS proved`;

// What names the address that it leaves was its owner's until now, if that was shown to be theirs.
const CHANGE = `
  WITH changed AS (
    UPDATE auth.users SET email = $3, email_verified_at = now(), version = version + 1, updated_at = now()
    WHERE id = $1 AND email = $2 RETURNING id
  ), kept AS (
    INSERT INTO auth.left_addresses (user_id, email) SELECT id, $2 FROM changed WHERE $4::boolean
    ON CONFLICT (user_id, email) DO UPDATE SET left_at = excluded.left_at
  )
  SELECT id FROM changed`;

/**
 * Another e-mail address for an account, once the owner of the new address has said yes, and that of the old one if it was
 * verified.
 */
@Injectable()
export class EmailChangeService {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly revocations: Revocations,
    private readonly events: Events,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {TooManyEmailChanges} {NotSignedIn} when the session has ended meanwhile. */
  @Transactional()
  async ask(caller: Caller, email: string): Promise<void> {
    const requestId = newId();
    const asked = await this.database.query(ASK, [caller.userId, requestId, User.normalise(email), caller.sessionId]);
    if (asked.length === 0) throw await this.refusal(caller);
    await this.jobs.enqueue(MAIL_EMAIL_CHANGE, { userId: caller.userId, requestId });
    await this.audit.record('email.change_asked', { by: caller, on: { type: 'user', id: caller.userId ?? '' } });
  }

  /**
   * Nothing comes of a change that is open: whoever takes the account back, or ends its sessions, may not be who asked for
   * it. In the caller's transaction, with the account locked.
   */
  async withdraw(userId: string): Promise<void> {
    await this.database.query(
      `UPDATE auth.email_changes SET old_hash = NULL, new_hash = NULL, expires_at = now(), updated_at = now()
       WHERE user_id = $1 AND done_at IS NULL`,
      [userId],
    );
  }

  /**
   * Ends sessions, in one of which a change may have been asked for: it is withdrawn with them. The account is locked first,
   * as by whoever asks for a change or confirms one. In the caller's transaction.
   */
  async withdrawWith<T>(userId: string, end: () => Promise<T>): Promise<T> {
    const [, ended] = await this.database.together([
      () => this.database.query('SELECT FROM auth.users WHERE id = $1 FOR NO KEY UPDATE', [userId]),
      end,
      () => this.withdraw(userId),
    ]);
    return ended;
  }

  /** True when nobody else has to say yes. @throws {InvalidMailToken} {EmailTaken} */
  @Transactional()
  async confirm(token: string, device: Device): Promise<boolean> {
    const [change] = await this.database.query<{
      userId: string;
      requestId: string;
      oldEmail: string;
      newEmail: string;
      both: boolean;
      proved: boolean;
    }>(CONFIRM, [hashOf(token)]);
    if (!change) throw new InvalidMailToken();
    if (!change.both) return false;
    const { userId, requestId, oldEmail, newEmail, proved } = change;
    const changing = this.database.query(CHANGE, [userId, oldEmail, newEmail, proved]);
    const changed = await refusing(changing, { uq_users_email: () => new EmailTaken() });
    if (changed.length === 0) throw new InvalidMailToken();
    await this.database.query('UPDATE auth.email_changes SET done_at = now() WHERE user_id = $1', [userId]);
    await this.revocations.revokeAllOf(userId, 'e-mail address changed');
    this.events.publish(new EmailChanged(userId), new EmailVerified(userId));
    await this.jobs.enqueue(MAIL_EMAIL_CHANGED, { userId, requestId });
    await this.audit.record('email.changed', { by: guestAt(device), on: { type: 'user', id: userId } });
    return true;
  }

  private async refusal({ userId }: Caller): Promise<Refusal> {
    const [asked] = await this.database.query<{ retryAfter: number }>(WAIT, [userId]);
    return asked ? new TooManyEmailChanges(Math.max(1, asked.retryAfter)) : new NotSignedIn();
  }
}
