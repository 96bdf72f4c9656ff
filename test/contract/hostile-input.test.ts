import { randomUUID } from 'node:crypto';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { getMetadataStorage } from 'class-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { buy, makeArticle } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import { bodyMutations, brokenBodies, type Mutation } from './mutations.js';
import {
  type Document,
  documentOf,
  isAnonymous,
  isPublic,
  type Json,
  jsonBody,
  type Operation,
  operationsOf,
  parametersIn,
  problemCodes,
} from './operations.js';
import { endless, exampleBody, headersOf, pathOf, plausible, type Stage, setStage } from './stage.js';
import { type Call, checked, inBatches, raw, send, type Timed } from './wire.js';

const BODY_LIMIT = 262_144;
const AT_ONCE = 8;
const SLOW_MS = 2000;

const app = galley({ GALLEY_BODY_LIMIT: String(BODY_LIMIT), GALLEY_LOCALES: 'en,de' });
let admin: Person;
let document: Document;
let operations: Operation[];
let stage: Stage;
let codes: Set<string>;
let validators: Map<string, ValidateFunction>;

beforeAll(async () => {
  admin = await endless(app, await app.staff());
  document = await documentOf(app);
  operations = operationsOf(document);
  codes = new Set(problemCodes(document));
  stage = await setStage(app, admin);
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addFormat('currency', true).addFormat('int64', true).addFormat('password', true);
  ajv.addSchema({ ...document, $id: 'openapi' });
  validators = new Map(
    operations.flatMap((operation) => {
      const media = jsonBody(operation);
      if (!media) return [];
      return [[operation.operationId, ajv.compile(inDocument(media.schema))]];
    }),
  );
});

/** References of the document, from outside it. */
const inDocument = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components'));

interface Case {
  operation: Operation;
  name: string;
  call: Call;
  /** Refused, whatever else. Else any documented answer below 500 will do. */
  refused: boolean;
  unknown?: Mutation['unknown'];
}

/** What a person who calls an API must never be shown. */
const LEAKS =
  /\b(select|insert into|delete from|update)\b.{1,200}\b(from|where|values|set)\b|\n\s+at |node_modules|\.(js|ts):\d+|QueryFailed|TypeORM|TypeError|RangeError|SyntaxError|Cannot read prop|is not a function|relation "|column "|constraint|duplicate key|violates|invalid input syntax|out of range|SQLSTATE|ECONN|\bpg_|undefined|\[object|\/tmp\/|\/work\//i;
const SENTENCE = /^["/?A-Z][\s\S]{8,}[.?]$/;

function complaint({ refused, unknown }: Case, { status, headers, body, ms }: Timed): string | undefined {
  if (status >= 500) return `${status} ${JSON.stringify(body.detail ?? body).slice(0, 120)}`;
  if (ms > SLOW_MS) return `took ${Math.round(ms)} ms`;
  if (status < 400) return refused ? `was taken: ${status} ${JSON.stringify(body).slice(0, 120)}` : undefined;
  if (!String(headers['content-type']).startsWith('application/problem+json'))
    return `no problem: ${headers['content-type']}`;
  if (!codes.has(body.code)) return `unknown code ${body.code}`;
  if (body.status !== status) return `status ${body.status} in an answer of ${status}`;
  const echoed = String(body.detail).replaceAll(/"[^"]*"/g, '"…"');
  if (!SENTENCE.test(body.detail) || body.detail.length > 8000)
    return `no clear sentence: ${body.detail.slice(0, 200)}`;
  if (LEAKS.test(echoed)) return `leaks: ${body.detail.slice(0, 300)}`;
  if (unknown) {
    if (status !== 400 || body.code !== 'unknown_property') return `${status} ${body.code} for an unknown key`;
    if (!body.detail.includes(unknown.key)) return `does not name ${unknown.key}: ${body.detail}`;
    if (unknown.likely && !body.detail.includes(`did you mean "${unknown.likely}"?`))
      return `does not suggest ${unknown.likely}: ${body.detail}`;
  }
  return undefined;
}

/** Sends all of them; a line for each one that was not answered as it should be. */
async function offences(cases: Case[], authorization?: string): Promise<string[]> {
  const found: string[] = [];
  await inBatches(cases, AT_ONCE, async (one) => {
    const { operation, name, call } = one;
    const headers = { ...(authorization ? { authorization } : {}), ...call.headers };
    const said = await answerTo({ ...call, headers }).then(
      (answer) => complaint(one, ofItem(answer)),
      (error: Error) => error.message.slice(0, 300),
    );
    if (said) found.push(`${operation.method} ${operation.path}  ${name}  →  ${said}`);
  });
  return found.sort();
}

/** What a bulk request says of its only item stands for what would be said of it alone. */
function ofItem(answer: Timed): Timed {
  const { data } = answer.body as { data?: { outcome?: string; problem?: { status: number } | null }[] };
  const problem = Array.isArray(data) && data.length === 1 && data[0]?.outcome === 'refused' && data[0].problem;
  if (answer.status !== 200 || !problem) return answer;
  const headers = { ...answer.headers, 'content-type': 'application/problem+json' };
  return { ...answer, headers, status: problem.status, body: problem as unknown as Timed['body'] };
}

/** The answer; a stale version is not what these tests are about, and one slow answer may be the machine's fault. */
async function answerTo(call: Call): Promise<Timed> {
  const answer = await checked(app.url, call);
  const { currentVersion } = answer.body as { currentVersion?: number };
  const stale =
    answer.status === 412 &&
    currentVersion !== undefined &&
    call.method !== 'DELETE' &&
    /^"\d{1,9}"$/.test(String(call.headers?.['if-match']));
  const repeated = stale ? { ...call, headers: { ...call.headers, 'if-match': `"${currentVersion}"` } } : call;
  return stale || answer.ms > SLOW_MS ? checked(app.url, repeated) : answer;
}

const bearer = () => `Bearer ${admin.accessToken}`;

function report(found: string[]): void {
  expect(found.slice(0, 60), `${found.length} offences`).toEqual([]);
}

function bodyCases(mutationsOf: (operation: Operation) => Mutation[]): Case[] {
  return operations.flatMap((operation) => {
    if (!jsonBody(operation)) return [];
    return mutationsOf(operation).map(({ name, body, hostile, unknown }) => ({
      operation,
      name,
      refused: hostile || !isValid(operation, body),
      ...(unknown ? { unknown } : {}),
      call: { method: operation.method, path: pathOf(operation, stage), headers: headersOf(operation, stage), body },
    }));
  });
}

function isValid({ operationId }: Operation, body: string | Uint8Array): boolean {
  try {
    return validators.get(operationId)!(JSON.parse(body.toString()));
  } catch {
    return false;
  }
}

describe('A request by the examples of the document', () => {
  it('is understood by every operation, so that what follows fails for its own reason', async () => {
    const misunderstood: string[] = [];
    for (const operation of operations.filter(({ method }) => method !== 'DELETE')) {
      const call = plausible(document, operation, stage);
      const answer = await checked(app.url, { ...call, headers: { ...call.headers, authorization: bearer() } });
      // The password in the example is, of course, not that of whoever calls; nor is the code.
      if (['wrong_password', 'wrong_code'].includes(answer.body.code)) continue;
      if ([400, 403, 405, 413, 415, 422, 428].includes(answer.status) || answer.status >= 500)
        misunderstood.push(`${operation.method} ${operation.path}: ${answer.status} ${answer.body.detail}`);
    }
    expect(misunderstood).toEqual([]);
  });
});

describe('A hostile body', () => {
  it('is refused field by field', async () => {
    const cases = bodyCases((operation) => {
      const { schema } = jsonBody(operation)!;
      return bodyMutations(document, schema, exampleBody(document, operation, stage)!);
    });
    expect(cases.length).toBeGreaterThan(1000);
    report(await offences(cases, bearer()));
  }, 120_000);

  it('is refused as a whole', async () => {
    const cases = bodyCases((operation) => brokenBodies(exampleBody(document, operation, stage)!, BODY_LIMIT));
    report(await offences(cases, bearer()));
  });
});

describe('A hostile query', () => {
  it('is refused, and an unknown parameter is named with the likely one', async () => {
    report(await offences(operations.flatMap(queryCases), bearer()));
  });

  it('with a cursor that was cut, changed, forged or made for another list is refused', async () => {
    const lists = operations.filter((operation) =>
      parametersIn(operation, 'query').some(({ name }) => name === 'cursor'),
    );
    const cursors = new Map<Operation, string>();
    // Each list needs two rows; sessions may have been signed out everywhere by now.
    const { email, password } = admin;
    for (let session = 0; session < 2; session++) await app.anyone.post('/v1/auth/login', { email, password });
    await addPasskeys(2);
    await addIdentities(2);
    for (const operation of lists) {
      const { body } = await get(`${pathOf(operation, stage)}?limit=1`);
      if (typeof body.nextCursor === 'string') cursors.set(operation, body.nextCursor);
    }
    expect(lists.filter((operation) => !cursors.has(operation)).map(({ path }) => path)).toEqual([]);
    const cases = lists.flatMap((operation) => {
      const own = cursors.get(operation)!;
      const foreign = lists.filter((other) => other !== operation && !sameList(operation, other));
      return [
        ...badCursors(own).map(([name, cursor]): Case => cursorCase(operation, name, { cursor })),
        ...foreign.map((other): Case => cursorCase(operation, `of ${other.path}`, { cursor: cursors.get(other)! })),
        ...otherFilters(operation).map((filter) =>
          cursorCase(operation, `with ${Object.keys(filter)}`, { ...filter, cursor: own }),
        ),
      ];
    });
    report(await offences(cases, bearer()));
  });
});

/** Rows of a list that only a browser can make. */
async function addPasskeys(count: number): Promise<void> {
  await app.db.query(
    `INSERT INTO auth.passkeys (id, user_id, credential_id, public_key, counter, transports, synced, name)
     SELECT gen_random_uuid(), $1, decode(md5(n::text), 'hex'), '', 0, '{}', false, n::text FROM generate_series(1, $2) n`,
    [admin.id, count],
  );
}

async function addIdentities(count: number): Promise<void> {
  await app.db.query(
    `INSERT INTO auth.identities (id, user_id, provider, issuer, subject)
     SELECT gen_random_uuid(), $1, 'google', 'https://accounts.example.com', n::text FROM generate_series(1, $2) n`,
    [admin.id, count],
  );
}

/** Your own orders are a part of all orders: an administrator's cursor fits both. */
const sameList = (one: Operation, other: Operation): boolean =>
  [one, other].every(({ path }) => path.endsWith('/orders'));

const get = (path: string) => checked(app.url, { method: 'GET', path, headers: { authorization: bearer() } });

function cursorCase(operation: Operation, name: string, query: Record<string, string>): Case {
  const path = `${pathOf(operation, stage)}?${new URLSearchParams({ limit: '1', ...query })}`;
  return { operation, name: `cursor ${name}`, refused: true, call: { method: 'GET', path } };
}

/** The tag of a cursor is no secret: whoever forges the values behind it must not reach the database with them. */
function badCursors(good: string): [string, string][] {
  const [tag, ...values] = JSON.parse(Buffer.from(good, 'base64url').toString()) as unknown[];
  const forged = (...others: unknown[]) => Buffer.from(JSON.stringify([tag, ...others])).toString('base64url');
  const all = (value: unknown) => forged(...values.map(() => value));
  return [
    ['garbage', 'garbage'],
    ['of white space', '  '],
    ['cut', good.slice(0, -3)],
    ['changed', `${good.slice(0, 4)}${good[4] === 'A' ? 'B' : 'A'}${good.slice(5)}`],
    ['with more', `${good}AAAA`],
    ['of 5000 characters', 'A'.repeat(5000)],
    ['with NUL', `${good}\0`],
    ['of JSON null', Buffer.from('null').toString('base64url')],
    ['of an empty list', Buffer.from('[]').toString('base64url')],
    ['of an object', Buffer.from('{"0":1}').toString('base64url')],
    ['forged without values', forged()],
    ['forged with one value too many', forged(...values, 'x')],
    ['forged with null', all(null)],
    ['forged with text', all('x')],
    ['forged with NUL', all('\0')],
    ['forged with a lone surrogate', all('\ud800')],
    ['forged with an object', all({ a: 1 })],
    ['forged with a list', all([1, 2])],
    ['forged with a huge number', all(1e300)],
    ['forged with a huge date', all('+275760-09-13T00:00:00.000Z')],
    ['forged with infinity', all('infinity')],
    ...values.map((_, index): [string, string] => [
      `forged in value ${index}`,
      forged(...values.map((value, at) => (at === index ? 'zz' : value))),
    ]),
  ];
}

/** What rows show; neither which rows there are nor their order. */
const SHAPES = ['fields', 'include', 'locale'];

/** Each filter that the list has, with a value that it takes. */
function otherFilters(operation: Operation): Record<string, string>[] {
  return parametersIn(operation, 'query').flatMap(({ name, schema }) => {
    if (['cursor', 'limit', ...SHAPES].includes(name) || schema.type === 'object') return [];
    const value =
      schema.enum?.find((one) => one !== schema['default']) ??
      (schema['examples'] as string[] | undefined)?.[0] ??
      (schema.type === 'boolean' ? 'true' : randomUUID());
    return [{ [name]: String(value) }];
  });
}

function queryCases(operation: Operation): Case[] {
  const known = parametersIn(operation, 'query');
  const base = plausible(document, operation, stage);
  const make = (query: string, refused = true, unknown?: Mutation['unknown']): Case => ({
    operation,
    name: `?${query}`.slice(0, 80),
    refused,
    ...(unknown ? { unknown } : {}),
    call: { ...base, path: `${pathOf(operation, stage)}?${query}` },
  });
  const longest = known.map(({ name }) => name).toSorted((a, b) => b.length - a.length)[0];
  return [
    make('zzqqzz=1', true, { key: 'zzqqzz' }),
    make('toString=1', true, { key: 'toString' }),
    make('__proto__=1', true),
    make('__proto__[a]=1', true),
    make('constructor=1', true),
    make('%00=1', true),
    make('%ff=1', true),
    make('%zz=1', true),
    make(Array.from({ length: 500 }, (_, index) => `k${index}=1`).join('&'), true),
    ...(longest
      ? [make(`${longest.slice(0, -1)}_=1`, true, { key: `${longest.slice(0, -1)}_`, likely: longest })]
      : []),
    ...known.flatMap(({ name, schema }) => {
      const good = encodeURIComponent(
        String(schema.enum?.[0] ?? (schema['examples'] as Json[] | undefined)?.[0] ?? '1'),
      );
      const values =
        schema.type === 'integer' ? OF_INTEGERS : schema.enum || schema.type === 'boolean' ? OF_CHOICES : OF_WORDS;
      const { minimum = 0, maximum = 0 } = schema as { minimum?: number; maximum?: number };
      const bounds =
        schema.type === 'integer' ? [minimum - 1, maximum + 1].map((value) => make(`${name}=${value}`)) : [];
      return [
        ...bounds,
        ...values.map(([value, refused]) => make(`${name}=${value}`, refused)),
        make(`${name}=${good}&${name}=${good}`),
        make(`${name}[]=${good}`),
        ...(schema.type === 'object'
          ? OF_MAPS.map((pair) => make(`${name}${pair.replace('option', name)}`))
          : [make(`${name}[a]=${good}`), make(`${name}[0]=${good}`)]),
      ];
    }),
  ];
}

const OF_INTEGERS: [string, boolean][] = [
  '',
  '%20',
  'abc',
  '1.5',
  '-0',
  '0x10',
  '1e1',
  '%201',
  '1%00',
  'NaN',
  'Infinity',
  '9007199254740993',
  '9'.repeat(400),
  'true',
  'null',
  '%F0%9D%9F%8F',
  '1_0',
  '01',
].map((value) => [value, true]);
const OF_CHOICES: [string, boolean][] = ['', 'nonsense', 'toString', '%00', '1', 'TRUE'].map((value) => [value, true]);
const OF_WORDS: [string, boolean][] = [
  ['%00', true],
  ['a%00b', true],
  ['%07', false],
  ['%ff', false],
  ['%zz', false],
  ['%ED%A0%80', false],
  ['a'.repeat(5000), true],
  ["'%20OR%201=1--", false],
  ['%25', false],
  ['%5C', false],
  ['%28%28%28', false],
  ['%22unclosed', false],
  [':*%20%26%20!%7C', false],
  ['-', false],
  [`${'a%20or%20'.repeat(20)}`, false],
];
const OF_MAPS = [
  '=x',
  '[]=x',
  '[a]=',
  '[a]=%00',
  '[%00]=a',
  '[a][b]=c',
  '[a]=x&option[a]=y',
  '[__proto__]=x',
  '[constructor]=x',
  '[a]',
  `[${'a'.repeat(200)}]=x`,
];

describe('A hostile path', () => {
  it('is refused in each place that takes an id', async () => {
    const cases = operations.flatMap((operation) =>
      parametersIn(operation, 'path').flatMap(({ name }) =>
        BAD_IDS.map(([what, id]): Case => {
          const base = plausible(document, operation, stage);
          return {
            operation,
            name: `{${name}} ${what}`,
            // Taking out what is not in there is no mistake.
            refused: operation.method !== 'DELETE' || !UNKNOWN.has(what),
            call: { ...base, path: pathOf(operation, stage, { [name]: id }) },
          };
        }),
      ),
    );
    expect(cases.length).toBeGreaterThan(100);
    report(await offences(cases, bearer()));
  });

  it('that leads nowhere is a 404, and a method that is not there no worse', async () => {
    const paths = [
      '/',
      '/v1',
      '/v1/',
      '/v2/products',
      '/v1/products/',
      '//v1/products',
      '/v1//products',
      '/v1/../v1/products',
      '/v1/%2e%2e/etc/passwd',
      '/%00',
      '/%zz',
      '/v1/products/%E0%A4%A',
      '/docs/problems/%00',
      '/docs/problems/nonsense',
      '/docs/../package.json',
      '/docs/%2e%2e/%2e%2e/package.json',
      '/.git/config',
      '/v1/carts/x/y/z',
      `/${'a'.repeat(8000)}`,
      '/v1/products;a=b',
      '*',
    ];
    const found: string[] = [];
    for (const path of paths) {
      const answer = await send(app.url, { method: 'GET', path, headers: { authorization: bearer() } });
      if (![400, 404].includes(answer.status)) found.push(`${path.slice(0, 60)}: ${answer.status}`);
      else if (!codes.has(answer.body.code))
        found.push(`${path.slice(0, 60)}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'OPTIONS', 'REPORT']) {
      const answer = await send(app.url, { method, path: '/v1/ledger/balances', headers: { authorization: bearer() } });
      if (answer.status < 400 || answer.status >= 500 || !codes.has(answer.body.code))
        found.push(`${method}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
    }
    report(found);
  });
});

const UNKNOWN = new Set(['unknown', 'nil']);
const BAD_IDS: [string, string][] = [
  ['unknown', '01981f3c-6f0f-7cc0-a2c5-000000000000'],
  ['nil', '00000000-0000-0000-0000-000000000000'],
  ['no UUID', 'not-a-uuid'],
  ['number', '1'],
  ['cut', '01981f3c-6f0f-7cc0-a2c5-00000000000'],
  ['in braces', '%7B01981f3c-6f0f-7cc0-a2c5-000000000000%7D'],
  ['300 characters', 'a'.repeat(300)],
  ['190 characters', 'a'.repeat(190)],
  ['NUL', '%00'],
  ['text with NUL', 'a%00b'],
  ['line break', 'a%0d%0aSet-Cookie:%20a=b'],
  ['two dots', '..'],
  ['encoded dots', '%2e%2e'],
  ['encoded slash', 'a%2Fb'],
  ['encoded lone surrogate', '%ED%A0%80'],
  ['broken UTF-8', '%ff'],
  ['broken encoding', '%zz'],
  ['SQL', "'%20OR%20'1'='1"],
  ['percent', '%25'],
  ['white space', '%20'],
  ['emoji', '%F0%9F%92%A3'],
  ['__proto__', '__proto__'],
  ['null', 'null'],
];

describe('A hostile header', () => {
  it('is refused where it means something', async () => {
    const cases = operations.flatMap((operation) => [
      ...parametersIn(operation, 'header').flatMap(({ name }) => headerCases(operation, name)),
      ...(isAnonymous(operation) ? [] : BAD_TOKENS.map((value) => headerCase(operation, 'Authorization', value))),
      ...(jsonBody(operation) ? BAD_TYPES.map((value) => headerCase(operation, 'Content-Type', value)) : []),
    ]);
    report(await offences(cases, bearer()));
  });

  it('X-Request-Id is taken when it is sane, and replaced when it is not', async () => {
    const sent = (id: string | string[]) =>
      send(app.url, { method: 'GET', path: '/health/live', headers: { 'x-request-id': id } });
    expect((await sent('order-7/retry:1')).headers['x-request-id']).toBe('order-7/retry:1');
    for (const id of ['a'.repeat(101), 'a'.repeat(9000), '<script>', 'a b', '', "a'b", '\u00e4', ['a', 'b']]) {
      const { status, headers } = await sent(id);
      expect(status).toBe(200);
      expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    }
  });

  it('cannot split an answer, smuggle a request or make the server wait', async () => {
    const attempts: [string, string][] = [
      ['no HTTP', 'hello\r\n\r\n'],
      ['huge header', `GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`],
      ['header without colon', 'GET /health/live HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n'],
      ['bare line feeds', 'GET /health/live HTTP/1.1\nHost: a\nX-Request-Id: a\nb\n\n'],
      ['folded header', 'GET /health/live HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\r\n Set-Cookie: b=c\r\n\r\n'],
      [
        'length and chunks',
        'POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
      ],
      [
        'two lengths',
        'POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}',
      ],
      ['negative length', 'POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}'],
      [
        'bad chunk',
        'POST /v1/carts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
      ],
      ['NUL in a header', 'GET /health/live HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\0b\r\n\r\n'],
    ];
    const found: string[] = [];
    for (const [name, bytes] of attempts) {
      const said = await raw(app.url, bytes);
      const [status = ''] = said.split('\r\n');
      if (!/^HTTP\/1\.1 4\d\d /.test(status)) found.push(`${name}: ${status || 'nothing'}`);
      else if (!/content-type: application\/problem\+json/i.test(said) || !/"code":"malformed_request"/.test(said))
        found.push(`${name}: no problem: ${said.slice(0, 300)}`);
      if (/set-cookie/i.test(said) || LEAKS.test(said)) found.push(`${name}: leaks ${said.slice(0, 300)}`);
    }
    report(found);
  });
});

function headerCase(operation: Operation, name: string, value: string, refused = true): Case {
  const base = plausible(document, operation, stage);
  const headers = { ...base.headers, [name.toLowerCase()]: value };
  return { operation, name: `${name}: ${value.slice(0, 60)}`, refused, call: { ...base, headers } };
}

function headerCases(operation: Operation, name: string): Case[] {
  if (name === 'Idempotency-Key') return BAD_KEYS.map((value) => headerCase(operation, name, value));
  if (name === 'If-Match') return BAD_TAGS.map((value) => headerCase(operation, name, value));
  return BAD_TAGS.map((value) => headerCase(operation, name, value, false));
}

const BAD_KEYS = [
  '',
  ' ',
  'a'.repeat(256),
  'a'.repeat(8000),
  'a b',
  '\u00e4\u00f6',
  '\u007f'.replace('\u007f', '\u00ff'),
];
const BAD_TAGS = [
  '',
  '*',
  '1',
  'W/"1"',
  '""',
  '"1", 2',
  '"abc"',
  '"-1"',
  '"1.5"',
  '"1',
  '"99999999999999999999"',
  '"999999999999999"',
  '"2147483648"',
  "'1'",
  '"1" OR 1=1',
  'a'.repeat(8000),
];
const BAD_TOKENS = [
  '',
  'Bearer',
  'Bearer ',
  'Basic YTpi',
  'Bearer a',
  'Bearer a.b.c',
  'Bearer ..',
  'Bearer \u00e4\u00f6',
  `Bearer ${'a'.repeat(9000)}`,
  'Bearer null',
  'Negotiate abc',
  'Bearer eyJhbGciOiJub25lIn0.e30.',
];
const BAD_TYPES = [
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'application/jsonx',
  'json',
  ';',
  'application/octet-stream',
  'text/json',
];

describe('Someone who is not signed in', () => {
  it('gets no further with hostile bodies and queries', async () => {
    const bodies = bodyCases((operation) => brokenBodies(exampleBody(document, operation, stage)!, BODY_LIMIT));
    const queries = operations.flatMap(queryCases);
    // Whoever is not signed in learns nothing of what is known behind the door.
    const cases = [...bodies, ...queries].map(
      ({ unknown, ...one }): Case => ({
        ...one,
        ...(unknown && isPublic(one.operation) ? { unknown } : {}),
      }),
    );
    report(await offences(cases));
  });

  it('may not send a body where none is read, unless it is harmless', async () => {
    const cases = operations
      .filter((operation) => !operation.requestBody)
      .flatMap((operation) =>
        (['{', '{"a":1}', '[]', 'x'.repeat(BODY_LIMIT + 1)] as const).flatMap((body) =>
          ['application/json', 'text/plain'].map((type): Case => {
            const base = plausible(document, operation, stage);
            return {
              operation,
              name: `${type} ${body.slice(0, 10)}`,
              refused: false,
              call: { ...base, body, headers: { ...base.headers, 'content-type': type } },
            };
          }),
        ),
      );
    report(await offences(cases));
  });
});

describe('A rule of a request', () => {
  it('is not lost in a subclass that names the property again', () => {
    const lost: string[] = [];
    for (const type of requestClasses()) {
      const parent = Object.getPrototypeOf(type) as new () => object;
      const inherited = parent.prototype ? rulesOf(parent) : new Map<string, Set<string>>();
      const own = rulesOf(type);
      for (const [property, rules] of inherited) {
        const missing = [...rules].filter((rule) => !own.get(property)?.has(rule));
        if (missing.length > 0) lost.push(`${type.name}.${property} loses ${missing}`);
      }
    }
    expect(lost).toEqual([]);
  });
});

/** Every class that has rules of its own. */
function requestClasses(): (new () => object)[] {
  const { validationMetadatas } = getMetadataStorage() as unknown as {
    validationMetadatas: Map<new () => object, unknown>;
  };
  return [...validationMetadatas.keys()];
}

function rulesOf(type: new () => object): Map<string, Set<string>> {
  const rules = new Map<string, Set<string>>();
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(type, '', true, false)) {
    rules.set(rule.propertyName, (rules.get(rule.propertyName) ?? new Set()).add(`${rule.type} ${rule.name ?? ''}`));
  }
  return rules;
}

describe('After all this', () => {
  it('the shop sells as before', async () => {
    expect((await app.anyone.get('/health/ready')).status).toBe(200);
    const article = await makeArticle(app, { stock: 3 });
    expect((await buy(app.as(await app.shopper()), article, { quantity: 3 })).status).toBe(201);
    expect((await buy(app.anyone, article)).body.code).toBe('out_of_stock');
    const objects: object = {};
    expect('isAdmin' in objects).toBe(false);
  });
});
