import { createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import { Database, Notifications } from '../../platform/index.js';
import { ALGORITHM, newKeyPair } from './key-pair.js';
import { PrivateHalves, type StoredHalf } from './private-halves.js';

/** Its payload names the keys that are good from now on. */
export const CHANNEL = 'galley_signing_keys';

const RELOAD_AT_MOST_EVERY_MS = 5000;
const RETRY_MS = 500;

interface Row extends StoredHalf {
  publicJwk: JWK;
  signsFrom: Date;
}

interface KnownKey {
  kid: string;
  jwk: JWK;
  verifies: KeyObject;
  /** Undefined once it has signed its last token. */
  signs: CryptoKey | Uint8Array | undefined;
  signsFrom: number;
}

const READ = `
  SELECT kid, public_jwk AS "publicJwk", private_jwk AS "privateJwk", private_sealed AS "privateSealed",
    signs_from AS "signsFrom"
  FROM auth.signing_keys ORDER BY signs_from DESC, kid`;

// The database takes one key without an end: of processes that start together, one makes it.
const CREATE = `
  INSERT INTO auth.signing_keys (kid, public_jwk, private_jwk, private_sealed)
  SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM auth.signing_keys) ON CONFLICT DO NOTHING`;

/**
 * The keys that sign access tokens, as this process knows them: made at the first start, kept in the database, shared by
 * all processes. A key is here, and published, before it signs; each process begins to sign with it by the clock.
 */
@Injectable()
export class SigningKeys implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(SigningKeys.name);
  /** By key id, the one that signs last first. */
  private known = new Map<string, KnownKey>();
  private loading: Promise<void> | undefined;
  private loadedAt = 0;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly halves: PrivateHalves,
    notifications: Notifications,
  ) {
    notifications.listen(CHANNEL, (payload) => this.hear(payload));
    notifications.onConnect(() => this.load());
  }

  async onModuleInit(): Promise<void> {
    await this.load();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.retry);
  }

  async signing(): Promise<{ kid: string; key: CryptoKey | Uint8Array }> {
    if (!this.current) await this.load();
    const { kid, signs } = this.current ?? missing();
    return { kid, key: signs ?? missing() };
  }

  /** The one that signs now first. */
  get published(): JWK[] {
    const { current } = this;
    const others = [...this.known.values()].filter((key) => key !== current);
    return [...(current ? [current] : []), ...others].map(({ jwk }) => jwk);
  }

  has(kid: string): boolean {
    return this.known.has(kid);
  }

  /** The key with this id. One that is not known may be new: it is looked up, but not more often than every few seconds. */
  async verifying(kid: string): Promise<KeyObject | undefined> {
    if (!this.known.has(kid)) {
      if (this.loading) await this.loading;
      else if (Date.now() - this.loadedAt > RELOAD_AT_MOST_EVERY_MS) await this.load();
    }
    return this.known.get(kid)?.verifies;
  }

  /** Reads them as they are now. Whoever asks while they are being read gets what is read after that. */
  load(): Promise<void> {
    const before = this.loading ?? Promise.resolve();
    const loading = before
      .catch(() => {})
      .then(() => this.read())
      .finally(() => {
        if (this.loading === loading) this.loading = undefined;
      });
    this.loading = loading;
    return loading;
  }

  /** Should the clock of this process be behind, the key that has just begun to sign is the only one that can. */
  private get current(): KnownKey | undefined {
    const able = [...this.known.values()].filter(({ signs }) => signs);
    return able.find(({ signsFrom }) => signsFrom <= Date.now()) ?? able.at(-1);
  }

  /** What is gone is refused at once, whether or not the database can be asked for the rest. */
  private hear(payload: string): void {
    const good = payload.split(' ');
    for (const kid of this.known.keys()) if (!good.includes(kid)) this.known.delete(kid);
    this.loadUntilDone();
  }

  private loadUntilDone(): void {
    clearTimeout(this.retry);
    this.load().catch((error: unknown) => {
      if (this.stopped) return;
      this.logger.warn({ err: error }, 'The signing keys cannot be read.');
      this.retry = setTimeout(() => this.loadUntilDone(), RETRY_MS).unref();
    });
  }

  private async read(): Promise<void> {
    this.loadedAt = Date.now();
    let rows = await this.rows();
    if (rows.length === 0) {
      await this.create();
      rows = await this.rows();
    }
    this.known = new Map(await Promise.all(rows.map(async (row) => [row.kid, await this.keyOf(row)] as const)));
  }

  /** Whoever asks may be in a transaction that sees the keys as they were. */
  private rows(): Promise<Row[]> {
    return this.database.detached(() => this.database.query<Row>(READ));
  }

  private async create(): Promise<void> {
    const values = await this.halves.valuesOf(await newKeyPair());
    await this.database.detached(() => this.database.query(CREATE, values));
  }

  private async keyOf(row: Row): Promise<KnownKey> {
    const { kid, publicJwk, signsFrom } = row;
    // It verifies all the same, and another one may be put in its place.
    const half = await this.halves.open(row).catch((error: unknown) => {
      this.logger.error({ err: error }, `The private half of the signing key ${kid} cannot be opened.`);
      return undefined;
    });
    return {
      kid,
      jwk: publicJwk,
      verifies: createPublicKey({ key: publicJwk as never, format: 'jwk' }),
      signs: half ? await importJWK(half, ALGORITHM) : undefined,
      signsFrom: signsFrom.getTime(),
    };
  }
}

function missing(): never {
  throw new Error('There is no signing key.');
}
