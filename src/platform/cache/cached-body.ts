import { hash } from 'node:crypto';
import type { Encoding } from './encodings.js';

/** A finished answer: the bytes that go out, with what HTTP caches need to know. */
export class CachedBody {
  readonly etag: string;
  /** Under which it is kept in the cache, if it is. */
  key: string | undefined;
  /** The same, compressed; a promise as long as that is being worked out. */
  readonly encoded = new Map<Encoding, Buffer | Promise<void>>();

  constructor(
    readonly bytes: Buffer,
    readonly cacheControl: string,
  ) {
    this.etag = `"${hash('sha1', bytes, 'base64url')}"`;
  }

  /** `json` is an object, or JSON text as the database made it. */
  static of(json: object | string, cacheControl = 'no-cache'): CachedBody {
    return new CachedBody(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), cacheControl);
  }

  /** Other bytes need another ETag (RFC 9110 §8.8.3.3). */
  etagOf(encoding: Encoding): string {
    return `${this.etag.slice(0, -1)}-${encoding}"`;
  }

  /** Bytes of all that is kept of it. */
  get size(): number {
    let size = this.bytes.length;
    for (const part of this.encoded.values()) if (Buffer.isBuffer(part)) size += part.length;
    return size;
  }
}
