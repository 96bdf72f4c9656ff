import { IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';
import type { HttpSettings } from './http.settings.js';

/** Helmet's headers, worked out once: they are the same on every response. */
export function secureHeaders({ publicUrl }: HttpSettings): Record<string, string> {
  const https = publicUrl?.startsWith('https:') ?? false;
  const headers: Record<string, string> = {};
  const record = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    removeHeader: () => {},
  };
  const set = helmet({
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        upgradeInsecureRequests: https ? [] : null,
      },
    },
    hsts: https,
  });
  set(new IncomingMessage(new Socket()), record as unknown as ServerResponse, () => {});
  return headers;
}

/** Lets pages of these origins call the API from a browser. */
export async function allowOrigins(fastify: FastifyInstance, { corsOrigins }: HttpSettings): Promise<void> {
  if (!corsOrigins) return;
  await fastify.register(cors, {
    origin: corsOrigins === '*' ? '*' : corsOrigins.split(','),
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'x-request-id',
      'traceparent',
    ],
    exposedHeaders: [
      'etag',
      'location',
      'idempotency-replayed',
      'retry-after',
      'ratelimit',
      'ratelimit-policy',
      'x-request-id',
    ],
    maxAge: 600,
  });
}
