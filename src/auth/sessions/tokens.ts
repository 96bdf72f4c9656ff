import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { newId } from '../../platform/index.js';
import { AuthSettings } from '../auth.settings.js';
import { ALGORITHM } from '../keys/key-pair.js';
import { SigningKeys } from '../keys/signing-keys.js';
import type { Account } from '../users/account.sql.js';

export const ISSUER = 'galley';
export const AUDIENCE = 'galley';

/** Seconds by which the clocks of processes and database may differ. */
const CLOCKS_DIFFER_BY = 60;

/** How somebody proved who they are, as RFC 8176 names it: with a password, a code, a key in hardware or software; in several ways. */
export type Method = 'pwd' | 'otp' | 'hwk' | 'swk' | 'mfa' | 'fed';

/** What an access token says of its bearer. */
export interface AccessClaims {
  sub: string;
  sid: string;
  email: string;
  permissions: string[];
  /** When its bearer last proved who they are: seconds since 1970 (OpenID Connect Core §2). */
  auth_time: number;
  /** How they did (RFC 8176). */
  amr: Method[];
  /** Good for setting up a second factor, and for nothing else. */
  enrol?: boolean;
}

export interface Session {
  id: string;
  expiresAt: Date;
  authenticatedAt: Date;
  methods: Method[];
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
  async issue(account: Account, session: Session, refreshToken: string): Promise<SignedInAs> {
    return { account, refreshToken, ...(await this.issueAccess(account, session)) };
  }

  async issueAccess(account: Account, session: Session): Promise<Pick<SignedInAs, 'accessToken' | 'expiresIn'>> {
    const left = Math.floor((session.expiresAt.getTime() - Date.now()) / 1000);
    const expiresIn = Math.max(1, Math.min(this.settings.accessTokenSeconds, left));
    return { accessToken: await this.access(account, session, expiresIn), expiresIn };
  }

  /** JWT (RFC 9068): ES256, key id, issuer, audience, expiry; when and how its bearer signed in. */
  async access(account: Account, session: Session, seconds: number): Promise<string> {
    const { kid, key } = await this.keys.signing();
    const { id, email, permissions } = account;
    const { authenticatedAt, methods } = session;
    const how = { sid: session.id, email, auth_time: secondsOf(authenticatedAt), amr: methods };
    const claims = mustEnrol(account, session) ? { ...how, permissions: [], enrol: true } : { ...how, permissions };
    return new SignJWT(claims)
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

/** Whatever the account may do, a session without a second factor may not, where a role asks for one. */
const mustEnrol = ({ secondFactorRequired }: Account, { methods }: Session): boolean =>
  secondFactorRequired && !methods.includes('mfa');

const secondsOf = (time: Date): number => Math.floor(time.getTime() / 1000);

/** The token has 256 random bits, so a plain hash is enough to store it. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
