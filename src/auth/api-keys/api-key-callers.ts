import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Caller, Database, Notifications, NotSignedIn, type RequestWithCaller } from '../../platform/index.js';
import { keyCaller } from '../caller.js';
import { type Mode, type ReadSecret, readSecret } from './api-key-secret.js';
import { insideOf } from './networks.js';

const CHANNEL = 'galley_api_keys';
/** Milliseconds that a key is believed unasked, should a notice get lost. */
const BELIEVED_MS = 30_000;

interface Row {
  id: string;
  hash: Buffer;
  permissions: string[];
  allowedAddresses: string[];
  expiresAt: Date | null;
  revoked: boolean;
}

/** A key as this process remembers it. */
interface KnownKey extends Row {
  allows: (address: string) => boolean;
  /** Whether its use has been written down since it was loaded. */
  used: boolean;
}

const FIND = `
  SELECT k.id, s.hash, k.permissions, k.allowed_addresses AS "allowedAddresses",
         least(k.expires_at, s.expires_at) AS "expiresAt", k.revoked_at IS NOT NULL AS revoked
  FROM auth.api_key_secrets s JOIN auth.api_keys k ON k.id = s.api_key_id
  WHERE s.lookup = $1`;

/**
 * Who calls with an API key. Keys are remembered for a short time, those that do not exist too, and forgotten in every
 * process when one changes: a change is rare, so all are forgotten together, by a NOTIFY that is part of the change.
 */
@Injectable()
export class ApiKeyCallers {
  /** Keys of a copy of the database open nothing where it is tried out, and test keys nothing in production. */
  readonly mode: Mode = process.env['NODE_ENV'] === 'production' ? 'live' : 'test';
  private readonly known = new LRUCache<string, Promise<KnownKey | undefined>>({ max: 5000, ttl: BELIEVED_MS });

  constructor(
    private readonly database: Database,
    notifications: Notifications,
  ) {
    notifications.listen(CHANNEL, () => this.known.clear());
    notifications.onReconnect(() => this.known.clear());
  }

  /** @throws {NotSignedIn} saying why the key opens nothing. */
  async identify(text: string, request: RequestWithCaller): Promise<Caller> {
    const secret = readSecret(text);
    if (!secret) throw new NotSignedIn('This is no API key: it was cut off or mistyped.');
    if (secret.mode !== this.mode) {
      throw new NotSignedIn(`This is a ${secret.mode} key, and this Galley takes ${this.mode} keys.`);
    }
    const key = await this.find(secret);
    if (!key || !timingSafeEqual(key.hash, secret.hash)) throw new NotSignedIn('There is no such API key.');
    if (key.revoked) throw new NotSignedIn('This API key has been revoked.');
    if (key.expiresAt && key.expiresAt.getTime() <= Date.now()) throw new NotSignedIn('This API key has expired.');
    if (!key.allows(request.ip)) throw new NotSignedIn(`This API key may not be used from ${request.ip}.`);
    if (!key.used) await this.noteUse(key, request.ip);
    return keyCaller({ ...key, lookup: secret.lookup }, request);
  }

  /** With the change of a key: NOTIFY is sent when it commits, and not when it is rolled back. */
  async forget(): Promise<void> {
    await this.database.query('SELECT pg_notify($1, $2)', [CHANNEL, '']);
    this.database.afterCommit(() => this.known.clear());
  }

  /** What is being loaded is forgotten with the rest: who comes after a change never meets what was read before it. */
  private find({ lookup }: ReadSecret): Promise<KnownKey | undefined> {
    const known = this.known.get(lookup);
    if (known) return known;
    const loading = this.load(lookup);
    this.known.set(lookup, loading);
    loading.catch(() => this.known.delete(lookup));
    return loading;
  }

  private async load(lookup: string): Promise<KnownKey | undefined> {
    const [row] = await this.database.query<Row>(FIND, [lookup]);
    if (!row) return undefined;
    const allows = row.allowedAddresses.length > 0 ? insideOf(row.allowedAddresses) : () => true;
    return { ...row, allows, used: false };
  }

  /** Once for each time that it is loaded, and not more than once a minute over all processes. */
  private async noteUse(key: KnownKey, address: string): Promise<void> {
    key.used = true;
    await this.database.query(
      `UPDATE auth.api_keys SET last_used_at = now(), last_used_address = $2
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
      [key.id, address],
    );
  }
}
