import { generateSecret, generateURI, verifySync } from 'otplib';

/** What every authenticator app takes (RFC 6238): SHA-1, six digits, a new code every 30 s. */
const SHAPE = { algorithm: 'sha1', digits: 6, period: 30 } as const;
/** Clocks may be one code apart. */
const TOLERANCE_SECONDS = 30;

export const TOTP_CODE = /^\d{6}$/;

/** What a secret is encrypted as, and whose. */
export const totpContext = (userId: string): string => `totp:${userId}`;

/** 160 random bits in base32. */
export const newTotpSecret = (): string => generateSecret({ length: 20 });

/** What an authenticator app reads from a QR code. */
export const provisioningUri = (secret: string, issuer: string, email: string): string =>
  generateURI({ ...SHAPE, strategy: 'totp', issuer, label: email, secret });

/** The time step that the code belongs to; undefined when it is none of now. */
export function timeStepOf(secret: string, code: string): number | undefined {
  if (!TOTP_CODE.test(code)) return undefined;
  const result = verifySync({ ...SHAPE, secret, token: code, epochTolerance: TOLERANCE_SECONDS });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}
