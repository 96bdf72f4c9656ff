import type { IncomingHttpHeaders } from 'node:http';
import type { CachedBody } from '../cache/cached-body.js';
import { encodingFor } from '../cache/encodings.js';
import type { ReadCache } from '../cache/read-cache.js';
import type { Locales } from './locales.js';

interface Asked {
  method?: string;
  url?: string;
  headers: IncomingHttpHeaders;
}

export const isAnonymousGet = ({ method, headers }: Asked): boolean =>
  method === 'GET' && headers.authorization === undefined;

/** What an answer depends on: the URL, and the language asked for when there are several. */
export const addressOf = ({ url = '', headers }: Asked, locales: Locales): string =>
  locales.several ? `${locales.negotiate(headers['accept-language'])} ${url}` : url;

export interface CachedAnswer {
  status: 200 | 304;
  /** Names and values by turns, as node:http takes them. */
  head: string[];
  /** Nothing when the caller has it already. */
  bytes?: Buffer;
}

/** What goes out for a cached body: in which encoding, or that the caller has it already. */
export function cachedAnswer(
  body: CachedBody,
  headers: IncomingHttpHeaders,
  { cache, locales }: { cache: ReadCache; locales: Locales },
): CachedAnswer {
  const encoding = encodingFor(headers['accept-encoding']);
  const encoded = encoding && cache.compressed(body, encoding);
  const head = [
    'etag',
    encoded ? body.etagOf(encoding) : body.etag,
    'cache-control',
    body.cacheControl,
    'vary',
    locales.several ? `${VARY}, accept-language` : VARY,
  ];
  if (isKnown(headers['if-none-match'], body)) return { status: 304, head };
  head.push('content-type', 'application/json; charset=utf-8');
  if (encoded) head.push('content-encoding', encoding);
  return { status: 200, head, bytes: encoded ?? body.bytes };
}

const VARY = 'authorization, accept-encoding';

/** In whichever encoding the caller has it. */
const isKnown = (header: string | undefined, body: CachedBody): boolean =>
  header !== undefined && [body.etag, body.etagOf('br'), body.etagOf('gzip')].some((etag) => matches(header, etag));

/** Does If-None-Match name this ETag? Weak comparison (RFC 9110 §13.1.2). */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
