import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotSignedIn } from '../../platform/index.js';
import type { KeyLimits } from './key-limits.js';

/** Those of the key that calls, and of the secret that it calls with: whichever of the two expires first. */
export interface CallerLimits extends KeyLimits {
  /** A newer secret is to take its place: it lives only as long as the overlap. */
  inOverlap: boolean;
}

// The key is locked before its secret, as where it is renewed: whoever renews or changes it meanwhile is waited for.
const OWN_LIMITS = `
  SELECT least(k.expires_at, s.expires_at) AS "expiresAt", k.allowed_addresses AS "allowedAddresses",
         s.expires_at IS NOT NULL AS "inOverlap"
  FROM auth.api_keys k JOIN auth.api_key_secrets s ON s.api_key_id = k.id
  WHERE s.lookup = $1 AND k.revoked_at IS NULL
  FOR SHARE OF k, s`;

/** Until when and from where the caller may call, as it is now: what is known since the request began may be out of date. */
@Injectable()
export class OwnLimits {
  constructor(private readonly database: Database) {}

  /** Undefined for a person, who has none. They stay as they are until the transaction ends. @throws {NotSignedIn} */
  async of({ kind, secretLookup }: Caller): Promise<CallerLimits | undefined> {
    if (kind !== 'key') return undefined;
    const [own] = await this.database.query<CallerLimits>(OWN_LIMITS, [secretLookup]);
    if (!own) throw new NotSignedIn('This API key has been revoked.');
    if (own.expiresAt && own.expiresAt.getTime() <= Date.now()) throw new NotSignedIn('This API key has expired.');
    return own;
  }
}
