/** Why a request was refused, in words of the domain. One filter turns the kind into an HTTP status. */
export type RefusalKind =
  | 'bad_request'
  | 'unauthenticated'
  | 'payment_refused'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'too_large'
  | 'unsupported_media'
  | 'invalid'
  | 'precondition_required'
  | 'too_many'
  | 'internal'
  | 'unavailable'
  | 'outcome_unknown';

/** One thing that is wrong with one field of the request. */
export interface FieldError {
  /** JSON pointer into the body, or `?name` for a query parameter. */
  pointer: string;
  code: string;
  message: string;
}

export interface RefusalOptions {
  errors?: FieldError[];
  /** Further members of the problem body, declared in `@Problem({ extra })`. */
  extra?: Record<string, unknown>;
  headers?: Record<string, string>;
  /** Seconds until a retry makes sense; sent as Retry-After. */
  retryAfter?: number;
  cause?: unknown;
}

export interface ProblemInfo {
  code: string;
  title: string;
  cause: string;
  remedy: string;
  /** Its body has `errors`, field by field. */
  listsErrors?: boolean;
  /** JSON schema of each further member of the problem body. */
  extra?: Record<string, object>;
}

export interface RegisteredProblem extends ProblemInfo {
  kind: RefusalKind;
}

export type RefusalClass = { readonly kind: RefusalKind; readonly prototype: Refusal; readonly name: string };

const byClass = new Map<unknown, RegisteredProblem>();
const byCode = new Map<string, RegisteredProblem>();

/** Names a refusal: its stable code, and what the docs say about cause and remedy. */
export function Problem(info: ProblemInfo): (target: RefusalClass) => void {
  return (target) => {
    if (byCode.has(info.code)) throw new Error(`Two problems are called ${info.code}.`);
    const registered = { ...info, kind: target.kind };
    byClass.set(target, registered);
    byCode.set(info.code, registered);
  };
}

export function problemOf(target: unknown): RegisteredProblem {
  const info = byClass.get(target);
  if (!info) throw new Error(`${(target as { name?: string }).name ?? 'This refusal'} has no @Problem().`);
  return info;
}

export function allProblems(): RegisteredProblem[] {
  return [...byCode.values()].sort((a, b) => a.code.localeCompare(b.code));
}

export function problemByCode(code: string): RegisteredProblem | undefined {
  return byCode.get(code);
}

/** A refusal: thrown, never returned. Its class says what kind it is and which problem it names. */
export abstract class Refusal extends Error {
  static readonly kind: RefusalKind;
  readonly errors: FieldError[] | undefined;
  readonly extra: Record<string, unknown>;
  readonly headers: Record<string, string>;
  readonly retryAfter: number | undefined;

  constructor(detail: string, options: RefusalOptions = {}) {
    super(detail, { cause: options.cause });
    this.errors = options.errors;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
    this.retryAfter = options.retryAfter;
  }

  get problem(): RegisteredProblem {
    return problemOf(this.constructor);
  }
}

export abstract class BadRequest extends Refusal {
  static override readonly kind = 'bad_request' as RefusalKind;
}
export abstract class Unauthenticated extends Refusal {
  static override readonly kind = 'unauthenticated' as RefusalKind;
}
export abstract class PaymentRefused extends Refusal {
  static override readonly kind = 'payment_refused' as RefusalKind;
}
export abstract class Forbidden extends Refusal {
  static override readonly kind = 'forbidden' as RefusalKind;
}
export abstract class NotFound extends Refusal {
  static override readonly kind = 'not_found' as RefusalKind;
}
export abstract class Conflict extends Refusal {
  static override readonly kind = 'conflict' as RefusalKind;
}
export abstract class PreconditionFailed extends Refusal {
  static override readonly kind = 'precondition_failed' as RefusalKind;
}
export abstract class Invalid extends Refusal {
  static override readonly kind = 'invalid' as RefusalKind;
}
export abstract class TooMany extends Refusal {
  static override readonly kind = 'too_many' as RefusalKind;
}
export abstract class Unavailable extends Refusal {
  static override readonly kind = 'unavailable' as RefusalKind;
}
/** The outside world did not say what became of it. Asking again with the same key finds out. */
export abstract class OutcomeUnknown extends Refusal {
  static override readonly kind = 'outcome_unknown' as RefusalKind;
}
