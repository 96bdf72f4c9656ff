import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SigningKeys } from './keys/signing-keys.js';
import { RevokedSessions } from './sessions/revoked-sessions.js';
import type { AccessClaims } from './sessions/tokens.js';

interface Verified {
  claims: AccessClaims;
  /** Of the key that it was verified with. */
  kid: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

/** Characters of the tokens that are remembered; a shopper's has about 600. */
const MAX_CHARACTERS = 5_000_000;

/**
 * Access tokens whose signature this process has found good: what costs most of a request's verification is done once for
 * each token. It is kept by a hash, so that nobody finds tokens in the memory of a process.
 */
@Injectable()
export class VerifiedTokens {
  private readonly known = new LRUCache<string, Verified>({ maxSize: MAX_CHARACTERS, ttlAutopurge: true });

  constructor(
    private readonly keys: SigningKeys,
    private readonly revoked: RevokedSessions,
  ) {}

  /** What the token says, unless it has expired, or its session or key has been withdrawn since. */
  get(token: string): AccessClaims | undefined {
    const verified = this.known.get(keyOf(token));
    if (!verified) return undefined;
    const { claims, kid, expiresAt } = verified;
    if (expiresAt > Date.now() / 1000 && this.keys.has(kid) && !this.revoked.has(claims.sid)) return claims;
    this.known.delete(keyOf(token));
    return undefined;
  }

  /** There are people's addresses in it: it is forgotten when it expires. */
  add(token: string, verified: Verified): void {
    const ttl = Math.ceil(verified.expiresAt * 1000 - Date.now());
    if (ttl > 0) this.known.set(keyOf(token), verified, { size: token.length, ttl });
  }
}

const keyOf = (token: string): string => hash('sha256', token, 'base64url');
