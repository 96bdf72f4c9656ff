import type { FastifyInstance } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimited } from '../errors/problems.js';
import type { HttpSettings } from './http.settings.js';

/** What operators ask, and the page that explains the refusal. */
const UNLIMITED = /^\/(health|metrics|docs\/problems)(\/|\?|$)/;

export interface Rate {
  /** Says what is left (draft-ietf-httpapi-ratelimit-headers): names and values by turns. */
  head: string[];
  /** Seconds to wait, for a request that is one too many. */
  refusedFor?: number;
}

/** Counts a request of an address. */
export type RateLimit = (address: string) => Promise<Rate>;

/** Bounds requests per address; undefined when they are not bounded. */
export function rateLimitOf({ rateLimit }: HttpSettings): RateLimit | undefined {
  if (rateLimit === 'off') return undefined;
  const [points = 1, duration = 1] = rateLimit.split('/').map(Number);
  const limiter = new RateLimiterMemory({ points, duration });
  const policy = `"default";q=${points};w=${duration}`;
  return async (address) => {
    const result = await limiter.consume(address).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const seconds = Math.ceil(result.msBeforeNext / 1000);
    const head = ['ratelimit-policy', policy, 'ratelimit', `"default";r=${result.remainingPoints};t=${seconds}`];
    return result.consumedPoints > points ? { head, refusedFor: Math.max(1, seconds) } : { head };
  };
}

export function limitRates(fastify: FastifyInstance, limit: RateLimit): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (UNLIMITED.test(request.url)) return;
    const { head, refusedFor } = await limit(request.ip);
    for (let at = 0; at < head.length; at += 2) reply.header(head[at] ?? '', head[at + 1]);
    if (refusedFor !== undefined) throw new RateLimited(refusedFor);
  });
}
