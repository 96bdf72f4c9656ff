import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CachedBody } from '../cache/cached-body.js';
import type { ReadCache } from '../cache/read-cache.js';

export const isAnonymousGet = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && headers.authorization === undefined;

/** What everyone sees, and has been asked before by the same URL, is answered before any handler is looked for. */
export function answerFromCache(fastify: FastifyInstance, cache: ReadCache): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const body = isAnonymousGet(request) ? cache.answerTo(request.url) : undefined;
    if (!body) return done();
    void reply.send(cachedAnswer(body, request, reply));
  });
}

/** Writes the headers, and gives what is left to send: nothing when the caller has it already. */
export function cachedAnswer(body: CachedBody, request: FastifyRequest, reply: FastifyReply): Buffer | undefined {
  reply.header('etag', body.etag).header('cache-control', body.cacheControl);
  // The answer to some origin's page may already vary by origin.
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'authorization' : `${String(vary)}, authorization`);
  if (matches(request.headers['if-none-match'], body.etag)) {
    reply.status(304);
    return undefined;
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  return body.bytes;
}

/** Does If-None-Match name this ETag? Weak comparison (RFC 9110 §13.1.2). */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
