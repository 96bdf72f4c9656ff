import { Readable } from 'node:stream';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { Database } from '../database/database.js';
import { IdempotencyKeyMalformed, IdempotencyKeyRequired } from '../errors/problems.js';
import type { RequestWithCaller } from '../http/access.js';
import { IDEMPOTENT, type Idempotency } from '../http/operation.js';
import { setIdempotency } from '../http/request-context.js';
import { fingerprintOf } from './fingerprint.js';
import { IdempotencyService } from './idempotency.service.js';

const OPTIONAL: Idempotency = { required: false, phased: false, stored: true };
const KEY = /^[\x21-\x7e]{1,255}$/;
/** What a replay repeats beside the body. */
const KEPT_HEADERS = ['location', 'etag'];

/** Reads Idempotency-Key; wraps handlers that do not run phases of their own in one transaction with the key. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly database: Database,
    private readonly idempotency: IdempotencyService,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<RequestWithCaller>();
    if (request.method !== 'POST' && request.method !== 'PATCH') return next.handle();
    const wanted = this.reflector.get<Idempotency | undefined>(IDEMPOTENT, context.getHandler()) ?? OPTIONAL;
    const key = request.headers['idempotency-key'];
    if (key === undefined) {
      if (wanted.required) throw new IdempotencyKeyRequired();
      return next.handle();
    }
    if (typeof key !== 'string' || !KEY.test(key)) throw new IdempotencyKeyMalformed();
    if (!wanted.stored) return next.handle();
    const caller = request.caller?.id ?? null;
    // Guests cannot be told apart: the key of one, used by another with the same request, would hand over what the first
    // was given, such as a cart. Where the key is required, the request itself says whose it is.
    if (caller === null && !wanted.required) return next.handle();
    setIdempotency({
      scope: caller ?? 'guest',
      key,
      fingerprint: fingerprintOf(request.method, request.url, request.headers['if-match'], bodyOf(request)),
      instance: request.url.split('?')[0] ?? '/',
      requestId: request.id,
      claimed: false,
    });
    if (wanted.phased) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return defer(() => this.once(next, reply));
  }

  private once(next: CallHandler, reply: FastifyReply): Promise<unknown> {
    return this.database.transaction(async () => {
      await this.idempotency.claim();
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: null });
      const headers = Object.fromEntries(
        KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
      );
      this.idempotency.complete(reply.statusCode, body as object, headers);
      return body;
    });
  }
}

/** What has not been read yet is for the handler to tell: `IdempotencyService.includes()`. */
const bodyOf = ({ body }: RequestWithCaller): unknown => (body instanceof Readable ? null : body);
