import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  BodyTooLarge,
  InternalError,
  MalformedRequest,
  NotAvailable,
  NotFoundProblem,
  UnsupportedMediaType,
} from '../errors/problems.js';
import { Refusal } from '../errors/refusal.js';
import { IdempotentReplay } from '../idempotency/idempotent-replay.js';
import type { RequestWithCaller } from './access.js';
import { HttpSettings } from './http.settings.js';
import { problemBody } from './problem-body.js';

/** Bytes of a refused body; on who sends more the connection is closed. */
const MOST_READ_OFF = 64 * 1024 * 1024;

/** Turns whatever was thrown into one answer: a refusal into its problem, a replay into the stored answer, all else into a 500. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly settings: HttpSettings) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<RequestWithCaller>();
    const reply = http.getResponse<FastifyReply>();
    if (thrown instanceof IdempotentReplay) {
      void reply
        .status(thrown.status)
        .headers({ ...thrown.headers, 'idempotency-replayed': 'true', 'cache-control': 'no-store' })
        .header('content-type', `application/${thrown.status < 400 ? '' : 'problem+'}json; charset=utf-8`)
        .send(JSON.stringify(thrown.body));
      return;
    }
    const refusal = this.refusalOf(thrown, request);
    const body = problemBody(refusal, request.url.split('?')[0] ?? '/', request.id, this.settings.baseUrl);
    if (body.status >= 500 && thrown !== refusal && !hasLeft(thrown, reply)) {
      const level = refusal instanceof NotAvailable ? 'warn' : 'error';
      this.logger[level]({ err: thrown, requestId: request.id, route: request.routeOptions?.url }, refusal.message);
    }
    // Fastify hangs up on who is still sending a body, and they never read why: what is left of it is read off instead.
    if (Number(request.headers['content-length'] ?? 0) <= MOST_READ_OFF) reply.removeHeader('connection');
    void reply
      .status(body.status)
      .headers(body.status === 401 ? { 'www-authenticate': 'Bearer realm="galley"' } : {})
      .headers(refusal.headers)
      .headers(refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) })
      .header('content-type', 'application/problem+json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(JSON.stringify(body));
  }

  private refusalOf(thrown: unknown, request: RequestWithCaller): Refusal {
    if (thrown instanceof Refusal) return thrown;
    const { code = '', statusCode } = (thrown ?? {}) as { code?: string; statusCode?: number };
    const status = thrown instanceof HttpException ? thrown.getStatus() : (statusCode ?? 500);
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || status === 413) {
      return new BodyTooLarge(`The body may have at most ${this.settings.bodyLimit} bytes.`);
    }
    if (status === 415) {
      return new UnsupportedMediaType(
        `Send the body as application/json, not as ${String(request.headers['content-type'] ?? 'nothing').slice(0, 100)}.`,
      );
    }
    if (status === 404)
      return new NotFoundProblem(`${request.method} ${(request.url.split('?')[0] ?? '').slice(0, 200)}`);
    if (status >= 400 && status < 500) return new MalformedRequest(messageOf(thrown));
    if (isDatabaseGone(thrown)) return new NotAvailable();
    return new InternalError();
  }
}

/** Whoever asked has left in the middle of a file: there is nobody to tell, and nothing wrong. */
const hasLeft = (thrown: unknown, { raw }: FastifyReply): boolean =>
  raw.socket?.destroyed === true && (thrown as { code?: string } | null)?.code === 'ERR_STREAM_PREMATURE_CLOSE';

function messageOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : 'The request is malformed.';
  return message.endsWith('.') ? message : `${message}.`;
}

/** SQLSTATE classes 08 (connection), 57P (shutdown) and 53300 (too many connections), and what pg and TypeORM say before there is one. */
export function isDatabaseGone(thrown: unknown): boolean {
  const { code = '', message = '' } = (thrown ?? {}) as { code?: string; message?: string };
  return (
    /^(08|57P0)/.test(code) ||
    code === '53300' ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query runner already released/.test(
      message,
    )
  );
}
