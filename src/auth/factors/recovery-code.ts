import { randomInt } from 'node:crypto';

/** Digits and letters that are not mistaken for each other (Crockford's base32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 55 random bits, and the place of the code among its fellows in front. */
const RANDOM_CHARACTERS = 11;

export const CODES = 10;
const CODE = /^\d[0-9A-HJKMNP-TV-Z]{11}$/;

/** As it is shown: `3K7Q-M2X9-RTVB`. */
export function newRecoveryCode(position: number): string {
  const random = Array.from({ length: RANDOM_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return [position, ...random].join('').replace(/(.{4})(?=.)/g, '$1-');
}

/** One spelling, however it is typed: hyphens, spaces and case do not matter, nor does O for 0. Undefined for what is no code. */
export function readRecoveryCode(typed: string): { position: number; code: string } | undefined {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return CODE.test(code) ? { position: Number(code[0]), code } : undefined;
}
