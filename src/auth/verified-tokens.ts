import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SigningKeys } from './keys/signing-keys.js';
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
  private readonly known = new LRUCache<string, Verified>({ maxSize: MAX_CHARACTERS });

  constructor(private readonly keys: SigningKeys) {}

  /** What the token says, unless it has expired or its key has been withdrawn since. */
  get(token: string): AccessClaims | undefined {
    const verified = this.known.get(keyOf(token));
    if (!verified || verified.expiresAt <= Date.now() / 1000 || !this.keys.has(verified.kid)) return undefined;
    return verified.claims;
  }

  add(token: string, verified: Verified): void {
    this.known.set(keyOf(token), verified, { size: token.length });
  }
}

const keyOf = (token: string): string => hash('sha256', token, 'base64url');
