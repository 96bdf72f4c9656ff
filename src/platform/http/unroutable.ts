import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { MalformedRequest } from '../errors/problems.js';
import { type ProblemBody, problemBody } from './problem-body.js';

const TYPE = 'application/problem+json; charset=utf-8';

/** Problems for requests that never reach a route: the path cannot be decoded, or it is not even HTTP. */
export function unroutable(baseUrl: () => string) {
  const problem = (detail: string, path: string, requestId: string): ProblemBody =>
    problemBody(new MalformedRequest(detail), path, requestId, baseUrl());

  const frameworkErrors = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const detail =
      error.code === 'FST_ERR_MAX_PARAM_LENGTH'
        ? 'A part of the path is too long.'
        : 'The path has a percent sign that encodes nothing.';
    const path = (request.url.split('?')[0] ?? '/').slice(0, 200);
    reply.status(400).header('x-request-id', request.id).header('cache-control', 'no-store').type(TYPE);
    void reply.send(JSON.stringify(problem(detail, path, request.id)));
  };

  const clientErrorHandler = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (!socket.writable) return void socket.destroy();
    const requestId = randomUUID();
    const detail =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? 'The headers are too large.'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? 'The request took too long to arrive.'
          : 'This is not a well-formed HTTP request.';
    const body = JSON.stringify(problem(detail, '/', requestId));
    socket.end(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: ${TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
        `X-Request-Id: ${requestId}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
    );
  };

  return { frameworkErrors, clientErrorHandler };
}
