import type { JWK } from 'jose';

/** A public key (RFC 7517). */
export class JwkResponse {
  /** Key type. @example "EC" */
  kty: string;
  /** Curve. @example "P-256" */
  crv: string;
  /** X coordinate, base64url. */
  x: string;
  /** Y coordinate, base64url. */
  y: string;
  /** Key id: the one in a token's header. */
  kid: string;
  /** Algorithm. @example "ES256" */
  alg: string;
  /** What the key is for. @example "sig" */
  use: string;
}

/** A key set (RFC 7517 §5). */
export class JwksResponse {
  /** The keys, the one that signs now first. */
  keys: JwkResponse[];

  static of(keys: JWK[]): JwksResponse {
    return {
      keys: keys.map(({ kty = '', crv = '', x = '', y = '', kid = '', alg = '', use = '' }) => ({
        kty,
        crv,
        x,
        y,
        kid,
        alg,
        use,
      })),
    };
  }
}
