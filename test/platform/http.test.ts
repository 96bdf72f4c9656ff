import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { allProblems } from '#src/platform/errors/refusal.js';
import { openLog } from '#src/platform/observability/log.js';
import { galley } from '../support/app.js';

const app = galley({
  GALLEY_CORS_ORIGINS: 'https://shop.example.com,https://till.example.com',
  GALLEY_BODY_LIMIT: '20000',
});

const LOGIN = '/v1/auth/login';
const register = (body: unknown) => app.anyone.send('POST', '/v1/auth/register', body);

describe('request ids', () => {
  it('are taken from the caller when they are sane', async () => {
    const { headers, body } = await app.anyone.get('/v1/nothing', { 'x-request-id': 'partner-4711/a:b' });
    expect({ header: headers['x-request-id'], body: body.requestId }).toEqual({
      header: 'partner-4711/a:b',
      body: 'partner-4711/a:b',
    });
  });

  it.each([['none'], ['with blanks in it'], ['<script>'], ['x'.repeat(101)]])('are made up for %s', async (given) => {
    const { headers } = await app.anyone.get('/health/live', given === 'none' ? {} : { 'x-request-id': given });
    expect(headers['x-request-id']).toMatch(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/);
  });
});

describe('problems', () => {
  it('have a page each, which their type leads to', async () => {
    const { body } = await app.anyone.get('/v1/nothing');
    expect(body).toMatchObject({
      status: 404,
      code: 'not_found',
      instance: '/v1/nothing',
      type: `${app.url}/docs/problems/not_found`,
    });
    for (const { code, title, cause } of allProblems()) {
      const page = await fetch(`${app.url}/docs/problems/${code}`);
      expect({ code, status: page.status }).toEqual({ code, status: 200 });
      const html = await page.text();
      expect(html).toContain(title.replaceAll('&', '&#38;'));
      expect(html.replace(/<[^>]*>/g, '')).toContain(cause.replaceAll('`', '').slice(0, 20));
    }
    expect((await fetch(`${app.url}/docs/problems/made_up`)).status).toBe(404);
    expect(await (await fetch(`${app.url}/docs/problems`)).text()).toContain('/docs/problems/rate_limited');
  });
});

describe('queries', () => {
  it.each([
    ['/v1/products?limt=5', '?limt', '"limt" is not known here; did you mean "limit"?'],
    ['/v1/products?zzz=5', '?zzz', '"zzz" is not known here.'],
    ['/v1/categories?limit=5', '?limit', '"limit" is not known here.'],
    ['/v1/brands/coffee?limit=5', '?limit', '"limit" is not known here: this operation takes no query parameters.'],
    ['/health/live?x', '?x', '"x" is not known here: this operation takes no query parameters.'],
  ])('%s is refused by name', async (path, pointer, message) => {
    const { status, body } = await app.anyone.get(path);
    expect({ status, code: body.code, errors: body.errors }).toEqual({
      status: 400,
      code: 'unknown_property',
      errors: [{ pointer, code: 'unknown', message }],
    });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1e2', 'limit=', 'limit=5&limit=6', 'cursor=%00', 'cursor=x', '%'])(
    '?%s is refused',
    async (query) => {
      const { status, body } = await app.anyone.get(`/v1/products?${query}`);
      expect([400, 422]).toContain(status);
      expect(body.code).toMatch(/^(malformed_request|validation_failed|invalid_cursor|unknown_property)$/);
    },
  );
});

describe('bodies', () => {
  it.each<[string, string | Uint8Array, number, string]>([
    ['broken JSON', '{"email": "a@example.com",', 400, 'malformed_request'],
    ['nothing', '', 400, 'malformed_request'],
    ['a list', '[]', 400, 'malformed_request'],
    ['null', 'null', 400, 'malformed_request'],
    ['a number', '42', 400, 'malformed_request'],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      400,
      'malformed_request',
    ],
    ['deep nesting', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`, 400, 'malformed_request'],
    ['deep lists', `{"email":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400, 'malformed_request'],
    ['__proto__', '{"__proto__": {"admin": true}}', 400, 'malformed_request'],
    ['an escaped __proto__', '{"__pr\\u006fto__": {"admin": true}}', 400, 'malformed_request'],
    ['constructor', '{"constructor": {"prototype": {"admin": true}}}', 400, 'malformed_request'],
    ['more than the limit', `{"email": "${'a'.repeat(21_000)}"}`, 413, 'body_too_large'],
    ['wrong types', '{"email": {"$ne": null}, "password": ["x"]}', 422, 'validation_failed'],
    ['a huge number', '{"email": 1e400, "password": 99999999999999999999999}', 422, 'validation_failed'],
  ])('of %s are refused', async (_, sent, status, code) => {
    const answer = await app.anyone.send(
      'POST',
      LOGIN,
      sent,
      sent.length === 0 ? { 'content-type': 'application/json' } : {},
    );
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('that are refused do not cost the connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports: unknown[] = [];
    for (const sent of ['{"email":', `"${'a'.repeat(3_000_000)}"`, '{}']) {
      const calling = request(`${app.url}${LOGIN}`, {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': sent.length },
      });
      calling.end(sent);
      const [answer] = (await once(calling, 'response')) as [IncomingMessage];
      ports.push([answer.statusCode, answer.socket.localPort]);
      answer.resume();
      await once(answer, 'end');
    }
    agent.destroy();
    const [[, port]] = ports as [[number, number]];
    expect(ports).toEqual([400, 413, 422].map((status) => [status, port]));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    'of type %s are refused',
    async (type) => {
      const { status, body } = await app.anyone.send('POST', LOGIN, 'email=a', { 'content-type': type });
      expect({ status, code: body.code }).toEqual({ status: 415, code: 'unsupported_media_type' });
    },
  );

  it('name the key that is not known, and the likely one', async () => {
    const { status, body } = await register({ email: 'key@example.com', pasword: 'correct horse' });
    expect({ status, errors: body.errors }).toEqual({
      status: 400,
      errors: [
        { pointer: '/pasword', code: 'unknown', message: '"pasword" is not known here; did you mean "password"?' },
      ],
    });
  });

  it('list everything that is wrong, each with its place', async () => {
    const { status, body } = await register({ email: 'no address', password: 'short' });
    expect(status).toBe(422);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/email', '/password']);
  });

  it.each([
    ['a NUL', 'Ada\u0000', 422],
    ['a control character', 'Ada\u0007', 422],
    ['half a surrogate pair', '"Ada\\ud800"', 422],
    ['a line break', 'Ada\nLovelace', 422],
    ['blanks alone', '   ', 422],
    ['emoji, accents, right-to-left', 'Zoë 👩🏽‍🍳 שלום', 201],
  ])('may have %s in a name or not: %s is %i', async (_, name, status) => {
    const json = name.startsWith('"') ? name : JSON.stringify(name);
    const email = `name${Math.random().toString(36).slice(2)}@example.com`;
    const answer = await register(`{"email": "${email}", "password": "correct horse", "name": ${json}}`);
    expect(answer.status).toBe(status);
    if (status === 201) expect(answer.body.user.name).toBe(name);
  });
});

describe('CORS', () => {
  it('lets the listed origins in and no other', async () => {
    const allowed = async (origin: string) =>
      (await fetch(`${app.url}/v1/products`, { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await allowed('https://shop.example.com')).toBe('https://shop.example.com');
    expect(await allowed('https://till.example.com')).toBe('https://till.example.com');
    expect(await allowed('https://shop.example.com.evil.example')).toBeNull();
    expect(await allowed('null')).toBeNull();
  });

  it('answers the question before a request with keys', async () => {
    const preflight = await fetch(`${app.url}/v1/orders`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'idempotency-key,authorization',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/authorization.*idempotency-key/);
  });
});

describe('the log', () => {
  it('never has a password, a token or an address in it, wherever they stand', async () => {
    let written = '';
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written += String(chunk);
        done();
      },
    });
    const log = await openLog('trace', stream);
    const secret = 'correct horse battery';
    log.info({ password: secret, body: { password: secret, user: { token: secret, email: 'ada@example.com' } } }, 'x');
    log.info(
      {
        req: { headers: { authorization: `Bearer ${secret}`, cookie: secret } },
        accessToken: secret,
        refreshToken: secret,
      },
      'y',
    );
    log.error({ err: Object.assign(new Error('no'), { secret }) }, 'z');
    expect(written.trim().split('\n')).toHaveLength(3);
    expect(written).not.toMatch(/correct horse|ada@example/);
    expect(written).toContain('[redacted]');
  });
});

describe('browsers are told', () => {
  const NOTHING = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";
  const policyOf = async (path: string) => (await fetch(app.url + path)).headers.get('content-security-policy');

  it.each(['/v1/products', '/v1/nothing', '/health/live', '/metrics', '/openapi.json', '/docsy'])(
    'to run and load nothing, and to show it in no frame, should %s be opened as a page',
    async (path) => {
      // Worked out, and then from the cache.
      expect([await policyOf(path), await policyOf(path)]).toEqual([NOTHING, NOTHING]);
    },
  );

  it.each(['/docs', '/docs/problems', '/docs/problems/not_found', '/docs/mail'])(
    'to load for %s what comes from here',
    async (path) => {
      expect(await policyOf(path)).toMatch(/^default-src 'self';.*frame-ancestors 'self';/);
      const { headers } = await fetch(app.url + path);
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  it('to keep to the type that an answer names', async () => {
    for (const path of ['/v1/products', '/docs'])
      expect((await fetch(app.url + path)).headers.get('x-content-type-options')).toBe('nosniff');
  });
});
