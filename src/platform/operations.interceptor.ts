import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { AnswerInterceptor } from './http/answer.interceptor.js';
import { refuseStrayQuery } from './http/stray-query.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';

/**
 * What goes around every operation. One interceptor for the framework: each costs a request a chain of promises and
 * observables of its own.
 */
@Injectable()
export class OperationsInterceptor implements NestInterceptor {
  constructor(
    private readonly idempotency: IdempotencyInterceptor,
    private readonly answers: AnswerInterceptor,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    refuseStrayQuery(context);
    // Location and ETag are part of the answer that the key stores.
    return this.idempotency.intercept(context, { handle: () => this.answers.intercept(context, next) });
  }
}
