import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

export type Mode = 'live' | 'test';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LOOKUP = 12;
/** 62^32: 190 bits. */
const RANDOM = 32;
const CHECKSUM = 6;
const SHAPE = new RegExp(`^glk_(live|test)_([0-9A-Za-z]{${LOOKUP}})[0-9A-Za-z]{${RANDOM + CHECKSUM}}$`);

/** What a key says of itself before anything is looked up. */
export interface ReadSecret {
  mode: Mode;
  /** Finds the key; no secret. */
  lookup: string;
  hash: Buffer;
}

export interface NewSecret extends ReadSecret {
  /** Shown once. */
  key: string;
  /** Its beginning, by which people tell keys apart. */
  prefix: string;
}

/** `glk_test_`, twelve characters to look it up by, the secret itself, and a checksum that finds typing errors and scanners can check. */
export function newSecret(mode: Mode): NewSecret {
  const start = `glk_${mode}_${characters(LOOKUP)}`;
  const body = start + characters(RANDOM);
  const key = body + checksumOf(body);
  return { key, prefix: start, mode, lookup: start.slice(-LOOKUP), hash: hashOf(key) };
}

/** Undefined for what Galley has never made: no look into the database is needed. */
export function readSecret(key: string): ReadSecret | undefined {
  const [, mode, lookup] = SHAPE.exec(key) ?? [];
  if (!mode || !lookup || checksumOf(key.slice(0, -CHECKSUM)) !== key.slice(-CHECKSUM)) return undefined;
  return { mode: mode as Mode, lookup, hash: hashOf(key) };
}

/** The key is random enough for a plain hash. */
const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

const characters = (count: number): string =>
  Array.from({ length: count }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

function checksumOf(text: string): string {
  let rest = crc32(text);
  let written = '';
  for (let digit = 0; digit < CHECKSUM; digit++) {
    written = ALPHABET[rest % ALPHABET.length] + written;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return written;
}
