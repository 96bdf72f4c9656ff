import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The successor of a refresh token, readable only for who has that token: the database keeps nothing else from which it
 * could be told (AES-256-GCM; the key is derived from the token's 256 random bits by HKDF, RFC 5869).
 */
export function sealSuccessor(successor: string, token: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(token), nonce);
  return Buffer.concat([nonce, cipher.update(successor), cipher.final(), cipher.getAuthTag()]);
}

export function openSuccessor(sealed: Buffer, token: string): string {
  const decipher = createDecipheriv(CIPHER, keyOf(token), sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString();
}

function keyOf(token: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, '', 'galley refresh token successor', 32));
}
