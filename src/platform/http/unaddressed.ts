import type { CachedBody } from '../cache/cached-body.js';

/** An answer of whose URL it may be said later that it means another one: only its key leads to it. */
export class Unaddressed {
  constructor(readonly body: CachedBody) {}
}
