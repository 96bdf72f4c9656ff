import { request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Notifications, ReadCache } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import { type GalleyProcess, startProcess } from '../support/process.js';
import { until } from '../support/until.js';
import { ifMatch, isKept, makeProduct, ofRequest } from './catalog-support.js';

const app = galley();
let staff: Person;
let other: GalleyProcess;

beforeAll(async () => {
  staff = await app.staff();
  other = await startProcess({ DATABASE_URL: app.databaseUrl, GALLEY_DATA_DIR: app.dataDir });
}, 30_000);
afterAll(() => other?.kill());

/** As it comes over the wire: fetch would undo the encoding. */
function raw(path: string, headers: Record<string, string>) {
  return new Promise<{ status: number | undefined; headers: Record<string, unknown>; bytes: Buffer }>(
    (resolve, reject) => {
      httpRequest(`${app.url}${path}`, { headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) });
        });
      })
        .on('error', reject)
        .end();
    },
  );
}

const compressed = (path: string, encoding: string) =>
  until(async () => {
    const answer = await raw(path, { 'accept-encoding': encoding });
    return answer.headers['content-encoding'] ? answer : null;
  });

describe('What everyone reads', () => {
  it('is new in every other process within a tenth of a second after it was changed', async () => {
    const product = await makeProduct(app, staff);
    const there = async () =>
      (await (await fetch(`${other.url}/v1/products/${product.id}`)).json()) as { name: string };
    const delays: number[] = [];
    let version = product.version;
    for (let round = 0; round < 9; round++) {
      // Kept there, so that only a notice can drop it.
      await there();
      await there();
      const name = `Name ${round}`;
      const { body } = await app.as(staff).patch(`/v1/products/${product.id}`, { name }, ifMatch(version));
      version = body.version;
      const began = performance.now();
      await until(async () => ((await there()).name === name ? true : null));
      delays.push(performance.now() - began);
    }
    delays.sort((a, b) => a - b);
    expect(delays[4]).toBeLessThan(100);
  });

  it('is soon new in other processes also when whoever changed it could not tell them at once', async () => {
    const product = await makeProduct(app, staff);
    const there = async () =>
      (await (await fetch(`${other.url}/v1/products/${product.id}`)).json()) as { name: string };
    await there();
    await there();
    // Its own connection alone breaks: the other process has no reason to start afresh.
    const { client } = app.service(Notifications) as unknown as { client: { processID: number } };
    await app.db.query('SELECT pg_terminate_backend($1)', [client.processID]);
    await app.as(staff).patch(`/v1/products/${product.id}`, { name: 'Told late' }, ifMatch(product.version));
    const began = performance.now();
    await until(async () => ((await there()).name === 'Told late' ? true : null));
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('is worked out once for 500 who wait for it', async () => {
    const product = await makeProduct(app, staff);
    const path = `/v1/products/${product.slug}?currency=EUR`;
    const statements = await app.statements(async () => {
      const answers = await Promise.all(Array.from({ length: 500 }, () => app.anyone.get(path)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    });
    expect(ofRequest(statements)).toHaveLength(1);
  });

  it('is one answer for all channels that no price list names, and another once one is named', async () => {
    const product = await makeProduct(app, staff);
    const variantId = product.variants[0]?.id;
    const path = `/v1/products/${product.id}`;
    const bytes = () => app.service(ReadCache).bytes;
    await app.anyone.get(`${path}?channel=kiosk`);
    await app.anyone.get(`${path}?channel=kiosk`);
    const before = bytes();
    const made = Array.from({ length: 50 }, (_, number) => `${path}?channel=made-up-${number}`);
    const statements = await app.statements(() => Promise.all(made.map((one) => app.anyone.get(one))));
    expect(ofRequest(statements)).toEqual([]);
    // Compressing what is there may still add to it.
    expect(bytes()).toBeLessThan(3 * before);
    expect(ofRequest(await app.statements(() => app.anyone.get(`${path}?fields=id&channel=x`)))).toHaveLength(1);
    expect(ofRequest(await app.statements(() => app.anyone.get(`${path}?fields=id&channel=y`)))).toEqual([]);

    const amountsAt = async (url: string) => {
      const read = async (query: string) => {
        const { variants } = (await (await fetch(`${url}${path}${query}`)).json()) as {
          variants: { price: { amount: number } }[];
        };
        return variants[0]?.price.amount;
      };
      // The answer of no channel is kept before the channel is asked for.
      return [await read(''), await read(''), await read('?channel=kiosk'), await read('?channel=kiosk')];
    };
    const both = async () => [await amountsAt(app.url), await amountsAt(other.url)];
    const [base, kiosk] = [1999, 1500];
    expect(await both()).toEqual(Array(2).fill([base, base, base, base]));
    const { body: list } = await app
      .as(staff)
      .post('/v1/price-lists', { code: 'kiosk', name: 'Kiosk', channel: 'kiosk' });
    const prices = [{ variantId, currency: 'EUR', amount: kiosk }];
    await app.as(staff).put(`/v1/price-lists/${list.id}/prices`, { prices });
    expect(await amountsAt(app.url)).toEqual([base, base, kiosk, kiosk]);
    await until(async () => ((await amountsAt(other.url))[3] === kiosk ? true : null));
    expect(await amountsAt(other.url)).toEqual([base, base, kiosk, kiosk]);
    await app.as(staff).patch(`/v1/price-lists/${list.id}`, { channel: 'stall' }, ifMatch(list.version));
    // Products that a list no longer prices are followed by a job, in whichever process.
    await until(async () => ((await both()).every((amounts) => amounts[3] === base) ? true : null));
    expect(await both()).toEqual(Array(2).fill([base, base, base, base]));
  });

  it('is not kept when it was changed while it was being read', async () => {
    const cache = app.service(ReadCache);
    const { CachedBody } = await import('#src/platform/index.js');
    let finish!: () => void;
    const reading = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const load = (text: string, wait?: Promise<void>) => async () => {
      await wait;
      return { body: CachedBody.of({ text }), tags: ['changed'] };
    };
    const old = cache.wrap('changed while read', load('old', reading));
    cache.drop('changed');
    const after = cache.wrap('changed while read', load('new'));
    finish();
    expect(String((await old).bytes)).toContain('old');
    expect(String((await after).bytes)).toContain('new');
    expect(String((await cache.wrap('changed while read', load('newest'))).bytes)).toContain('new');
  });

  it('is kept within the memory that it may take, and counted', async () => {
    const cache = app.service(ReadCache);
    const { CachedBody } = await import('#src/platform/index.js');
    const drops = cache.stats.drops;
    for (let count = 0; count < 80; count++) {
      await cache.wrap(`big ${count}`, async () => ({
        body: new CachedBody(Buffer.alloc(1024 * 1024), 'no-cache'),
        tags: ['big'],
      }));
    }
    expect(cache.bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(cache.bytes).toBeGreaterThan(20 * 1024 * 1024);
    cache.drop('big');
    expect(cache.stats.drops).toBeGreaterThan(drops);
    expect((await app.anyone.get('/metrics')).body).toMatch(/galley_cache_bytes \d+/);
  });
});

describe('Compression', () => {
  let path: string;

  beforeAll(async () => {
    for (let count = 0; count < 8; count++) await makeProduct(app, staff);
    path = '/v1/products?limit=20';
    expect(await isKept(app, path)).toBe(true);
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('in %s gives the same bytes under an ETag of its own', async (encoding, decompress) => {
    const plain = await raw(path, {});
    const answer = await compressed(path, encoding);
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers['vary']).toContain('accept-encoding');
    expect(decompress(answer.bytes).equals(plain.bytes)).toBe(true);
    expect(answer.bytes.length).toBeLessThan(plain.bytes.length / 2);
    expect(answer.headers['etag']).not.toBe(plain.headers['etag']);
    const again = await raw(path, { 'accept-encoding': encoding, 'if-none-match': String(answer.headers['etag']) });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  });

  it('takes the smallest that the caller wants, and none that it does not', async () => {
    await compressed(path, 'br');
    const encodingOf = async (accepted: string) =>
      (await raw(path, { 'accept-encoding': accepted })).headers['content-encoding'];
    expect(await encodingOf('gzip, deflate, br, zstd')).toBe('br');
    expect(await encodingOf('br;q=0')).toBeUndefined();
    expect(await encodingOf('identity')).toBeUndefined();
    expect(await encodingOf('x'.repeat(5000))).toBeUndefined();
  });

  it('happens once, and counts as memory', async () => {
    const cache = app.service(ReadCache);
    await makeProduct(app, staff);
    await raw(path, {});
    const before = cache.bytes;
    const { bytes } = await compressed(path, 'br');
    expect(cache.bytes).toBe(before + bytes.length);
    expect((await compressed(path, 'br')).bytes.equals(bytes)).toBe(true);
    expect(cache.bytes).toBe(before + bytes.length);
  });
});
