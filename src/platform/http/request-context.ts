import { ClsServiceManager } from 'nestjs-cls';

const REQUEST_ID = 'requestId';
const TRACE_ID = 'traceId';
const IDEMPOTENCY = 'idempotency';

/** What the running request carries through every layer without a parameter. */
export interface IdempotencyContext {
  scope: string;
  key: string;
  fingerprint: string;
  /** The path, for the problem that may be stored. */
  instance: string;
  requestId: string;
  /** Set once the key has been claimed by this request. */
  claimed: boolean;
}

const cls = ClsServiceManager.getClsService();

export function runInRequest<T>(requestId: string, fn: () => T, traceId?: string): T {
  return cls.run(() => {
    cls.set(REQUEST_ID, requestId);
    if (traceId !== undefined) cls.set(TRACE_ID, traceId);
    return fn();
  });
}

export function currentRequestId(): string | undefined {
  return cls.isActive() ? cls.get<string>(REQUEST_ID) : undefined;
}

export function currentTraceId(): string | undefined {
  return cls.isActive() ? cls.get<string | undefined>(TRACE_ID) : undefined;
}

export function setIdempotency(context: IdempotencyContext): void {
  cls.set(IDEMPOTENCY, context);
}

export function currentIdempotency(): IdempotencyContext | undefined {
  return cls.isActive() ? cls.get<IdempotencyContext>(IDEMPOTENCY) : undefined;
}
