import { STATUS_CODES } from 'node:http';
import {
  AnswerErased,
  BadCursor,
  BodyTooLarge,
  IdempotencyInProgress,
  IdempotencyKeyMalformed,
  IdempotencyKeyRequired,
  IdempotencyKeyReused,
  IfMatchRequired,
  InternalError,
  MalformedId,
  MalformedRequest,
  NotAvailable,
  NotForApiKeys,
  NotFoundProblem,
  NotSignedIn,
  PermissionDenied,
  RateLimited,
  RecentSignInRequired,
  SecondFactorRequired,
  Stale,
  UnknownProperty,
  UnsupportedMediaType,
  ValidationFailed,
} from '../errors/problems.js';
import { problemOf, type RefusalClass } from '../errors/refusal.js';
import { statusOf } from '../http/problem-body.js';
import type { OperationFacts } from './operations.js';
import { problemSchemaName } from './problem-schemas.js';
import type { Schema } from './schemas.js';

interface Response {
  description?: string;
  headers?: Record<string, object>;
  content?: Record<string, { schema?: Schema; example?: unknown }>;
}

interface Parameter {
  style?: string;
  explode?: boolean;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

export interface Operation {
  operationId: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: object;
  responses: Record<string, Response>;
  security?: object[];
  'x-permission'?: string | null;
}

interface Completion {
  path: string;
  method: string;
  operation: Operation;
  facts: OperationFacts;
}

/** Adds to an operation what follows from its decorators and its shape. */
export function completeOperation({ path, method, operation, facts }: Completion): void {
  describeAccess(operation, facts);
  operation.parameters ??= [];
  const { parameters } = operation;
  for (const parameter of parameters) spellObject(parameter);
  const idempotent = takesKey(method, facts);
  if (facts.ifMatch) parameters.push(header('If-Match', true, IF_MATCH, '"3"'));
  const revalidated = facts.cached || (facts.versioned !== undefined && facts.versioned !== 'live' && method === 'get');
  for (const parameter of parameters) if (parameter.in === 'path') describePath(parameter, facts);
  if (revalidated)
    parameters.push(header('If-None-Match', false, 'An ETag that you have: 304 when nothing changed.', '"6tDx"'));
  if (idempotent) parameters.push(idempotencyKey(facts.idempotency?.required ?? false));
  else if ((method === 'post' || method === 'patch') && facts.idempotency?.stored === false) {
    operation.description = [operation.description, 'An Idempotency-Key has no effect here.'].filter(Boolean).join(' ');
  }
  describeSuccess(operation, facts, idempotent);
  if (revalidated) {
    operation.responses['304'] = {
      description: 'Nothing has changed since the ETag you sent.',
      headers: { ETag: text('As you sent it.', '"6tDx"'), 'Cache-Control': text('Who may keep it.', 'no-cache') },
    };
  }
  for (const [status, problems] of byStatus([
    ...impliedProblems({ path, method, operation, facts }),
    ...facts.refuses,
  ])) {
    operation.responses[status] = problemResponse(status, problems);
    if (idempotent && status === '402')
      operation.responses[status].headers = { ...operation.responses[status].headers, ...REPLAYED };
  }
  for (const response of Object.values(operation.responses)) {
    response.headers = { ...response.headers, ...EVERY_RESPONSE };
  }
}

const IF_MATCH =
  'The ETag that you last read, such as `"3"`. Not `*`: it would overwrite whatever is there, and is answered with 400.';

const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string', examples: [example] },
});

/** Headers of all responses: described once, under components. */
export const EVERY_HEADER = {
  'X-Request-Id': text('Yours, when you sent a sane one; made up otherwise.', '01981f3c-6f0f-7cc0-a2c5-3b3e6a2f4d10'),
  'RateLimit-Policy': text('How many requests (q) in how many seconds (w).', '"default";q=6000;w=60'),
  RateLimit: text('How many requests are left (r) until the window ends in (t) seconds.', '"default";r=5999;t=60'),
};

const EVERY_RESPONSE = Object.fromEntries(
  Object.keys(EVERY_HEADER).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);

function header(name: string, required: boolean, description: string, example: string): Parameter {
  return { name, in: 'header', required, description, schema: { type: 'string', examples: [example] } };
}

function idempotencyKey(required: boolean): Parameter {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required,
    description: required
      ? 'A fresh random value for each new request, the same one on each retry: the effect happens once.'
      : 'A fresh random value for each new request, the same one on each retry: the effect happens once. Counts only when you are signed in.',
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      pattern: '^[!-~]+$',
      examples: ['5b0f6c1e-6a0e-4f0b-9a57-0d3c6e5f1a2b'],
    },
  };
}

/** Says of a part of the path what it takes. */
function describePath(parameter: Parameter, { ids }: OperationFacts): void {
  const id = ids.includes(parameter.name);
  if (id) parameter.schema = { ...parameter.schema, type: 'string', format: 'uuid' };
  parameter.description ||= id ? 'Its id.' : parameter.name === 'idOrSlug' ? 'Its id, or its slug.' : 'Its name.';
}

/** Objects in the query are written with brackets, `option[Color]=Black`; lists with commas. */
function spellObject(parameter: Parameter): void {
  if (parameter.in !== 'query') return;
  if (parameter.schema?.type === 'object') Object.assign(parameter, { style: 'deepObject', explode: true });
  if (parameter.schema?.type === 'array') Object.assign(parameter, { style: 'form', explode: false });
}

function takesKey(method: string, { idempotency }: OperationFacts): boolean {
  return (method === 'post' || method === 'patch') && (idempotency?.stored ?? true);
}

function describeAccess(operation: Operation, { access, recentSignIn }: OperationFacts): void {
  if (access?.kind === 'anonymous') {
    operation.security = [];
    operation['x-permission'] = null;
    operation.description = [operation.description, 'Anyone may call this.'].filter(Boolean).join('\n\n');
    return;
  }
  const permission = access?.kind === 'permission' ? access.permission : null;
  operation['x-permission'] = permission;
  operation.security = access?.kind === 'public' ? [{}, { bearer: [] }] : [{ bearer: [] }];
  const words =
    access?.kind === 'public'
      ? 'Anyone may call this.'
      : access?.kind === 'permission'
        ? `Needs the permission \`${permission}\`${access.orOwner ? ', or to be the owner' : ''}.`
        : 'Needs a signed-in person; API keys are not let in.';
  const { toChange } = recentSignIn ?? {};
  const purpose = toChange ? `To change \`${toChange}\`, people` : 'People';
  const recent = recentSignIn && `${purpose} must have signed in lately, or step up first.`;
  operation.description = [operation.description, [words, recent].filter(Boolean).join(' ')]
    .filter(Boolean)
    .join('\n\n');
}

function describeSuccess(operation: Operation, facts: OperationFacts, idempotent: boolean): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!status.startsWith('2')) continue;
    response.description ||= STATUS_CODES[status] ?? 'Done.';
    response.headers = {
      ...response.headers,
      ...(facts.created ? { Location: text('Where the new resource is.', facts.created) } : {}),
      ...(facts.versioned || facts.cached
        ? { ETag: text('The version; send it in If-Match or If-None-Match.', '"3"') }
        : {}),
      ...(facts.cached
        ? { 'Content-Encoding': text('How it is compressed, when `Accept-Encoding` lets it be.', 'br') }
        : {}),
      'Cache-Control': text('Who may keep the answer.', facts.cached ? 'no-cache' : 'no-store'),
      ...(idempotent ? REPLAYED : {}),
    };
  }
}

function impliedProblems({ path, method, operation, facts }: Completion): RefusalClass[] {
  const parameters = operation.parameters ?? [];
  const body = operation.requestBody !== undefined;
  const query = parameters.some((parameter) => parameter.in === 'query');
  const cursor = parameters.some((parameter) => parameter.name === 'cursor');
  const key = takesKey(method, facts);
  const { access, recentSignIn, enrolling, idempotency, ifMatch } = facts;
  const when = (condition: boolean, ...problems: RefusalClass[]) => (condition ? problems : []);
  return [
    MalformedRequest,
    UnknownProperty,
    InternalError,
    NotAvailable,
    ...when(!path.startsWith('/health'), RateLimited),
    // A body is read and refused also where none is wanted.
    ...when(method !== 'get', BodyTooLarge, UnsupportedMediaType),
    ...when(body || query, ValidationFailed),
    ...when(cursor, BadCursor),
    ...when(path.includes('{'), NotFoundProblem),
    ...when(path.includes('{'), MalformedId),
    ...when(access?.kind !== 'anonymous', NotSignedIn),
    ...when(recentSignIn !== undefined, RecentSignInRequired),
    ...when(access?.kind === 'permission', PermissionDenied),
    ...when(access?.kind === 'signed_in', NotForApiKeys),
    ...when(!enrolling && (access?.kind === 'permission' || access?.kind === 'signed_in'), SecondFactorRequired),
    ...when(ifMatch, IfMatchRequired, Stale),
    ...when(key, IdempotencyKeyMalformed, IdempotencyKeyReused, IdempotencyInProgress, AnswerErased),
    ...when(key && (idempotency?.required ?? false), IdempotencyKeyRequired),
  ];
}

function byStatus(problems: RefusalClass[]): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const code of new Set(problems.map((problem) => problemOf(problem).code))) {
    const problem = problems.map(problemOf).find((candidate) => candidate.code === code);
    const status = String(statusOf(problem?.kind ?? 'internal'));
    grouped.set(status, [...(grouped.get(status) ?? []), code]);
  }
  return grouped;
}

/** A declined payment is kept as the answer too. */
const REPLAYED = { 'Idempotency-Replayed': text('`true` when this answer had been given before.', 'true') };

const RETRY_AFTER = text('Seconds until a retry makes sense.', '2');

function problemResponse(status: string, codes: string[]): Response {
  const refs = codes.map((code) => ({ $ref: `#/components/schemas/${problemSchemaName(code)}` }));
  const [only] = refs;
  // Each has a `code` of its own, a constant: that tells them apart without a discriminator, which generators spell oddly.
  const schema: Schema = refs.length === 1 && only ? only : { oneOf: refs };
  return {
    description: `${STATUS_CODES[status]}: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
    headers: {
      'Cache-Control': text('Problems are not kept.', 'no-store'),
      ...(['409', '429', '503', '504'].includes(status) ? { 'Retry-After': RETRY_AFTER } : {}),
      ...(status === '401'
        ? { 'WWW-Authenticate': text('How to sign in (RFC 9110 §11.6.1).', 'Bearer realm="galley"') }
        : {}),
    },
    content: { 'application/problem+json': { schema } },
  };
}
