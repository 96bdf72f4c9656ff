import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ReadCache } from '../cache/read-cache.js';
import type { Readiness } from '../observability/health.controller.js';
import { addressOf, cachedAnswer, isAnonymousGet } from './cached-answers.js';
import type { HttpSettings } from './http.settings.js';
import type { Locales } from './locales.js';
import type { RateLimit } from './rate-limit.js';
import { requestIdOf } from './request-id.js';
import type { Observe } from './request-log.js';
import { dataHeaders, originsHead } from './security-headers.js';
import type { ClientAddress } from './trust-proxy.js';

interface Parts {
  cache: ReadCache;
  locales: Locales;
  readiness: Readiness;
  limit: RateLimit | undefined;
  observe: Observe;
  clientAddress: ClientAddress;
  settings: HttpSettings;
}

/**
 * What everyone sees, and has been asked before by the same URL, is answered before the framework hears of the request:
 * finding a route, running hooks and gathering headers costs more than all the rest of such an answer. Everything else, and
 * whatever is to be refused, goes on to the framework.
 */
export function answerEarly({ server }: FastifyInstance, parts: Parts): void {
  const { cache, locales, readiness, limit, observe, clientAddress, settings } = parts;
  const [goOn] = server.listeners('request') as [RequestListener];
  const always = Object.entries(dataHeaders(settings)).flat();
  const origins = originsHead(settings);

  const listen = (request: IncomingMessage, response: ServerResponse): void => {
    // A process that stops says so on every connection, which is the framework's business.
    const known = isAnonymousGet(request) && !readiness.stopping && cache.answerTo(addressOf(request, locales));
    if (!known) {
      goOn(request, response);
      return;
    }
    const began = performance.now();
    const address = clientAddress(request);
    const answer = (limits: string[]): void => {
      // Gone, or told that what followed was no request.
      if (!request.socket.writable) return;
      const id = requestIdOf(request);
      const { status, head, bytes } = cachedAnswer(known.body, request.headers, parts);
      if (bytes) head.push('content-length', String(bytes.length));
      response.writeHead(status, [
        ...always,
        'x-request-id',
        id,
        ...origins(request.headers.origin),
        ...limits,
        ...head,
      ]);
      response.end(bytes);
      const observed = () =>
        observe({ id, request, route: known.route, status, ms: performance.now() - began, address });
      // Behind another answer of the same connection it waits, and may never be sent.
      if (response.socket) observed();
      else response.once('finish', observed);
    };
    if (!limit) answer([]);
    // Who is refused counts once more, and is told so by the framework.
    else void limit(address).then(({ head, refusedFor }) => (refusedFor ? goOn(request, response) : answer(head)));
  };
  server.off('request', goOn).on('request', listen);
}
