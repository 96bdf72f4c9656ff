import type { IncomingMessage } from 'node:http';
import type { Logger as PinoLogger } from 'pino';
import { plainly } from '../observability/log.js';
import type { Metrics } from '../observability/metrics.js';
import { traceIdOf } from './request-id.js';

/** A request that has been answered. */
export interface Answered {
  id: string;
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>;
  route: string;
  status: number;
  ms: number;
  address: string;
  caller?: string | undefined;
}

export type Observe = (answered: Answered) => void;

/** One log line and one observation for each request. */
export function observer(metrics: Metrics, log: PinoLogger): Observe {
  const say = plainly(log, 'request');
  return ({ id, request: { method = '', url = '', headers }, route, status, ms, address, caller }) => {
    const { traceparent } = headers;
    metrics.observe(method, route, status, ms / 1000);
    say(() => ({
      requestId: id,
      traceId: traceIdOf(traceparent),
      method,
      route,
      // Without the query, which may name people.
      path: (url.split('?')[0] ?? '').slice(0, 500),
      status,
      ms: Math.round(ms * 10) / 10,
      address,
      caller,
    }));
  };
}
