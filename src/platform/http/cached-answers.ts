import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CachedBody } from '../cache/cached-body.js';
import { encodingFor } from '../cache/encodings.js';
import type { ReadCache } from '../cache/read-cache.js';
import type { Locales } from './locales.js';

export const isAnonymousGet = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && headers.authorization === undefined;

/** What everyone sees, and has been asked before by the same URL, is answered before any handler is looked for. */
export function answerFromCache(fastify: FastifyInstance, cache: ReadCache, locales: Locales): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const body = isAnonymousGet(request) ? cache.answerTo(addressOf(request, locales)) : undefined;
    if (!body) return done();
    void reply.send(cachedAnswer(body, { request, reply, cache, locales }));
  });
}

/** What an answer depends on: the URL, and the language asked for when there are several. */
export const addressOf = ({ url, headers }: FastifyRequest, locales: Locales): string =>
  locales.several ? `${locales.negotiate(headers['accept-language'])} ${url}` : url;

interface Answering {
  request: FastifyRequest;
  reply: FastifyReply;
  cache: ReadCache;
  locales: Locales;
}

/** Writes the headers, and gives what is left to send: nothing when the caller has it already. */
export function cachedAnswer(body: CachedBody, { request, reply, cache, locales }: Answering): Buffer | undefined {
  const encoding = encodingFor(request.headers['accept-encoding']);
  const encoded = encoding && cache.compressed(body, encoding);
  reply.header('etag', encoded ? body.etagOf(encoding) : body.etag).header('cache-control', body.cacheControl);
  // The answer to some origin's page may already vary by origin.
  const vary = reply.getHeader('vary');
  const varies = locales.several ? `${VARY}, accept-language` : VARY;
  reply.header('vary', vary === undefined ? varies : `${String(vary)}, ${varies}`);
  if (isKnown(request.headers['if-none-match'], body)) {
    reply.status(304);
    return undefined;
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  if (!encoded) return body.bytes;
  reply.header('content-encoding', encoding);
  return encoded;
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
