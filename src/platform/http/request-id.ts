import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SANE = /^[\w.:/+=-]{1,100}$/;

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;

/** The trace that the caller's request is part of (W3C Trace Context §3.2); undefined when it names none. */
export function traceIdOf(traceparent: unknown): string | undefined {
  const traceId = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return traceId === undefined || /^0+$/.test(traceId) || String(traceparent).startsWith('ff') ? undefined : traceId;
}

/** Takes the caller's X-Request-Id when it is short and harmless; makes one otherwise. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}
