import { STATUS_CODES } from 'node:http';
import { type FieldError, type Refusal, type RefusalKind } from '../errors/refusal.js';

const STATUS: Record<RefusalKind, number> = {
  bad_request: 400,
  unauthenticated: 401,
  payment_refused: 402,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media: 415,
  invalid: 422,
  precondition_required: 428,
  too_many: 429,
  internal: 500,
  unavailable: 503,
  outcome_unknown: 504,
};

export const statusOf = (kind: RefusalKind): number => STATUS[kind];

/** RFC 9457 problem details. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  instance: string;
  requestId: string;
  errors?: FieldError[];
  [extra: string]: unknown;
}

export function problemBody(refusal: Refusal, instance: string, requestId: string, baseUrl: string): ProblemBody {
  const { code, title, kind } = refusal.problem;
  return {
    type: `${baseUrl}/docs/problems/${code}`,
    title: title || STATUS_CODES[statusOf(kind)] || code,
    status: statusOf(kind),
    code,
    detail: refusal.message,
    instance,
    requestId,
    ...(refusal.errors ? { errors: refusal.errors } : {}),
    ...refusal.extra,
  };
}
