import type { FastifyInstance } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimited } from '../errors/problems.js';
import type { HttpSettings } from './http.settings.js';

/** What operators ask, and the page that explains the refusal. */
const UNLIMITED = /^\/(health|metrics|docs\/problems)(\/|\?|$)/;

/** Bounds requests per address, and says on each response what is left (draft-ietf-httpapi-ratelimit-headers). */
export function limitRates(fastify: FastifyInstance, { rateLimit }: HttpSettings): void {
  if (rateLimit === 'off') return;
  const [points = 1, duration = 1] = rateLimit.split('/').map(Number);
  const limiter = new RateLimiterMemory({ points, duration });
  const policy = `"default";q=${points};w=${duration}`;
  fastify.addHook('onRequest', async (request, reply) => {
    if (UNLIMITED.test(request.url)) return;
    reply.header('ratelimit-policy', policy);
    const result = await limiter.consume(request.ip).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const seconds = Math.ceil(result.msBeforeNext / 1000);
    reply.header('ratelimit', `"default";r=${result.remainingPoints};t=${seconds}`);
    if (result.consumedPoints > points) throw new RateLimited(Math.max(1, seconds));
  });
}
