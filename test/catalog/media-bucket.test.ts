import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MediaJobs } from '#src/catalog/media/media.jobs.js';
import { galley, type Person } from '../support/app.js';
import { Bucket, CREDENTIALS } from '../support/s3.js';
import { download, makeProduct, storedFiles, upload } from './media-support.js';

const bucket = new Bucket('shop');
Object.assign(process.env, CREDENTIALS);
const app = galley({ GALLEY_FILES: await bucket.open('/pictures'), GALLEY_MEDIA_URL: 'https://cdn.example.com/media' });
afterAll(() => bucket.close());

let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

const mediaOf = async (id: string) => (await app.as(staff).get(`/v1/products/${id}/media`)).body.data;

describe('With a bucket and a CDN, pictures', () => {
  it('are kept there and nowhere else, named as the CDN finds them, and served from there', async () => {
    const product = await makeProduct(app, staff);
    const { body } = await upload(app, staff, product.id);
    expect(bucket.keys()).toEqual([`pictures/originals/${body.id}/file`]);
    await app.runDue();
    const { media, thumbnail } = (await app.anyone.get(`/v1/products/${product.id}`)).body;
    const urls: string[] = media[0].sources.map(({ url }: { url: string }) => url);
    expect(urls).toContain(thumbnail);
    const keys = urls.map((url) => url.replace('https://cdn.example.com/', 'pictures/'));
    expect(bucket.keys()).toEqual(keys.sort());
    expect(await storedFiles(app)).toEqual([]);
    const file = await download(app, thumbnail.replace('https://cdn.example.com', '/v1'));
    expect(file).toEqual(bucket.objects.get(thumbnail.replace('https://cdn.example.com/', 'pictures/'))?.body);
    expect(bucket.objects.get(keys[0]!)?.headers['cache-control']).toBe('public, max-age=31536000, immutable');

    await app.as(staff).delete(`/v1/media/${body.id}`, { 'if-match': '"1"' });
    await app.runDue();
    expect(bucket.keys()).toEqual([]);
    const gone = { media: [{ url: media[0].url }] };
    const { status } = await app.as(staff).patch(`/v1/products/${product.id}`, gone, { 'if-match': '"1"' });
    expect(status).toBe(422);
  });

  it('wait for a bucket that is away, however long, and are refused for as long', async () => {
    const product = await makeProduct(app, staff);
    await upload(app, staff, product.id);
    bucket.away = true;
    const refused = await upload(app, staff, product.id);
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
    for (let minute = 0; minute < 5; minute++) {
      await app.runDue();
      await app.db.query(`UPDATE catalog.media SET lease_until = lease_until - interval '2 minutes'`);
      await app.service(MediaJobs).resume();
    }
    expect(await mediaOf(product.id)).toMatchObject([{ status: 'processing' }]);
    bucket.away = false;
    await app.runDue();
    expect(await mediaOf(product.id)).toMatchObject([{ status: 'ready' }]);
  }, 60_000);

  it('wait as long for one whose connections break in the middle of a file', async () => {
    const product = await makeProduct(app, staff);
    await upload(app, staff, product.id);
    bucket.cutAfter = 10;
    for (let minute = 0; minute < 5; minute++) {
      await app.runDue();
      await app.db.query(`UPDATE catalog.media SET lease_until = lease_until - interval '2 minutes'`);
      await app.service(MediaJobs).resume();
    }
    bucket.cutAfter = undefined;
    await app.runDue();
    expect(await mediaOf(product.id)).toMatchObject([{ status: 'ready' }]);
  }, 60_000);
});
