import { IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import helmet, { type HelmetOptions } from 'helmet';
import type { HttpSettings } from './http.settings.js';

const EXPOSED = [
  'etag',
  'location',
  'idempotency-replayed',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'x-request-id',
];

/** Where there are pages for a browser to show. */
export const PAGES = /^\/docs(\/|\?|$)/;

/** Not sent: what was for Internet Explorer and Flash, for links in pages, and what browsers do by themselves. */
const BYGONE = {
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  xDnsPrefetchControl: false,
  originAgentCluster: false,
} as const;

/** Of the pages of `/docs`. */
export const pageHeaders = ({ publicUrl }: HttpSettings): Record<string, string> =>
  headersOf({
    ...BYGONE,
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        upgradeInsecureRequests: isHttps(publicUrl) ? [] : null,
      },
    },
    hsts: isHttps(publicUrl),
  });

/** Of all other answers: should a browser show one as a page, it may do nothing and stand in no frame. */
export const dataHeaders = ({ publicUrl }: HttpSettings): Record<string, string> => {
  const none = ["'none'"];
  return headersOf({
    ...BYGONE,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: none, baseUri: none, formAction: none, frameAncestors: none },
    },
    hsts: isHttps(publicUrl),
    // They are about pages, too.
    crossOriginOpenerPolicy: false,
    referrerPolicy: false,
    xFrameOptions: false,
  });
};

const isHttps = (publicUrl: string | undefined): boolean => publicUrl?.startsWith('https:') ?? false;

/** Helmet's headers, worked out once: they are the same on every response. */
function headersOf(options: Readonly<HelmetOptions>): Record<string, string> {
  const headers: Record<string, string> = {};
  const record = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    removeHeader: () => {},
  };
  const set = helmet(options);
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
    exposedHeaders: EXPOSED,
    maxAge: 600,
  });
}

/** What {@link allowOrigins} says to a plain GET, for those that do not come by there: names and values by turns. */
export function originsHead({ corsOrigins }: HttpSettings): (origin: string | undefined) => string[] {
  if (!corsOrigins) return () => [];
  const exposed = ['access-control-expose-headers', EXPOSED.join(', ')];
  if (corsOrigins === '*') return () => ['access-control-allow-origin', '*', ...exposed];
  const allowed = new Set(corsOrigins.split(','));
  const varied = ['vary', 'Origin', ...exposed];
  return (origin) =>
    origin !== undefined && allowed.has(origin) ? ['access-control-allow-origin', origin, ...varied] : varied;
}
