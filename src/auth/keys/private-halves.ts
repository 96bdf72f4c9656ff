import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { SecretBox } from '../../platform/index.js';
import type { KeyPair } from './key-pair.js';

export interface StoredHalf {
  kid: string;
  privateJwk: JWK | null;
  privateSealed: Buffer | null;
}

const contextOf = (kid: string): string => `signing key:${kid}`;

/** Private halves of signing keys, as the database keeps them: sealed, where all processes can open them. */
@Injectable()
export class PrivateHalves {
  constructor(private readonly box: SecretBox) {}

  /** For the columns kid, public_jwk, private_jwk and private_sealed. */
  async valuesOf({ kid, publicJwk, privateJwk }: KeyPair): Promise<(string | Buffer | null)[]> {
    const half = JSON.stringify(privateJwk);
    const stored = this.box.shared ? [null, await this.box.seal(half, contextOf(kid))] : [half, null];
    return [kid, JSON.stringify(publicJwk), ...stored];
  }

  /** Undefined once it has been forgotten. One that a release before has stored is not sealed. */
  async open({ kid, privateJwk, privateSealed }: StoredHalf): Promise<JWK | undefined> {
    if (!privateSealed) return privateJwk ?? undefined;
    return JSON.parse(await this.box.open(privateSealed, contextOf(kid))) as JWK;
  }

  /** The same, sealed with the newest key. What cannot be opened here stays as it is: another process may. */
  async renew(kid: string, sealed: Buffer): Promise<Buffer> {
    return this.box.renew(sealed, contextOf(kid)).catch(() => sealed);
  }
}
