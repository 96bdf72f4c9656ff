import {
  BadRequest,
  Conflict,
  type FieldError,
  Forbidden,
  Invalid,
  NotFound,
  PreconditionFailed,
  Problem,
  Refusal,
  type RefusalKind,
  TooMany,
  Unauthenticated,
  Unavailable,
} from './refusal.js';

@Problem({
  code: 'malformed_request',
  title: 'Malformed request',
  cause: 'The request could not be read: broken JSON, an empty body, or a header that makes no sense.',
  remedy: 'Send well-formed JSON in UTF-8 with `Content-Type: application/json`.',
})
export class MalformedRequest extends BadRequest {}

@Problem({
  code: 'unknown_property',
  listsErrors: true,
  title: 'Unknown property or parameter',
  cause: 'The body or the query has a key that this operation does not know.',
  remedy: 'Remove or rename the key that `errors` names; where one is close, the likely name is given.',
})
export class UnknownProperty extends BadRequest {
  constructor(errors: FieldError[]) {
    super(errors.map((error) => error.message).join(' '), { errors });
  }
}

@Problem({
  code: 'malformed_id',
  title: 'Malformed id',
  cause: 'An id in the path is not a UUID.',
  remedy: 'Use the id exactly as an earlier answer gave it.',
})
export class MalformedId extends BadRequest {
  constructor(given: string) {
    super(`"${given.slice(0, 80)}" is not an id. Ids are UUIDs.`);
  }
}

@Problem({
  code: 'invalid_cursor',
  title: 'Cursor does not fit',
  cause: 'The cursor was changed, or it was made with other filters or another sort order.',
  remedy: 'Start again without `cursor`, or keep filters and sort as they were when the cursor was given.',
})
export class BadCursor extends BadRequest {
  constructor() {
    super('This cursor does not belong to these filters and this sort order.');
  }
}

@Problem({
  code: 'unauthenticated',
  title: 'Not signed in',
  cause: 'The operation needs a signed-in caller, and no usable access token was sent.',
  remedy: 'Sign in, or refresh the token, and send `Authorization: Bearer <access token>`.',
})
export class NotSignedIn extends Unauthenticated {
  constructor(detail = 'Sign in and send the access token as "Authorization: Bearer <token>".') {
    super(detail);
  }
}

@Problem({
  code: 'recent_sign_in_required',
  title: 'Recent sign-in required',
  cause: 'This is sensitive, and the last sign-in of this session was too long ago.',
  remedy: 'Prove again who you are with `POST /v1/auth/step-up`, then repeat the request with the new access token.',
  extra: { maxAge: { type: 'integer', description: 'Seconds that the sign-in may be old.' } },
})
export class RecentSignInRequired extends Unauthenticated {
  constructor(maxAge: number) {
    super('Your last sign-in was too long ago for this. Prove again who you are.', {
      extra: { maxAge },
      // RFC 9470 §3.
      headers: {
        'www-authenticate': `Bearer realm="galley", error="insufficient_user_authentication", max_age="${maxAge}"`,
      },
    });
  }
}

@Problem({
  code: 'permission_denied',
  title: 'Permission missing',
  cause: 'The caller is signed in but lacks the permission that the operation needs.',
  remedy: 'Ask an administrator for the permission that `permission` names.',
  extra: { permission: { type: 'string', description: 'The permission that is missing.' } },
})
export class PermissionDenied extends Forbidden {
  constructor(permission: string) {
    super(`This needs the permission ${permission}.`, { extra: { permission } });
  }
}

@Problem({
  code: 'second_factor_required',
  title: 'Second factor required',
  cause: 'A role of the caller is good only with a second factor, and this session was begun without one.',
  remedy:
    'Set one up with `POST /v1/auth/mfa/totp` or `POST /v1/auth/passkeys/options`, then refresh the tokens; or sign in again with the one that there is.',
})
export class SecondFactorRequired extends Forbidden {
  constructor() {
    super('Your role needs a second factor. Set one up, then refresh your tokens.');
  }
}

@Problem({
  code: 'not_for_api_keys',
  title: 'Not for API keys',
  cause: 'The operation is about the signed-in person’s own things, and the caller is an API key.',
  remedy: 'Use the operation that takes an id and needs a permission, or sign in as that person.',
})
export class NotForApiKeys extends Forbidden {
  constructor() {
    super('This is for people about their own things; an API key has none.');
  }
}

@Problem({
  code: 'not_found',
  title: 'Not found',
  cause: 'There is no such thing, or it is not yours to see.',
  remedy: 'Check the path and the id, and that you are signed in as its owner.',
})
export class NotFoundProblem extends NotFound {
  constructor(what: string, id?: string) {
    super(id === undefined ? `${what} was not found.` : `${what} ${id.slice(0, 100)} was not found.`);
  }
}

@Problem({
  code: 'version_mismatch',
  title: 'Changed by someone else',
  cause: 'The resource has another version than the one If-Match names: someone changed it in between.',
  remedy: 'Read it again, apply your change to what you see now, and send the new ETag in If-Match.',
  extra: { currentVersion: { type: 'integer', description: 'The version it has now.' } },
})
export class Stale extends PreconditionFailed {
  constructor(currentVersion: number) {
    super(`The resource is at version ${currentVersion} now.`, { extra: { currentVersion } });
  }
}

@Problem({
  code: 'if_match_required',
  title: 'If-Match required',
  cause: 'The operation changes something that others may change too, and no If-Match header was sent.',
  remedy: 'Read the resource first and send its ETag in If-Match.',
})
export class IfMatchRequired extends Refusal {
  static override readonly kind: RefusalKind = 'precondition_required';

  constructor() {
    super('Send the ETag that you last read as "If-Match", so that nobody’s change is overwritten.');
  }
}

@Problem({
  code: 'body_too_large',
  title: 'Body too large',
  cause: 'The request body is larger than this operation takes.',
  remedy: 'Send less at once.',
})
export class BodyTooLarge extends Refusal {
  static override readonly kind: RefusalKind = 'too_large';
}

@Problem({
  code: 'unsupported_media_type',
  title: 'Unsupported media type',
  cause: 'The body is of a type that this operation does not take.',
  remedy: 'Send JSON with `Content-Type: application/json`.',
})
export class UnsupportedMediaType extends Refusal {
  static override readonly kind: RefusalKind = 'unsupported_media';
}

@Problem({
  code: 'validation_failed',
  listsErrors: true,
  title: 'Validation failed',
  cause: 'The request is well-formed, but some values are not acceptable.',
  remedy: 'Correct the fields that `errors` points to.',
})
export class ValidationFailed extends Invalid {
  constructor(errors: FieldError[], detail?: string) {
    super(detail ?? errors.map((error) => `${error.pointer}: ${error.message}`).join(' '), { errors });
  }
}

@Problem({
  code: 'idempotency_key_required',
  title: 'Idempotency-Key required',
  cause: 'The operation places an order or moves money, and no Idempotency-Key header was sent.',
  remedy: 'Send a fresh random key (for example a UUID) and use the same key when you repeat the request.',
})
export class IdempotencyKeyRequired extends BadRequest {
  constructor() {
    super('Send an Idempotency-Key header: a fresh random value, the same one on each retry.');
  }
}

@Problem({
  code: 'idempotency_key_malformed',
  title: 'Idempotency-Key malformed',
  cause: 'The Idempotency-Key is empty, longer than 255 characters or has characters outside visible ASCII.',
  remedy: 'Use 1 to 255 visible ASCII characters, for example a UUID.',
})
export class IdempotencyKeyMalformed extends BadRequest {
  constructor() {
    super('An Idempotency-Key has 1 to 255 visible ASCII characters.');
  }
}

@Problem({
  code: 'idempotency_key_reused',
  title: 'Idempotency-Key used for another request',
  cause: 'The key was used before with another path or body.',
  remedy: 'Make a new key for each new request; repeat a request only unchanged.',
})
export class IdempotencyKeyReused extends Invalid {
  constructor() {
    super('This Idempotency-Key belongs to another request. Use a fresh one.');
  }
}

@Problem({
  code: 'idempotency_in_progress',
  title: 'The first request is still running',
  cause: 'A request with the same Idempotency-Key has not been answered yet.',
  remedy: 'Wait as long as Retry-After says, then repeat the request unchanged.',
})
export class IdempotencyInProgress extends Conflict {
  constructor(retryAfter: number) {
    super('A request with this Idempotency-Key is still running.', { retryAfter });
  }
}

@Problem({
  code: 'answer_erased',
  title: 'The answer was erased',
  cause: 'A request with the same Idempotency-Key was carried out, for somebody who has had their data erased since.',
  remedy: 'Nothing is left to do: it was done once. Use a new key for another request.',
})
export class AnswerErased extends Conflict {
  constructor() {
    super('This was done, and its answer erased with the person whom it was about.');
  }
}

@Problem({
  code: 'rate_limited',
  title: 'Too many requests',
  cause: 'More requests came from this address than the limit allows.',
  remedy: 'Wait as long as Retry-After says; the RateLimit headers show what is left.',
})
export class RateLimited extends TooMany {
  constructor(retryAfter: number) {
    super(`Too many requests. Try again in ${retryAfter} s.`, { retryAfter });
  }
}

@Problem({
  code: 'internal_error',
  title: 'Internal error',
  cause: 'Something failed inside Galley. It has been logged with the request id.',
  remedy: 'Repeat the request (with the same Idempotency-Key). If it persists, report the request id.',
})
export class InternalError extends Refusal {
  static override readonly kind: RefusalKind = 'internal';

  constructor() {
    super('Something went wrong on our side. The request id helps us find it.');
  }
}

@Problem({
  code: 'unavailable',
  title: 'Not available right now',
  cause: 'Galley is starting, stopping, or cannot reach its database.',
  remedy: 'Wait as long as Retry-After says and repeat the request (with the same Idempotency-Key).',
})
export class NotAvailable extends Unavailable {
  constructor(detail = 'Galley cannot serve this right now.') {
    super(detail, { retryAfter: 2 });
  }
}
