import type { Readable } from 'node:stream';
import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { UnsupportedMediaType } from '../errors/problems.js';

interface Streamed {
  streams?: string[];
}

/** Media types of bodies that may be long: they come as a stream, and nothing of them is kept in memory. */
export const STREAMED_TYPES = ['text/csv', 'application/x-ndjson'] as const;

/** The body is a stream of one of these types, not JSON: take it with `@BodyStream()`. */
export const Streams = (...types: (typeof STREAMED_TYPES)[number][]) =>
  applyDecorators(
    RouteConfig({ streams: types } satisfies Streamed),
    ApiConsumes(...types),
    ApiBody({ required: true, description: 'The file.', schema: { type: 'string' } }),
  );

export interface StreamedBody {
  type: string;
  stream: Readable;
}

export const BodyStream = createParamDecorator((_: unknown, context: ExecutionContext): StreamedBody => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const type = typeOf(request);
  if (!(request.body as Readable | undefined)?.pipe) throw notStreamed(request);
  return { type, stream: request.body as Readable };
});

export function acceptStreams(fastify: FastifyInstance): void {
  fastify.addContentTypeParser([...STREAMED_TYPES], (request, payload, done) => {
    if (takes(request).includes(typeOf(request))) done(null, payload);
    else done(new UnsupportedMediaType(`Send the body as application/json, not as ${typeOf(request)}.`), undefined);
  });
}

const takes = (request: FastifyRequest): string[] => (request.routeOptions.config as Streamed).streams ?? [];

const typeOf = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const notStreamed = (request: FastifyRequest): UnsupportedMediaType =>
  new UnsupportedMediaType(`Send the body as ${takes(request).join(' or ')}.`);
