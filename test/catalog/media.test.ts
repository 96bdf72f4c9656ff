import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { MediaSizes } from '#src/catalog/media/media-sizes.service.js';
import { FileStore, Scratch } from '#src/platform/index.js';
import type { Person } from '../support/app.js';
import { galley } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { download, formOf, jpeg, makeProduct, picture, storedFiles, upload } from './media-support.js';

const app = galley({ GALLEY_MEDIA_MB: '1' });
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

/** What shoppers see of a product. */
const shown = async (id: string) => (await app.anyone.get(`/v1/products/${id}`)).body;
const mediaOf = async (id: string) => (await app.as(staff).get(`/v1/products/${id}/media`)).body.data;

const elsewhere = (number: number) => `https://images.example.com/${number}.webp`;
const change = async (id: string, changes: object): Promise<{ status: number; body: Record<string, unknown> }> => {
  const { version } = (await app.as(staff).get(`/v1/products/${id}`)).body;
  return app.as(staff).patch(`/v1/products/${id}`, changes, { 'if-match': `"${version}"` });
};

describe('The thumbnail of a product', () => {
  const card = async (name: string) => (await app.anyone.get(`/v1/products?q=${name}`)).body.data[0].thumbnail;

  it('is the first picture as they are now, in the detail and on the card', async () => {
    const product = await makeProduct(app, staff, { name: 'Followed' });
    const thumbnails = async () => [(await shown(product.id)).thumbnail, await card('Followed')];
    expect(await thumbnails()).toEqual([null, null]);
    await change(product.id, { media: [{ url: elsewhere(1) }, { url: elsewhere(2) }] });
    expect(await thumbnails()).toEqual([elsewhere(1), elsewhere(1)]);
    await change(product.id, { media: [{ url: elsewhere(2) }, { url: elsewhere(1) }] });
    expect(await thumbnails()).toEqual([elsewhere(2), elsewhere(2)]);
    await change(product.id, { media: [] });
    expect(await thumbnails()).toEqual([null, null]);
  });

  it('is the one that was set, whatever becomes of the pictures, until that is taken back', async () => {
    const media = [{ url: elsewhere(1) }, { url: elsewhere(2) }];
    const product = await makeProduct(app, staff, { media, thumbnail: elsewhere(1) });
    for (const order of [media.toReversed(), media, media.toReversed(), []]) {
      await change(product.id, { media: order });
      expect((await shown(product.id)).thumbnail).toBe(elsewhere(1));
    }
    await change(product.id, { media, thumbnail: null });
    await change(product.id, { media: media.toReversed() });
    expect((await shown(product.id)).thumbnail).toBe(elsewhere(2));
  });

  it('keeps the version when it is set again, and moves it when the first picture is set to stay', async () => {
    const product = await makeProduct(app, staff, { media: [{ url: elsewhere(1) }] });
    expect((await change(product.id, { thumbnail: null })).body['version']).toBe(1);
    expect((await change(product.id, { thumbnail: elsewhere(1) })).body['version']).toBe(2);
    expect((await change(product.id, { thumbnail: elsewhere(1) })).body['version']).toBe(2);
    expect((await change(product.id, { media: [{ url: elsewhere(2) }] })).body).toMatchObject({
      thumbnail: elsewhere(1),
      version: 3,
    });
  });

  it.each([
    ['follows, when an earlier release took the first picture for it', elsewhere(1), elsewhere(2)],
    ['stays, when an earlier release kept one that is not the first', elsewhere(3), elsewhere(3)],
    ['is shown, when an earlier release kept none although there are pictures', null, elsewhere(2)],
  ])('%s', async (_, kept, expected) => {
    const product = await makeProduct(app, staff, { media: [{ url: elsewhere(1) }, { url: elsewhere(2) }] });
    await app.db.query('UPDATE catalog.products SET thumbnail = $2, thumbnail_chosen = false WHERE id = $1', [
      product.id,
      kept,
    ]);
    expect((await shown(product.id)).thumbnail).toBe(kept ?? elsewhere(1));
    await change(product.id, { media: [{ url: elsewhere(2) }, { url: elsewhere(1) }] });
    expect((await shown(product.id)).thumbnail).toBe(expected);
  });

  it.each(['text/csv', 'application/x-ndjson'])('follows after an import as %s too', async (type) => {
    const product = await makeProduct(app, staff, { media: [{ url: elsewhere(1) }, { url: elsewhere(2) }] });
    const slug = product.slug as string;
    const line =
      type === 'text/csv'
        ? `slug,sku,name,price,currency,status,image1_src,image2_src\n${slug},${product.variants[0].sku},${product.name},1.00,EUR,active,${elsewhere(2)},${elsewhere(1)}\n`
        : `${JSON.stringify({ slug, name: product.name, status: 'active', media: [{ url: elsewhere(2) }, { url: elsewhere(1) }], thumbnail: elsewhere(2), variants: [{ sku: product.variants[0].sku }] })}\n`;
    const { status } = await app.as(staff).send('POST', '/v1/imports', line, { 'content-type': type });
    expect(status).toBe(201);
    await app.runDue();
    expect((await shown(product.id)).thumbnail).toBe(elsewhere(2));
    await change(product.id, { media: [{ url: elsewhere(3) }] });
    expect((await shown(product.id)).thumbnail).toBe(elsewhere(3));
  });
});

describe('a picture that is uploaded', () => {
  it('is shown in each size, as WebP and AVIF, once its sizes are made', async () => {
    const product = await makeProduct(app, staff);
    const form = formOf(await jpeg(1200, 900), { alt: 'A kettle' });
    const { status, headers, body } = await upload(app, staff, product.id, form);
    expect(status).toBe(201);
    expect(headers['location']).toBe(`/v1/media/${body.id}`);
    expect(body).toMatchObject({
      status: 'processing',
      alt: 'A kettle',
      type: 'image/jpeg',
      width: 1200,
      height: 900,
      position: 0,
    });
    expect(body).toMatchObject({ url: null, sources: [], version: 1 });
    expect((await shown(product.id)).media).toEqual([]);

    await app.runDue();
    const { media, thumbnail } = await shown(product.id);
    expect(media).toHaveLength(1);
    expect(media[0]).toMatchObject({ id: body.id, alt: 'A kettle', width: 1200, height: 900 });
    const sizes = (type: string) =>
      media[0].sources.flatMap((source: { type: string; width: number; height: number }) =>
        source.type === type ? [[source.width, source.height]] : [],
      );
    const expected = [
      [160, 120],
      [480, 360],
      [960, 720],
      [1200, 900],
    ];
    expect(sizes('image/webp')).toEqual(expected);
    expect(sizes('image/avif')).toEqual(expected);
    for (const { url, type, width, height } of media[0].sources) {
      const metadata = await sharp(await download(app, url)).metadata();
      expect(metadata).toMatchObject({ width, height, format: type === 'image/avif' ? 'heif' : 'webp' });
    }
    expect(await sharp(await download(app, media[0].url)).metadata()).toMatchObject({ width: 1200, format: 'webp' });
    expect(await sharp(await download(app, thumbnail)).metadata()).toMatchObject({ width: 480, format: 'webp' });
    // Staff as well, although the version of the product is the same.
    const whole = await app.as(staff).get(`/v1/products/${product.id}`, { 'if-none-match': '"1"' });
    expect([whole.status, whole.body.version, whole.body.media]).toEqual([200, 1, media]);
    const { body: read } = await app.as(staff).get(`/v1/media/${body.id}`);
    expect(read).toMatchObject({ status: 'ready', error: null, version: 1, url: media[0].url });
  });

  it('stands for its product in lists and among suggestions at once, although these were read before', async () => {
    const product = await makeProduct(app, staff, { name: 'Zinnober kettle' });
    const find = async () => (await app.anyone.get('/v1/products?q=zinnober')).body.data[0].thumbnail;
    const suggested = async () =>
      (await app.anyone.get('/v1/search/suggestions?q=zinnober')).body.data.find(
        (one: { kind: string }) => one.kind === 'product',
      ).thumbnail;
    expect([await find(), await suggested()]).toEqual([null, null]);
    await upload(app, staff, product.id);
    await app.runDue();
    const { thumbnail } = await shown(product.id);
    expect([await find(), await suggested()]).toEqual([thumbnail, thumbnail]);
    const { body } = await app.anyone.post('/v1/carts', {
      items: [{ variantId: product.variants[0].id, quantity: 1 }],
    });
    expect(body.items[0].thumbnail).toBe(thumbnail);
  });

  it('gives way in lists to the picture that was chosen for them, and comes before those that are elsewhere', async () => {
    const product = await makeProduct(app, staff, { media: [{ url: elsewhere(1), alt: 'Elsewhere' }] });
    expect(await shown(product.id)).toMatchObject({
      thumbnail: elsewhere(1),
      media: [{ id: null, url: elsewhere(1), sources: [] }],
    });
    const { body } = await upload(app, staff, product.id);
    await app.runDue();
    const { media, thumbnail } = await shown(product.id);
    expect(media.map(({ id, url }: { id: string; url: string }) => id ?? url)).toEqual([body.id, elsewhere(1)]);
    expect(thumbnail).toContain(body.id);
    const chosen = 'https://images.example.com/chosen.webp';
    await app.as(staff).patch(`/v1/products/${product.id}`, { thumbnail: chosen }, { 'if-match': '"1"' });
    expect((await shown(product.id)).thumbnail).toBe(chosen);
  });

  it('stands for its product also when pictures elsewhere have changed since, unless a thumbnail was set', async () => {
    const product = await makeProduct(app, staff, { media: [{ url: elsewhere(1) }, { url: elsewhere(2) }] });
    await change(product.id, { media: [{ url: elsewhere(2) }, { url: elsewhere(1) }] });
    const { body } = await upload(app, staff, product.id);
    await app.runDue();
    expect((await shown(product.id)).thumbnail).toContain(body.id);
    await change(product.id, { thumbnail: elsewhere(2) });
    expect((await shown(product.id)).thumbnail).toBe(elsewhere(2));
    await change(product.id, { thumbnail: null });
    expect((await shown(product.id)).thumbnail).toContain(body.id);
    await app.as(staff).delete(`/v1/media/${body.id}`, { 'if-match': '"1"' });
    expect((await shown(product.id)).thumbnail).toBe(elsewhere(2));
  });

  it('is refused among the pictures elsewhere of any product, whatever its address, and stays without being sent', async () => {
    const product = await makeProduct(app, staff, { media: [{ url: elsewhere(1) }] });
    const { body } = await upload(app, staff, product.id);
    await app.runDue();
    const { media } = await shown(product.id);
    const read = media.map(({ url, alt }: { url: string; alt: string | null }) => ({ url, alt }));
    const refused = await change(product.id, { media: read });
    expect([refused.status, refused.body['errors']]).toMatchObject([
      422,
      [{ pointer: '/media/0/url', code: 'uploaded_picture', message: expect.stringContaining('Leave it out') }],
    ]);
    const url: string = media[0].url;
    const file = url.slice(url.indexOf(body.id));
    for (const own of [
      `https://shop.example.com${url}`,
      `${url}?width=1`,
      `/v1/./media/${file}`,
      `https://images.example.com/${file.toUpperCase()}`,
    ]) {
      expect([own, (await change(product.id, { media: [{ url: own }] })).status]).toEqual([own, 422]);
    }
    const variants = [{ sku: 'PICTURE-OF-ANOTHER' }];
    const other = await app.as(staff).post('/v1/products', { name: 'Copied', media: [{ url }], variants });
    expect([other.status, other.body.errors[0].pointer]).toEqual([422, '/media/0/url']);

    const elsewhereOnly = media.filter(({ id }: { id: string | null }) => id === null);
    const sent = elsewhereOnly.map((medium: { url: string }) => ({ url: medium.url, alt: 'Seen from the side' }));
    expect((await change(product.id, { media: sent })).status).toBe(200);
    expect((await shown(product.id)).media).toMatchObject([{ id: body.id }, { id: null, alt: 'Seen from the side' }]);
    await app.as(staff).delete(`/v1/media/${body.id}`, { 'if-match': '"1"' });
    expect((await change(product.id, { media: [{ url }] })).status).toBe(422);
  });

  it('is told from what is elsewhere under a name like its own', async () => {
    const url = `https://images.example.com/v1/media/${randomUUID()}/front.webp`;
    const product = await makeProduct(app, staff, { media: [{ url }, { url: '/pictures/front.webp' }] });
    expect(product.media).toMatchObject([{ url }, { url: '/pictures/front.webp' }]);
  });

  it('is never enlarged, however small it is', async () => {
    const product = await makeProduct(app, staff);
    await upload(app, staff, product.id, formOf(await jpeg(40, 30)));
    await app.runDue();
    const [medium] = (await shown(product.id)).media;
    expect(medium.sources.map(({ width }: { width: number }) => width)).toEqual([40, 40]);
  });

  it.each(['png', 'webp', 'avif', 'gif'] as const)('may be %s', async (format) => {
    const product = await makeProduct(app, staff);
    const { status, body } = await upload(
      app,
      staff,
      product.id,
      formOf(await picture(64, 64).toFormat(format).toBuffer()),
    );
    expect([status, body.type]).toEqual([201, `image/${format}`]);
    await app.runDue();
    expect((await shown(product.id)).media).toHaveLength(1);
  });

  it('loses everything but its pixels, and is put upright', async () => {
    const product = await makeProduct(app, staff);
    const exif = {
      IFD0: { Copyright: 'SECRET PHOTOGRAPHER' },
      IFD3: { GPSLatitude: '53/1 4/1 0/1', GPSLatitudeRef: 'N' },
    };
    // Lying on its side: a camera that was held upright.
    const sent = await picture(800, 400).withExif(exif).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect((await sharp(sent).metadata()).exif).toBeInstanceOf(Buffer);
    const { body } = await upload(app, staff, product.id, formOf(sent));
    expect(body).toMatchObject({ width: 400, height: 800 });
    await app.runDue();
    const [{ sources }] = (await shown(product.id)).media;
    for (const { url } of sources) {
      const file = await download(app, url);
      const { exif, xmp, iptc, icc, orientation, width, height } = await sharp(file).metadata();
      expect({ exif, xmp, iptc, icc, orientation: orientation ?? 1 }).toEqual({ orientation: 1 });
      expect(file.includes('PHOTOGRAPHER')).toBe(false);
      expect(height).toBe(2 * (width ?? 0));
    }
    const { data } = await sharp(await download(app, sources[0].url))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data[0]).toBeGreaterThan(200);
    expect((await storedFiles(app)).filter((file) => file.includes(body.id) && file.includes('originals'))).toEqual([]);
  });

  it('is taken once, however often it is sent with one key', async () => {
    const product = await makeProduct(app, staff);
    const file = await jpeg();
    const send = (bytes: Uint8Array, alt = 'A') =>
      app.as(staff).post(`/v1/products/${product.id}/media`, formOf(bytes, { alt }), { 'idempotency-key': 'once' });
    const first = await send(file);
    const again = await send(file);
    expect([first.status, again.status, again.headers['idempotency-replayed']]).toEqual([201, 201, 'true']);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(first.headers['location']);
    expect((await send(file, 'B')).body.code).toBe('idempotency_key_reused');
    expect((await send(await jpeg(80, 80))).body.code).toBe('idempotency_key_reused');
    expect(await mediaOf(product.id)).toHaveLength(1);
    expect((await storedFiles(app)).filter((path) => path.includes('originals'))).toEqual([
      `files/originals/${first.body.id}/file`,
    ]);
    await app.runDue();
  });

  it('gets a place of its own when two come at once', async () => {
    const product = await makeProduct(app, staff);
    const files = [await jpeg(), await jpeg(300, 300)];
    const sql = 'SELECT FROM catalog.products WHERE id = $1 FOR UPDATE';
    const answers = await inTheWayOf(app, { sql, params: [product.id], waiting: 2 }, () =>
      Promise.all(files.map((file) => upload(app, staff, product.id, formOf(file)))),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect((await mediaOf(product.id)).map(({ position }: { position: number }) => position)).toEqual([0, 1]);
  });
});

describe('a file that is no picture', () => {
  const svg = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

  it.each<[string, () => Uint8Array | Promise<Uint8Array>, string, number, string]>([
    ['SVG, whatever it is called', () => Buffer.from(svg), 'kettle.png', 415, 'image_type_refused'],
    [
      'HTML that is called a picture',
      () => Buffer.from('<!doctype html><script>'),
      'kettle.jpg',
      415,
      'image_type_refused',
    ],
    ['TIFF', () => picture(10, 10).tiff().toBuffer(), 'kettle.tiff', 415, 'image_type_refused'],
    ['an empty one', () => Buffer.alloc(0), 'kettle.jpg', 415, 'image_type_refused'],
    [
      'a text that begins as a picture does',
      () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(svg)]),
      'kettle.jpg',
      422,
      'image_unreadable',
    ],
    [
      'a picture that ends in its midst',
      async () => (await jpeg(400, 400)).subarray(0, 900),
      'kettle.jpg',
      422,
      'image_unreadable',
    ],
    [
      'a small file with an enormous picture',
      () =>
        sharp({ create: { width: 16_000, height: 16_000, channels: 3, background: 'red' } })
          .png({ compressionLevel: 9 })
          .toBuffer(),
      ...(['kettle.png', 422, 'image_unreadable'] as const),
    ],
  ])('is refused: %s', async (_, make, name, status, code) => {
    const product = await makeProduct(app, staff);
    const before = await storedFiles(app);
    const answer = await upload(app, staff, product.id, formOf(await make(), {}, name));
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await mediaOf(product.id)).toEqual([]);
    expect(await storedFiles(app)).toEqual(before);
  });

  it('says of SVG why it is refused', async () => {
    const product = await makeProduct(app, staff);
    const { body } = await upload(app, staff, product.id, formOf(Buffer.from(svg)));
    expect(body.detail).toContain('SVG is refused');
  });
});

describe('an upload', () => {
  it.each(['with its length', 'in chunks'])(
    'that is too large is refused %s, and nothing of it is left',
    async (how) => {
      const product = await makeProduct(app, staff);
      const before = await storedFiles(app);
      const large = formOf(Buffer.concat([await jpeg(), Buffer.alloc(3 * 1024 * 1024)]));
      const encoded = new Response(large);
      const headers = {
        authorization: `Bearer ${staff.accessToken}`,
        'content-type': encoded.headers.get('content-type')!,
      };
      const body = how === 'in chunks' ? { body: encoded.body, duplex: 'half' } : { body: await encoded.bytes() };
      const answer = await fetch(`${app.url}/v1/products/${product.id}/media`, {
        method: 'POST',
        headers,
        ...body,
      } as RequestInit);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'body_too_large']);
      expect(await mediaOf(product.id)).toEqual([]);
      expect(await storedFiles(app)).toEqual(before);
    },
  );

  it.each<[string, () => FormData | Promise<FormData>, number, string]>([
    [
      'has no file',
      () => {
        const form = new FormData();
        form.append('alt', 'A');
        return form;
      },
      422,
      'validation_failed',
    ],
    [
      'has two files',
      async () => {
        const form = formOf(await jpeg());
        form.append('file', new Blob(['b']), 'b.jpg');
        return form;
      },
      422,
      'validation_failed',
    ],
    [
      'has a file of another name',
      async () => {
        const form = new FormData();
        form.append('image', new Blob([(await jpeg()) as Uint8Array<ArrayBuffer>]), 'a.jpg');
        return form;
      },
      400,
      'unknown_property',
    ],
    ['has a field that is not known', async () => formOf(await jpeg(), { title: 'A' }), 400, 'unknown_property'],
    ['says too much', async () => formOf(await jpeg(), { alt: 'x'.repeat(501) }), 422, 'validation_failed'],
    ['says far too much', async () => formOf(await jpeg(), { alt: 'x'.repeat(20_000) }), 422, 'validation_failed'],
    [
      'says two things',
      async () => {
        const form = formOf(await jpeg(), { alt: 'A' });
        form.append('alt', 'B');
        return form;
      },
      422,
      'validation_failed',
    ],
    ['poisons', async () => formOf(await jpeg(), { __proto__x: 'A', ['__proto__']: 'B' }), 400, 'unknown_property'],
  ])('is refused when it %s', async (_, make, status, code) => {
    const product = await makeProduct(app, staff);
    const before = await storedFiles(app);
    const answer = await upload(app, staff, product.id, await make());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await storedFiles(app)).toEqual(before);
  });

  it('is refused as JSON, without a boundary, and when it breaks off', async () => {
    const product = await makeProduct(app, staff);
    const path = `/v1/products/${product.id}/media`;
    const before = await storedFiles(app);
    expect((await app.as(staff).post(path, {})).status).toBe(415);
    const type = { 'content-type': 'multipart/form-data' };
    expect((await app.as(staff).post(path, 'x', type)).body.code).toBe('malformed_request');
    const half = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nabc';
    const broken = await app.as(staff).post(path, half, { 'content-type': 'multipart/form-data; boundary=b' });
    expect(broken.body.code).toBe('malformed_request');
    expect(await storedFiles(app)).toEqual(before);
    // A form where none is taken.
    expect((await app.as(staff).post('/v1/products', formOf(await jpeg()))).status).toBe(415);
  });

  it('leaves nothing when its sender leaves before anybody reads it', async () => {
    const product = await makeProduct(app, staff);
    const before = await storedFiles(app);
    const use = vi.spyOn(app.service(Scratch), 'use');
    const sockets = new Set<Socket>();
    app.booted.nest.getHttpServer().once('connection', (socket: Socket) => sockets.add(socket));
    const { hostname, port } = new URL(app.url);
    const sender = connect(Number(port), hostname);
    const head = [
      `POST /v1/products/${product.id}/media HTTP/1.1`,
      ...['host: shop', `authorization: Bearer ${staff.accessToken}`, 'content-length: 100000'],
      'content-type: multipart/form-data; boundary=b\r\n\r\n--b',
    ];
    const meanwhile = async () => {
      sender.destroy();
      await expect.poll(() => [...sockets].map(({ destroyed }) => destroyed)).toEqual([true]);
    };
    const sql = 'LOCK TABLE catalog.products IN ACCESS EXCLUSIVE MODE';
    await inTheWayOf(app, { sql, waiting: 1, meanwhile }, async () => sender.write(head.join('\r\n')));
    await expect.poll(() => use.mock.settledResults[0]?.type, { timeout: 5000 }).toBe('rejected');
    use.mockRestore();
    expect(await readdir(join(app.dataDir, 'scratch'))).toEqual([]);
    expect(await storedFiles(app)).toEqual(before);
  });

  it('is answered as before when it is sent again after its product was archived', async () => {
    const product = await makeProduct(app, staff);
    const key = { 'idempotency-key': randomUUID() };
    const picture = await jpeg(60, 60);
    const send = () => app.as(staff).post(`/v1/products/${product.id}/media`, formOf(picture), key);
    const { body } = await send();
    await app.as(staff).delete(`/v1/products/${product.id}`, { 'if-match': '"1"' });
    const again = await send();
    expect([again.status, again.body.id, again.headers['idempotency-replayed']]).toEqual([201, body.id, 'true']);
    expect(await mediaOf(product.id)).toHaveLength(1);
    await app.runDue();
  });

  it('is refused for a product that there is not, that is archived, or that has 50 pictures', async () => {
    expect((await upload(app, staff, randomUUID())).status).toBe(404);
    const product = await makeProduct(app, staff);
    await app.db.query(
      `INSERT INTO catalog.media (id, product_id, position, type, bytes, hash, width, height)
       SELECT gen_random_uuid(), $1, n, 'image/jpeg', 1, '', 1, 1 FROM generate_series(0, 49) n`,
      [product.id],
    );
    const before = await storedFiles(app);
    expect((await upload(app, staff, product.id)).body.code).toBe('too_many_media');
    await app.as(staff).delete(`/v1/products/${product.id}`, { 'if-match': '"1"' });
    expect((await upload(app, staff, product.id)).body.code).toBe('product_archived');
    expect(await storedFiles(app)).toEqual(before);
    await app.db.query('DELETE FROM catalog.media WHERE product_id = $1', [product.id]);
  });
});

describe('uploaded pictures', () => {
  const pictured = async () => {
    const product = await makeProduct(app, staff);
    for (const alt of ['A', 'B', 'C']) await upload(app, staff, product.id, formOf(await jpeg(60, 60), { alt }));
    await app.runDue();
    const media = await mediaOf(product.id);
    return { product, media };
  };
  const order = async (id: string) => (await shown(id)).media.map(({ alt }: { alt: string }) => alt).join('');

  it('are moved and described, and the first stands for the product', async () => {
    const { product, media } = await pictured();
    expect(await order(product.id)).toBe('ABC');
    const change = (index: number, body: object, version: number) =>
      app.as(staff).patch(`/v1/media/${media[index].id}`, body, { 'if-match': `"${version}"` });
    const { status, body, headers } = await change(2, { position: 0, alt: 'D' }, 1);
    expect([status, body.position, body.alt, body.version, headers['etag']]).toEqual([200, 0, 'D', 2, '"2"']);
    expect(await order(product.id)).toBe('DAB');
    expect((await shown(product.id)).thumbnail).toContain(media[2].id);
    expect((await change(2, { position: 49 }, 2)).body.position).toBe(2);
    expect(await order(product.id)).toBe('ABD');
    expect((await change(2, { position: 2, alt: 'D' }, 3)).body.version).toBe(3);
    expect((await change(2, { alt: null }, 2)).body.code).toBe('version_mismatch');
    expect((await app.as(staff).patch(`/v1/media/${media[0].id}`, { alt: 'X' })).status).toBe(428);
    expect((await change(2, { alt: null }, 3)).body.alt).toBe(null);
    const events = await app.db.query(
      `SELECT count(*)::int AS said FROM platform.events WHERE type = 'catalog.media_changed' AND payload ->> 'productId' = $1`,
      [product.id],
    );
    expect(events).toEqual([{ said: 6 }]);
  });

  it('are deleted with their files, and those after them move up', async () => {
    const { product, media } = await pictured();
    const url = (await shown(product.id)).media[0].url;
    const remove = (version: string) => app.as(staff).delete(`/v1/media/${media[0].id}`, { 'if-match': version });
    expect((await remove('"7"')).status).toBe(412);
    expect((await remove('"1"')).status).toBe(204);
    expect(await order(product.id)).toBe('BC');
    expect((await shown(product.id)).thumbnail).toContain(media[1].id);
    expect((await mediaOf(product.id)).map(({ position }: { position: number }) => position)).toEqual([0, 1]);
    await app.runDue();
    expect((await app.anyone.get(url)).status).toBe(404);
    expect((await storedFiles(app)).filter((file) => file.includes(media[0].id))).toEqual([]);
    expect((await remove('"1"')).status).toBe(404);
  });

  it('take with them what names them: the thumbnail, and the pictures of variants', async () => {
    const { product, media } = await pictured();
    const [first, second] = (await shown(product.id)).media.map(({ url }: { url: string }) => url);
    const elsewhere = 'https://images.example.com/kettle.webp';
    const { version, variants } = (await app.as(staff).get(`/v1/products/${product.id}`)).body;
    const set = { thumbnail: second, media: [{ url: elsewhere }] };
    const changed = await app.as(staff).patch(`/v1/products/${product.id}`, set, { 'if-match': `"${version}"` });
    expect(changed.status).toBe(200);
    const variant = (image: string, version: number) =>
      app.as(staff).patch(`/v1/variants/${variants[0].id}`, { image }, { 'if-match': `"${version}"` });
    expect((await variant(second, changed.body.version)).status).toBe(200);
    const seen = async () => {
      const { thumbnail, variants: all, version: now } = (await app.as(staff).get(`/v1/products/${product.id}`)).body;
      return { thumbnail, image: all[0].image, version: now };
    };
    const before = await seen();
    expect(before).toMatchObject({ thumbnail: second, image: second });

    await app.as(staff).delete(`/v1/media/${media[2].id}`, { 'if-match': '"1"' });
    expect(await seen()).toEqual(before);
    await app.as(staff).delete(`/v1/media/${media[1].id}`, { 'if-match': '"1"' });
    expect(await seen()).toEqual({ thumbnail: first, image: null, version: before.version + 1 });
    expect((await shown(product.id)).thumbnail).toBe(first);
  });

  it('leave no file when they are deleted before their sizes are made', async () => {
    const product = await makeProduct(app, staff);
    const { body } = await upload(app, staff, product.id);
    await app.as(staff).delete(`/v1/media/${body.id}`, { 'if-match': '"1"' });
    await app.runDue();
    expect((await storedFiles(app)).filter((file) => file.includes(body.id))).toEqual([]);
    expect((await shown(product.id)).thumbnail).toBe(null);
  });

  it('are nothing for shoppers to change, nor to list', async () => {
    const { product, media } = await pictured();
    const shopper = app.as(await app.shopper());
    expect((await shopper.post(`/v1/products/${product.id}/media`, formOf(await jpeg()))).status).toBe(403);
    expect((await shopper.get(`/v1/products/${product.id}/media`)).status).toBe(403);
    expect((await shopper.delete(`/v1/media/${media[0].id}`, { 'if-match': '"1"' })).status).toBe(403);
    expect((await app.anyone.post(`/v1/products/${product.id}/media`, formOf(await jpeg()))).status).toBe(401);
  });
});

describe('Two who make the sizes of one picture', () => {
  /** Both at it: the first has lost its lease while it puts files, and goes on when the second is through with `meanwhile`. */
  async function lateMaker(meanwhile: (id: string) => Promise<unknown>) {
    const product = await makeProduct(app, staff);
    const { body } = await upload(app, staff, product.id);
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const files = app.service(FileStore);
    const put = vi.spyOn(files, 'put').mockImplementationOnce(async (...args) => {
      reached.resolve();
      await gate.promise;
      return FileStore.prototype.put.apply(files, args);
    });
    const slow = app.service(MediaSizes).make(body.id);
    await reached.promise;
    await app.db.query(`UPDATE catalog.media SET lease_until = now() - interval '2 minutes' WHERE id = $1`, [body.id]);
    await meanwhile(body.id);
    gate.resolve();
    await slow;
    put.mockRestore();
    return { product, id: body.id as string };
  }

  it('end with its files, whoever is later', async () => {
    const { product, id } = await lateMaker((one) => app.service(MediaSizes).make(one));
    const [{ sources }] = (await shown(product.id)).media;
    for (const { url } of sources) expect((await download(app, url)).length).toBeGreaterThan(0);
    const kept = (await storedFiles(app)).filter((file) => file.includes(id));
    expect(kept).toHaveLength(sources.length);
  });

  it('end with its files when it was given up too early', async () => {
    const { product } = await lateMaker(async (id) => {
      await app.db.query('UPDATE catalog.media SET attempts = 3 WHERE id = $1', [id]);
      await app.service(MediaSizes).resume();
      expect(await app.as(staff).get(`/v1/media/${id}`)).toMatchObject({ body: { status: 'failed' } });
    });
    expect(await mediaOf(product.id)).toMatchObject([{ status: 'ready', error: null }]);
  });
});

describe('the file of a picture', () => {
  it('may be kept for ever, by anyone', async () => {
    const product = await makeProduct(app, staff);
    await upload(app, staff, product.id);
    await app.runDue();
    const [{ url, sources }] = (await shown(product.id)).media;
    const { status, headers } = await app.anyone.get(url);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'image/webp',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect(Number(headers['content-length'])).toBeGreaterThan(100);
    const again = await app.anyone.get(url, { 'if-none-match': headers['etag']! });
    expect([again.status, again.body, again.headers['cache-control']]).toEqual([304, '', headers['cache-control']]);
    const avif = await app.anyone.get(sources.at(-1).url);
    expect(avif.headers['content-type']).toBe('image/avif');
    expect(avif.headers['etag']).not.toBe(headers['etag']);
  });

  it.each([
    `/v1/media/${randomUUID()}/0123456789abcdef-480.webp`,
    `/v1/media/${randomUUID()}/file`,
    `/v1/media/${randomUUID()}/..%2F..%2Fsecrets.key`,
    `/v1/media/..%2F..%2Fsecrets.key/0123456789abcdef-480.webp`,
    `/v1/media/%2e%2e%2f%2e%2e/secrets.key`,
    `/v1/media/${randomUUID()}/0123456789abcdef-480.webp%00.html`,
  ])('is not just any file: %s', async (path) => {
    expect([400, 404]).toContain((await fetch(app.url + path)).status);
  });

  it('is nobody’s fault when who asks for it leaves', async () => {
    const product = await makeProduct(app, staff);
    await upload(app, staff, product.id);
    await app.runDue();
    const [{ url }] = (await shown(product.id)).media;
    const said = vi.spyOn(Logger.prototype, 'error');
    // Nothing has come yet when they leave.
    const file = new Readable({ read() {} });
    const finding = vi
      .spyOn(app.service(FileStore), 'find')
      .mockResolvedValueOnce({ bytes: 100, read: async () => file });
    const sockets = new Set<Socket>();
    app.booted.nest.getHttpServer().once('connection', (socket: Socket) => sockets.add(socket));
    const { hostname, port } = new URL(app.url);
    const reader = connect(Number(port), hostname);
    reader.write(`GET ${url} HTTP/1.1\r\nhost: shop\r\n\r\n`);
    await expect.poll(() => file.readableFlowing).toBe(true);
    // At this very moment the framework does not know yet that they have.
    for (const socket of sockets) socket.destroy();
    file.destroy();
    await expect.poll(() => file.closed).toBe(true);
    await new Promise(setImmediate);
    expect(said).not.toHaveBeenCalled();
    finding.mockRestore();
    said.mockRestore();
  });

  it('is not the file as it was sent', async () => {
    const product = await makeProduct(app, staff);
    const { body } = await upload(app, staff, product.id);
    for (const path of [`/v1/media/${body.id}/file`, `/v1/media/${body.id}/..%2F..%2Foriginals%2F${body.id}%2Ffile`]) {
      expect((await fetch(app.url + path)).status).toBe(404);
    }
    await app.runDue();
  });
});
