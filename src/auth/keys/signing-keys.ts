import { createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { Database } from '../../platform/index.js';

/** ES256 is the only algorithm: what a token's header claims is never believed (RFC 8725 §3.1). */
export const ALGORITHM = 'ES256';

const KEYS_LOCK = 0x6b657973; // "keys"
const RELOAD_AT_MOST_EVERY_MS = 5000;

interface Row {
  kid: string;
  publicJwk: JWK;
  privateJwk: JWK;
}

/** The keys that sign access tokens: made at the first start, kept in the database, shared by all processes. */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private readonly publicKeys = new Map<string, { jwk: JWK; key: KeyObject }>();
  private current: { kid: string; key: CryptoKey | Uint8Array };
  private loadedAt = 0;

  constructor(private readonly database: Database) {}

  async onModuleInit(): Promise<void> {
    await this.load();
  }

  get signing(): { kid: string; key: CryptoKey | Uint8Array } {
    return this.current;
  }

  get published(): JWK[] {
    return [...this.publicKeys.values()].map(({ jwk }) => jwk);
  }

  /** The key with this id. One that is not known may be new: it is looked up, but not more often than every few seconds. */
  async verifying(kid: string): Promise<KeyObject | undefined> {
    if (!this.publicKeys.has(kid) && Date.now() - this.loadedAt > RELOAD_AT_MOST_EVERY_MS) await this.load();
    return this.publicKeys.get(kid)?.key;
  }

  private async load(): Promise<void> {
    this.loadedAt = Date.now();
    let rows = await this.read();
    if (rows.length === 0) {
      await this.create();
      rows = await this.read();
    }
    for (const { kid, publicJwk } of rows) {
      this.publicKeys.set(kid, { jwk: publicJwk, key: createPublicKey({ key: publicJwk as never, format: 'jwk' }) });
    }
    const newest = rows[0];
    if (!newest) throw new Error('There is no signing key.');
    this.current = { kid: newest.kid, key: await importJWK(newest.privateJwk, ALGORITHM) };
  }

  private read(): Promise<Row[]> {
    return this.database.query<Row>(
      `SELECT kid, public_jwk AS "publicJwk", private_jwk AS "privateJwk" FROM auth.signing_keys
       ORDER BY created_at DESC, kid`,
    );
  }

  /** Processes that start together make one key, not one each. */
  private async create(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    const publicJwk = { ...jwk, kid, alg: ALGORITHM, use: 'sig' };
    await this.database.transaction(async () => {
      await this.database.query('SELECT pg_advisory_xact_lock($1)', [KEYS_LOCK]);
      await this.database.query(
        `INSERT INTO auth.signing_keys (kid, public_jwk, private_jwk)
         SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM auth.signing_keys)`,
        [kid, JSON.stringify(publicJwk), JSON.stringify(await exportJWK(privateKey))],
      );
    });
  }
}
