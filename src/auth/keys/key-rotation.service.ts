import { Injectable } from '@nestjs/common';
import { Database, Transactional } from '../../platform/index.js';
import { AuditLog, SYSTEM } from '../audit/audit-log.js';
import { LONGEST_ACCESS_TOKEN_SECONDS } from '../auth.settings.js';
import { newKeyPair } from './key-pair.js';
import { KeysSettings } from './keys.settings.js';
import { PrivateHalves } from './private-halves.js';
import { CHANNEL, SigningKeys } from './signing-keys.js';

/** How long others may keep the published keys. */
export const JWKS_CACHE_SECONDS = 300;

/** From when a key is published until it signs: whoever has read the keys before that has read them again. */
const LEAD_SECONDS = 3 * JWKS_CACHE_SECONDS;

/** A process whose clock is behind may go on signing for so long with a key that has ended. */
const CLOCKS_DIFFER_BY = 60;

export interface Rotated {
  kid: string;
  signsFrom: Date;
}

// Whoever rotates at the same time waits here, and then sees what the other has left. Reading goes on.
const LOCK = 'LOCK TABLE auth.signing_keys IN SHARE ROW EXCLUSIVE MODE';

// Not when there is a key that waits for its time, and not before the newest has signed for as many days.
const ADD_NEXT = `
  WITH ended AS (
    UPDATE auth.signing_keys SET signs_until = now() + make_interval(secs => $5), updated_at = now()
    WHERE signs_until IS NULL AND signs_from <= now() - make_interval(days => $6)
    RETURNING kid, signs_until
  )
  INSERT INTO auth.signing_keys (kid, public_jwk, private_jwk, private_sealed, signs_from)
  SELECT $1, $2, $3, $4, signs_until FROM ended
  RETURNING kid, signs_from AS "signsFrom"`;

const REMOVE_ALL = 'DELETE FROM auth.signing_keys RETURNING kid';

const ADD = `
  INSERT INTO auth.signing_keys (kid, public_jwk, private_jwk, private_sealed) VALUES ($1, $2, $3, $4)
  RETURNING kid, signs_from AS "signsFrom"`;

const FORGET_PRIVATE = `
  UPDATE auth.signing_keys SET private_jwk = NULL, private_sealed = NULL, updated_at = now()
  WHERE (private_jwk IS NOT NULL OR private_sealed IS NOT NULL) AND signs_until < now() - make_interval(secs => $1)
  RETURNING kid`;

const FORGET = 'DELETE FROM auth.signing_keys WHERE signs_until < now() - make_interval(secs => $1) RETURNING kid';

const SEALED = 'SELECT kid, private_sealed AS sealed FROM auth.signing_keys WHERE private_sealed IS NOT NULL';

const SEAL_ANEW = `
  UPDATE auth.signing_keys SET private_sealed = $3, updated_at = now() WHERE kid = $1 AND private_sealed = $2`;

// NOTIFY is part of the transaction: a crash cannot come between the change and its becoming known.
const TELL = `SELECT pg_notify('${CHANNEL}', string_agg(kid, ' ')) FROM auth.signing_keys`;

/** One signing key after the other. */
@Injectable()
export class KeyRotation {
  constructor(
    private readonly database: Database,
    private readonly keys: SigningKeys,
    private readonly settings: KeysSettings,
    private readonly audit: AuditLog,
    private readonly halves: PrivateHalves,
  ) {}

  /** When the newest key has signed for long enough. */
  async rotateWhenDue(): Promise<Rotated | undefined> {
    return this.rotate(this.settings.signingKeyDays);
  }

  /**
   * Publishes the next key, which signs a while later; the one before goes on verifying until its last token has expired.
   * Nothing happens while a key waits for its time, or before the newest has signed for so many days.
   */
  async rotate(afterDays = 0): Promise<Rotated | undefined> {
    const next = await this.halves.valuesOf(await newKeyPair());
    const rotated = await this.addNext(next, afterDays);
    if (rotated) await this.keys.load();
    return rotated;
  }

  /** For a key that somebody else may have: a new one signs, and whatever was signed before is refused. */
  async replaceAll(): Promise<Rotated> {
    const rotated = await this.replace(await this.halves.valuesOf(await newKeyPair()));
    await this.keys.load();
    return rotated;
  }

  /** Private halves that sign no more, and keys whose last token has expired. */
  @Transactional()
  async forgetOld(): Promise<void> {
    await this.database.query(LOCK);
    const [erased, gone] = await this.database.together([
      () => this.database.query(FORGET_PRIVATE, [CLOCKS_DIFFER_BY]),
      () => this.database.query(FORGET, [CLOCKS_DIFFER_BY + LONGEST_ACCESS_TOKEN_SECONDS]),
    ]);
    if (erased.length + gone.length > 0) await this.database.query(TELL);
  }

  /** What was sealed with a secrets key of before, so that it can be taken away. Processes that have it open need not know. */
  async sealAnew(): Promise<void> {
    const stored = await this.database.query<{ kid: string; sealed: Buffer }>(SEALED);
    for (const { kid, sealed } of stored) {
      const renewed = await this.halves.renew(kid, sealed);
      if (renewed !== sealed) await this.database.query(SEAL_ANEW, [kid, sealed, renewed]);
    }
  }

  @Transactional()
  protected async addNext(next: unknown[], afterDays: number): Promise<Rotated | undefined> {
    await this.database.query(LOCK);
    const [rotated] = await this.database.query<Rotated>(ADD_NEXT, [...next, LEAD_SECONDS, afterDays]);
    if (!rotated) return undefined;
    await this.database.query(TELL);
    const { kid, signsFrom } = rotated;
    await this.audit.record('signing_key.rotated', {
      by: SYSTEM,
      on: { type: 'signing_key', id: kid },
      after: { signsFrom },
    });
    return rotated;
  }

  @Transactional()
  protected async replace(next: unknown[]): Promise<Rotated> {
    await this.database.query(LOCK);
    const removed = await this.database.query<{ kid: string }>(REMOVE_ALL);
    const [rotated] = await this.database.query<Rotated>(ADD, next);
    if (!rotated) throw new Error('The new signing key was not stored.');
    await this.database.query(TELL);
    await this.audit.record('signing_key.replaced', {
      by: SYSTEM,
      on: { type: 'signing_key', id: rotated.kid },
      before: { kids: removed.map(({ kid }) => kid) },
    });
    return rotated;
  }
}
