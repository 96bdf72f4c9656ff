import { createHash } from 'node:crypto';

/** A finished answer: the bytes that go out, with what HTTP caches need to know. */
export class CachedBody {
  readonly etag: string;
  /** Under which it is kept in the cache, if it is. */
  key: string | undefined;

  constructor(
    readonly bytes: Buffer,
    readonly cacheControl: string,
  ) {
    this.etag = `"${createHash('sha1').update(bytes).digest('base64url')}"`;
  }

  /** `json` is an object, or JSON text as the database made it. */
  static of(json: object | string, cacheControl = 'no-cache'): CachedBody {
    return new CachedBody(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), cacheControl);
  }
}
