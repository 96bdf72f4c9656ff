import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { CacheSettings } from './cache.settings.js';
import type { CachedBody } from './cached-body.js';
import { compress, type Encoding, WORTH_BYTES } from './encodings.js';
import { RecentDrops } from './recent-drops.js';

const CHANNEL = 'galley_cache';

const ALL = '*';
/** Characters; longer URLs are worked out each time. */
const MAX_URL = 500;
/** Notices gather for so long: other processes hear of a sale soon enough, and a busy shop sends few. */
const GATHER_MS = 20;
/** What could not be sent is sent again after so long. */
const AGAIN_MS = 250;
/** A NOTIFY carries at most 8,000 bytes; past that everything is dropped, which is always right. */
const MAX_PAYLOAD = 7000;

interface Entry {
  body: CachedBody;
  tags: string[];
}

/** What an anonymous GET was answered, and the route that it was counted under. */
export interface KnownAnswer {
  body: CachedBody;
  route: string;
}

/**
 * Answers that everyone sees, as finished bytes. An entry carries tags; a write drops its tags after commit, here at
 * once and in every other process by NOTIFY. Should a process die between its commit and the NOTIFY, an entry lives on
 * for at most GALLEY_CACHE_SECONDS.
 */
@Injectable()
export class ReadCache implements OnApplicationShutdown {
  private readonly logger = new Logger(ReadCache.name);
  /** Tells our own notices from those of others. */
  private readonly origin = randomUUID();
  private readonly entries: LRUCache<string, Entry> | undefined;
  /** Keys and routes, by the URLs that were found to mean them. */
  private readonly byUrl: LRUCache<string, { key: string; route: string }> | undefined;
  private readonly keysByTag = new Map<string, Set<string>>();
  private readonly loading = new Map<string, Promise<CachedBody>>();
  private readonly unsent = new Set<string>();
  private sending: Promise<void> | undefined;
  private stopping = false;
  private readonly drops = new RecentDrops();
  readonly stats = { hits: 0, misses: 0, drops: 0 };

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
    settings: CacheSettings,
  ) {
    if (settings.megabytes > 0) {
      this.byUrl = new LRUCache({ max: 5000 });
      this.entries = new LRUCache({
        maxSize: settings.megabytes * 1024 * 1024,
        ttl: settings.seconds * 1000,
        sizeCalculation: ({ body, tags }, key) => body.size + 2 * key.length + 64 * tags.length + 200,
        noDisposeOnSet: true,
        dispose: (entry, key) => this.untag(entry, key),
      });
      notifications.listen(CHANNEL, (payload) => this.hear(payload));
      notifications.onReconnect(() => this.dropHere(undefined));
    }
  }

  get bytes(): number {
    return this.entries?.calculatedSize ?? 0;
  }

  /**
   * The cached answer, or `load`ed now: once for all that wait. An answer whose tags were dropped while it was being
   * loaded is given to those who waited but not kept.
   */
  wrap(key: string, load: () => Promise<{ body: CachedBody; tags: string[] }>): CachedBody | Promise<CachedBody> {
    if (!this.entries) return load().then(({ body }) => body);
    const entry = this.entries.get(key);
    if (entry) {
      this.stats.hits++;
      return entry.body;
    }
    const running = this.loading.get(key);
    if (running) return running;
    this.stats.misses++;
    const promise = this.load(key, load).finally(() => {
      if (this.loading.get(key) === promise) this.loading.delete(key);
    });
    this.loading.set(key, promise);
    return promise;
  }

  /** What an anonymous GET of this URL was answered, as long as that is kept: saves finding out what the URL means. */
  answerTo(url: string): KnownAnswer | undefined {
    const known = this.byUrl?.get(url);
    const entry = known && this.entries?.get(known.key);
    if (!entry) return undefined;
    this.stats.hits++;
    return { body: entry.body, route: known.route };
  }

  /**
   * The answer compressed, once it is: the first who ask get it as it is, and are not kept waiting. Undefined also for
   * what is not kept, or too small to gain by it.
   */
  compressed(body: CachedBody, encoding: Encoding): Buffer | undefined {
    const known = body.encoded.get(encoding);
    if (Buffer.isBuffer(known)) return known;
    if (known === undefined && body.key !== undefined && body.bytes.length >= WORTH_BYTES) {
      body.encoded.set(encoding, this.compress(body, body.key, encoding));
    }
    return undefined;
  }

  /** From now on an anonymous GET of this URL gets this answer, until a write drops it. */
  answers(url: string, body: CachedBody, route: string): void {
    if (body.key !== undefined && url.length <= MAX_URL) this.byUrl?.set(url, { key: body.key, route });
  }

  /** Drops what carries one of the tags, once the open transaction has committed. */
  drop(...tags: string[]): void {
    if (!this.entries || tags.length === 0) return;
    this.database.afterCommit(() => {
      this.dropHere(tags);
      for (const tag of tags) this.unsent.add(tag);
      this.sending ??= this.send().finally(() => {
        this.sending = undefined;
      });
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.sending;
  }

  private async load(key: string, load: () => Promise<{ body: CachedBody; tags: string[] }>): Promise<CachedBody> {
    const since = this.drops.now;
    const { body, tags } = await load();
    if (this.drops.any(tags, since)) return body;
    body.key = key;
    this.entries?.set(key, { body, tags });
    for (const tag of tags) {
      const keys = this.keysByTag.get(tag) ?? new Set();
      keys.add(key);
      this.keysByTag.set(tag, keys);
    }
    return body;
  }

  private async compress(body: CachedBody, key: string, encoding: Encoding): Promise<void> {
    const bytes = await compress[encoding](body.bytes).catch(() => undefined);
    if (!bytes) return;
    body.encoded.set(encoding, bytes);
    const entry = this.entries?.peek(key);
    // As a new entry, so that its size is counted anew.
    if (entry?.body === body) this.entries?.set(key, { ...entry }, { ttl: this.entries.getRemainingTTL(key) });
  }

  private hear(payload: string): void {
    const [origin, ...tags] = payload.split(' ');
    if (origin !== this.origin) this.dropHere(tags.includes(ALL) ? undefined : tags);
  }

  private dropHere(tags: string[] | undefined): void {
    this.drops.record(tags);
    if (tags === undefined) {
      this.entries?.clear();
      this.loading.clear();
      return;
    }
    // What is loading now may hold the old state: those who come next must load anew.
    if (this.loading.size > 0) this.loading.clear();
    for (const tag of tags) {
      for (const key of [...(this.keysByTag.get(tag) ?? [])]) {
        this.entries?.delete(key);
        this.stats.drops++;
      }
    }
  }

  private untag({ tags }: Entry, key: string): void {
    for (const tag of tags) {
      const keys = this.keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.keysByTag.delete(tag);
    }
  }

  /**
   * Many sales at once become one NOTIFY, outside of their transactions: NOTIFY makes commits queue up. What could not be sent
   * is sent with what comes next, again and again: nobody else would tell the other processes.
   */
  private async send(): Promise<void> {
    let failed = false;
    while (this.unsent.size > 0) {
      await pause(failed ? AGAIN_MS : GATHER_MS);
      const listed = [...this.unsent].join(' ');
      const tags = listed.length > MAX_PAYLOAD ? ALL : listed;
      this.unsent.clear();
      try {
        await this.notifications.send(CHANNEL, `${this.origin} ${tags}`);
        failed = false;
      } catch (error) {
        if (!failed) this.logger.warn(`Other processes are not told yet to drop from their caches: ${String(error)}`);
        if (this.stopping) return;
        failed = true;
        for (const tag of tags.split(' ')) this.unsent.add(tag);
      }
    }
  }
}
