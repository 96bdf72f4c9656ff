import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

/** ES256 is the only algorithm: what a token's header claims is never believed (RFC 8725 §3.1). */
export const ALGORITHM = 'ES256';

export interface KeyPair {
  kid: string;
  publicJwk: JWK;
  privateJwk: JWK;
}

/** A new key, named by its thumbprint (RFC 7638). */
export async function newKeyPair(): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, publicJwk: { ...jwk, kid, alg: ALGORITHM, use: 'sig' }, privateJwk: await exportJWK(privateKey) };
}
