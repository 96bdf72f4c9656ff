import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { PasswordHashes } from '../passwords/password-hashes.js';
import { CODES, newRecoveryCode, readRecoveryCode } from './recovery-code.js';

export interface PreparedCodes {
  codes: string[];
  hashes: string[];
}

/** A code that fits, and the hash that it fits. */
export interface FittingRecoveryCode {
  position: number;
  hash: string;
}

const INSERT = `
  INSERT INTO auth.recovery_codes (user_id, position, hash, before_verified)
  SELECT $1, place - 1, hash, (SELECT email_verified_at IS NULL FROM auth.users WHERE id = $1)
  FROM unnest($2::text[]) WITH ORDINALITY AS codes (hash, place)`;

// Of many that use one code at once, one does; codes that were replaced meanwhile have other hashes.
const USE = `
  UPDATE auth.recovery_codes SET used_at = now(), updated_at = now()
  WHERE user_id = $1 AND position = $2 AND hash = $3 AND used_at IS NULL
  RETURNING position`;

/** Codes for whoever has lost their second factor: each good once, hashed like passwords. */
@Injectable()
export class RecoveryCodes {
  constructor(
    private readonly database: Database,
    private readonly hashes: PasswordHashes,
  ) {}

  /** Codes for an account that has none yet; undefined when it has. */
  async prepare(userId: string): Promise<PreparedCodes | undefined> {
    const existing = await this.database.query('SELECT FROM auth.recovery_codes WHERE user_id = $1 LIMIT 1', [userId]);
    return existing.length > 0 ? undefined : this.make();
  }

  async make(): Promise<PreparedCodes> {
    const codes = Array.from({ length: CODES }, (_, position) => newRecoveryCode(position));
    const hashes = await Promise.all(codes.map((code) => this.hashes.hash(bare(code))));
    return { codes, hashes };
  }

  /** The codes, or undefined when others were stored in between. The account's row is locked. */
  async storeFirst(userId: string, { codes, hashes }: PreparedCodes): Promise<string[] | undefined> {
    const stored = await this.database.query(`${INSERT} ON CONFLICT DO NOTHING RETURNING position`, [userId, hashes]);
    return stored.length > 0 ? codes : undefined;
  }

  /** In place of those before. The account's row is locked. */
  async replace(userId: string, { hashes }: PreparedCodes): Promise<void> {
    await this.forget(userId);
    await this.database.query(INSERT, [userId, hashes]);
  }

  async forget(userId: string): Promise<void> {
    await this.database.query('DELETE FROM auth.recovery_codes WHERE user_id = $1', [userId]);
  }

  /** What it fits, if anything. Takes as long for a place whose code is used, or an account that has none. */
  async find(userId: string, typed: string): Promise<FittingRecoveryCode | undefined> {
    const read = readRecoveryCode(typed);
    if (!read) return undefined;
    const [stored] = await this.database.query<{ hash: string }>(
      'SELECT hash FROM auth.recovery_codes WHERE user_id = $1 AND position = $2 AND used_at IS NULL',
      [userId, read.position],
    );
    const fits = await this.hashes.matches(stored?.hash, read.code);
    return fits && stored ? { position: read.position, hash: stored.hash } : undefined;
  }

  /** False when somebody was faster. */
  async use(userId: string, { position, hash }: FittingRecoveryCode): Promise<boolean> {
    return (await this.database.query(USE, [userId, position, hash])).length > 0;
  }
}

const bare = (code: string): string => code.replaceAll('-', '');
