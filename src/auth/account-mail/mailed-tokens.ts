import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { InvalidMailToken } from '../auth.errors.js';
import { hashOf } from '../sessions/tokens.js';
import { counting } from './mail-limits.js';

export type Purpose = 'reset_password' | 'verify_email';

/** One wish for a mail with a token. */
export interface Asked {
  purpose: Purpose;
  userId: string;
  /** UUID version 7: of two, the later one is the greater. */
  requestId: string;
  /** RFC 3339. */
  expiresAt: string;
}

// A job that runs again for the same request makes a new token: the one before may have been mailed or not. A request
// that is older than the one answered last is answered no more, and neither is one above the limit: the last one stays good.
const ISSUE = `
  WITH asked AS (
    SELECT u.id, u.email, $2::text AS kind, $3::uuid AS request_id FROM auth.users u
    WHERE u.id = $1 AND $4 > now() AND ($2 <> 'verify_email' OR u.email_verified_at IS NULL)
      AND NOT EXISTS (SELECT FROM auth.mailed_tokens t WHERE t.user_id = u.id AND t.purpose = $2
        AND (t.request_id > $3 OR t.request_id = $3 AND t.used_at IS NOT NULL))
  ), counted AS (${counting('asked')})
  INSERT INTO auth.mailed_tokens AS t (user_id, purpose, request_id, expires_at, hash, email)
  SELECT id, kind, request_id, $4, $5, email FROM asked WHERE EXISTS (SELECT FROM counted)
  ON CONFLICT (user_id, purpose) DO UPDATE SET
    request_id = EXCLUDED.request_id, expires_at = EXCLUDED.expires_at, hash = EXCLUDED.hash, email = EXCLUDED.email,
    used_at = NULL, updated_at = now()
  WHERE t.request_id < EXCLUDED.request_id OR t.request_id = EXCLUDED.request_id AND t.used_at IS NULL
  RETURNING t.email`;

// The account is locked before the token, as by whoever changes the account and withdraws its tokens.
const USE = `
  WITH owner AS (
    SELECT u.id, u.email FROM auth.mailed_tokens t JOIN auth.users u ON u.id = t.user_id
    WHERE t.hash = $1 AND t.purpose = $2 FOR NO KEY UPDATE OF u
  )
  UPDATE auth.mailed_tokens t SET used_at = now(), updated_at = now() FROM owner
  WHERE t.hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > now()
    AND owner.id = t.user_id AND owner.email = t.email
  RETURNING t.user_id AS "userId"`;

/** Tokens that prove that someone reads the mail of an account: random, stored as a hash, short-lived, used once. */
@Injectable()
export class MailedTokens {
  constructor(private readonly database: Database) {}

  /** A new token in place of the one before, and where to send it. Undefined when there is nothing to send. */
  async issue({ purpose, userId, requestId, expiresAt }: Asked): Promise<{ token: string; email: string } | undefined> {
    const token = `glm_${randomBytes(32).toString('base64url')}`;
    const [issued] = await this.database.query<{ email: string }>(ISSUE, [
      userId,
      purpose,
      requestId,
      expiresAt,
      hashOf(token),
    ]);
    return issued && { token, email: issued.email };
  }

  /** Whose token it is, while it can be used. */
  async find(purpose: Purpose, token: string): Promise<{ userId: string; email: string } | undefined> {
    const [found] = await this.database.query<{ userId: string; email: string }>(
      `SELECT t.user_id AS "userId", u.email FROM auth.mailed_tokens t JOIN auth.users u ON u.id = t.user_id
       WHERE t.hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > now() AND u.email = t.email`,
      [hashOf(token), purpose],
    );
    return found;
  }

  /** Uses it up: of many at once, one succeeds. @throws {InvalidMailToken} */
  async use(purpose: Purpose, token: string): Promise<{ userId: string }> {
    const [used] = await this.database.query<{ userId: string }>(USE, [hashOf(token), purpose]);
    if (!used) throw new InvalidMailToken();
    return used;
  }

  /** The one that is out can no longer be used. */
  async withdraw(purpose: Purpose, userId: string): Promise<void> {
    await this.database.query(
      `UPDATE auth.mailed_tokens SET used_at = now(), updated_at = now()
       WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL`,
      [userId, purpose],
    );
  }
}
