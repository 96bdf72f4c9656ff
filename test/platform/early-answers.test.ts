import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '#src/app.module.js';
import { ReadCache } from '#src/platform/index.js';
import { openLog } from '#src/platform/observability/log.js';
import { galley } from '../support/app.js';
import { type Booted, boot, type Environment } from '../support/boot.js';
import { until } from '../support/until.js';

const app = galley();
const PATH = '/v1/products?limit=50';

/** Of one request each; `ratelimit` counts down. */
const PASSING = ['date', 'x-request-id', 'ratelimit'];

interface Line {
  msg: string;
  requestId: string;
}

/** Galley with other settings, and what it logs. */
async function withSettings(environment: Environment): Promise<{ shop: Booted; lines: Line[] }> {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Line);
      done();
    },
  });
  const own = { DATABASE_URL: app.databaseUrl, GALLEY_DATA_DIR: app.dataDir };
  const shop = await boot({ ...own, ...environment }, AppModule, await openLog('info', stream));
  return { shop, lines };
}

const hits = ({ nest }: Booted): number => nest.get(ReadCache, { strict: false }).stats.hits;

const ORIGIN = 'https://shop.example.com';

describe.each<[string, Environment]>([
  ['nothing set', {}],
  ['a limit of requests', { GALLEY_RATE_LIMIT: '1000/60' }],
  ['no limit of requests', { GALLEY_RATE_LIMIT: 'off' }],
  ['several languages', { GALLEY_LOCALES: 'en,de' }],
  ['every origin', { GALLEY_CORS_ORIGINS: '*' }],
  ['some origins', { GALLEY_CORS_ORIGINS: `https://other.example.com,${ORIGIN}` }],
  ['HTTPS in front', { GALLEY_PUBLIC_URL: 'https://api.example.com' }],
])('With %s, what is kept is answered', (_, environment) => {
  let shop: Booted;
  beforeAll(async () => {
    ({ shop } = await withSettings(environment));
  }, 30_000);
  afterAll(() => shop.close());

  it.each<[string, number, Record<string, string>]>([
    ['nothing more', 1, {}],
    ['an origin that may', 2, { origin: ORIGIN }],
    ['an origin that may not', 3, { origin: 'https://evil.example.com' }],
    ['an encoding', 4, { 'accept-encoding': 'br' }],
    ['a language', 5, { 'accept-language': 'de' }],
  ])('with the headers of the first answer, to a request with %s', async (_what, limit, sent) => {
    const ask = async () => {
      const answer = await fetch(`${shop.url}/v1/products?limit=${limit}`, { headers: sent });
      const headers = [...answer.headers].filter(([name]) => !PASSING.includes(name));
      return { status: answer.status, headers: Object.fromEntries(headers), body: await answer.text() };
    };
    const first = await ask();
    const before = hits(shop);
    const second = await ask();
    expect(first.status).toBe(200);
    expect(hits(shop)).toBe(before + 1);
    expect(second).toEqual(first);
  });
});

describe('What is kept', () => {
  it('is logged and counted like other answers, with the address of who asks and the id of the request', async () => {
    const { shop, lines } = await withSettings({ GALLEY_TRUST_PROXY: '1' });
    try {
      const asked = { 'x-forwarded-for': '192.0.2.66, 192.0.2.7' };
      const logged: Line[] = [];
      for (const id of ['first-1', 'second-2']) {
        const answer = await fetch(`${shop.url}${PATH}`, { headers: { ...asked, 'x-request-id': id } });
        await answer.text();
        expect(answer.headers.get('x-request-id')).toBe(id);
        logged.push(await until(() => lines.find(({ requestId }) => requestId === id) ?? null));
      }
      const same = { level: 'info', method: 'GET', route: '/v1/products', path: '/v1/products', status: 200 };
      for (const line of logged) expect(line).toMatchObject({ ...same, address: '192.0.2.7', msg: 'request' });
      const metrics = await (await fetch(`${shop.url}/metrics`)).text();
      const count = 'galley_http_request_duration_seconds_count{method="GET",route="/v1/products",status="200"} 2';
      expect(metrics).toContain(count);
    } finally {
      await shop.close();
    }
  });

  it('is not logged for a request that turns out to be none', async () => {
    const { shop, lines } = await withSettings({ GALLEY_RATE_LIMIT: '1000/60' });
    try {
      await (await fetch(`${shop.url}${PATH}`)).text();
      const { hostname, port } = new URL(shop.url);
      const socket = connect(Number(port), hostname);
      let got = '';
      socket.on('data', (chunk: Buffer) => {
        got += chunk.toString();
      });
      const head = `GET ${PATH} HTTP/1.1\r\nHost: shop\r\nX-Request-Id: broken-1\r\nTransfer-Encoding: chunked\r\n\r\n`;
      socket.end(`${head}no chunk\r\n`);
      await once(socket, 'close');
      expect(got).toMatch(/^HTTP\/1.1 400 /);
      expect(lines.filter(({ requestId }) => requestId === 'broken-1')).toEqual([]);
    } finally {
      await shop.close();
    }
  });

  it('is not sent again to who has it, in whichever encoding', async () => {
    const { headers } = await app.anyone.get(PATH);
    for (const etag of [headers['etag']!, `W/${headers['etag']}`, headers['etag']!.replace(/"$/, '-br"'), '*']) {
      const again = await fetch(`${app.url}${PATH}`, { headers: { 'if-none-match': etag } });
      expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' });
    }
  });

  it('counts for the limit of an address, which is told so when it has used it up', async () => {
    const { shop } = await withSettings({ GALLEY_RATE_LIMIT: '3/600', GALLEY_TRUST_PROXY: 'true' });
    try {
      const ask = (address: string) => fetch(`${shop.url}${PATH}`, { headers: { 'x-forwarded-for': address } });
      const answers = [];
      for (let count = 1; count <= 4; count++) answers.push(await ask('192.0.2.1'));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
      expect(answers.map(({ headers }) => /r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1])).toEqual([
        '2',
        '1',
        '0',
        '0',
      ]);
      expect(await answers[3]?.json()).toMatchObject({ code: 'rate_limited' });
      expect((await ask('192.0.2.2')).status).toBe(200);
    } finally {
      await shop.close();
    }
  });

  it('is nothing to a HEAD, a POST or a request with a token', async () => {
    await app.anyone.get(PATH);
    const statuses = [];
    for (const init of [
      { method: 'HEAD' },
      { method: 'POST' },
      { headers: { authorization: 'Bearer nonsense' } },
    ] as RequestInit[]) {
      statuses.push((await fetch(`${app.url}${PATH}`, init)).status);
    }
    expect(statuses).toEqual([200, 401, 401]);
  });

  it('is answered to several requests of one connection in their order', async () => {
    await app.anyone.get(PATH);
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    let got = '';
    socket.on('data', (chunk: Buffer) => {
      got += chunk.toString();
    });
    const asked = ['kept-1', 'health', 'kept-2'];
    for (const id of asked) {
      const path = id === 'health' ? '/health/live' : PATH;
      socket.write(`GET ${path} HTTP/1.1\r\nHost: shop\r\nX-Request-Id: ${id}\r\n\r\n`);
    }
    await until(() => (got.match(/x-request-id: /gi)?.length === 3 ? true : null));
    socket.destroy();
    expect([...got.matchAll(/x-request-id: (\S+)/gi)].map(([, id]) => id)).toEqual(asked);
  });
});
