import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { newId } from '../../platform/index.js';
import { AuthSettings } from '../auth.settings.js';
import { ALGORITHM, SigningKeys } from '../keys/signing-keys.js';
import type { Account } from '../users/users.service.js';

export const ISSUER = 'galley';
export const AUDIENCE = 'galley';

/** What an access token says of its bearer. */
export interface AccessClaims {
  sub: string;
  sid: string;
  email: string;
  permissions: string[];
}

/** Access tokens are signed and short-lived; refresh tokens are random and stored only as a hash. */
@Injectable()
export class Tokens {
  constructor(
    private readonly keys: SigningKeys,
    private readonly settings: AuthSettings,
  ) {}

  get lifetime(): number {
    return this.settings.accessTokenSeconds;
  }

  /** JWT (RFC 9068 in spirit): ES256, key id, issuer, audience, expiry. */
  access({ id, email, permissions }: Account, sessionId: string): Promise<string> {
    const { kid, key } = this.keys.signing;
    return new SignJWT({ sid: sessionId, email, permissions })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'at+jwt' })
      .setSubject(id)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${this.settings.accessTokenSeconds} seconds`)
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
