import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { newId } from '../../platform/index.js';
import { AuthSettings } from '../auth.settings.js';
import { ALGORITHM, SigningKeys } from '../keys/signing-keys.js';
import type { Account } from '../users/users.service.js';

export const ISSUER = 'galley';
export const AUDIENCE = 'galley';

/** Seconds by which the clocks of processes and database may differ. */
const CLOCKS_DIFFER_BY = 60;

/** What an access token says of its bearer. */
export interface AccessClaims {
  sub: string;
  sid: string;
  email: string;
  permissions: string[];
}

export interface SignedInAs {
  account: Account;
  accessToken: string;
  refreshToken: string;
  /** Seconds that the access token lives. */
  expiresIn: number;
}

/** Access tokens are signed and short-lived; refresh tokens are random and stored only as a hash. */
@Injectable()
export class Tokens {
  constructor(
    private readonly keys: SigningKeys,
    private readonly settings: AuthSettings,
  ) {}

  /** Seconds from a use of the session's newest refresh token until the last access token given for it has expired. */
  get longestLife(): number {
    return this.settings.accessTokenSeconds + this.settings.refreshGraceSeconds + CLOCKS_DIFFER_BY;
  }

  /** The answer to a sign-in or refresh. The access token does not outlive its session. */
  async issue(account: Account, session: { id: string; expiresAt: Date }, refreshToken: string): Promise<SignedInAs> {
    const left = Math.floor((session.expiresAt.getTime() - Date.now()) / 1000);
    const expiresIn = Math.max(1, Math.min(this.settings.accessTokenSeconds, left));
    return { account, accessToken: await this.access(account, session.id, expiresIn), refreshToken, expiresIn };
  }

  /** JWT (RFC 9068 in spirit): ES256, key id, issuer, audience, expiry. */
  access({ id, email, permissions }: Account, sessionId: string, seconds: number): Promise<string> {
    const { kid, key } = this.keys.signing;
    return new SignJWT({ sid: sessionId, email, permissions })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'at+jwt' })
      .setSubject(id)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${seconds} seconds`)
      .setJti(newId())
      .sign(key);
  }

  refresh(): { token: string; hash: Buffer } {
    const token = `glr_${randomBytes(32).toString('base64url')}`;
    return { token, hash: hashOf(token) };
  }
}

/** The token has 256 random bits, so a plain hash is enough to store it. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
