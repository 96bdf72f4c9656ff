import type { Readable } from 'node:stream';
import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MalformedRequest, UnsupportedMediaType } from '../errors/problems.js';
import { demandAccessStill, type RequestWithCaller } from './access.js';

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
  /**
   * The bytes as they come. At their end it is asked whether the sender still may.
   * @throws {MalformedRequest} when the client goes away before the end.
   */
  pieces: AsyncIterable<Buffer>;
}

export const BodyStream = createParamDecorator((_: unknown, context: ExecutionContext): StreamedBody => {
  const request = context.switchToHttp().getRequest<RequestWithCaller>();
  const type = typeOf(request);
  if (!(request.body as Readable | undefined)?.pipe) throw notStreamed(request);
  return { type, pieces: piecesOf(request) };
});

export function acceptStreams(fastify: FastifyInstance): void {
  fastify.addContentTypeParser([...STREAMED_TYPES], (request, payload, done) => {
    if (takes(request).includes(typeOf(request))) done(null, payload);
    else done(new UnsupportedMediaType(`Send the body as application/json, not as ${typeOf(request)}.`), undefined);
  });
}

async function* piecesOf(request: RequestWithCaller): AsyncIterable<Buffer> {
  const stream = request.body as Readable;
  try {
    // A request that is not read to its end can still be answered, unless it is destroyed.
    for await (const piece of stream.iterator({ destroyOnReturn: false })) yield piece as Buffer;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ECONNRESET') throw error;
    throw new MalformedRequest('The upload broke off. Send the file again.');
  } finally {
    // What is left of a file that is refused flows away: the client reads no answer before it has sent everything.
    stream.resume();
  }
  await demandAccessStill(request);
}

const takes = (request: FastifyRequest): string[] => (request.routeOptions.config as Streamed).streams ?? [];

const typeOf = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const notStreamed = (request: FastifyRequest): UnsupportedMediaType =>
  new UnsupportedMediaType(`Send the body as ${takes(request).join(' or ')}.`);
