import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MediaJobs } from '#src/catalog/media/media.jobs.js';
import { download, formOf, jpeg, makeProduct, storedFiles } from '../catalog/media-support.js';
import { galley, type Person } from '../support/app.js';
import { Client } from '../support/client.js';
import { startProcess } from '../support/process.js';

const app = galley({ GALLEY_IDEMPOTENCY_LEASE: '1' });
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});
afterEach(() => void vi.useRealTimers());

const die = (point: string, role: 'all' | 'api') =>
  startProcess({ DATABASE_URL: app.databaseUrl, GALLEY_DATA_DIR: app.dataDir, GALLEY_FAULT: point, GALLEY_ROLE: role });

const mediaOf = async (productId: string) => (await app.as(staff).get(`/v1/products/${productId}/media`)).body.data;
const filesOf = async (id: string) => (await storedFiles(app)).filter((file) => file.includes(id));

/** What a day does: the lease of the dead process runs out, and files that nobody names are swept. */
async function nextDay(): Promise<void> {
  await app.db.query(`UPDATE catalog.media SET lease_until = lease_until - interval '1 day'`);
  await app.service(MediaJobs).resume();
  await app.runDue();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 24 * 60 * 60_000 });
  await app.service(MediaJobs).sweep();
  vi.useRealTimers();
}

describe('When a process is killed', () => {
  it.each(['media.made', 'media.stored', 'media.finished'])(
    'while it makes the sizes of a picture, at %s, each is there once in the end, and nothing else',
    async (point) => {
      const product = await makeProduct(app, staff);
      const dying = await die(point, 'all');
      const path = `/v1/products/${product.id}/media`;
      const { status, body } = await new Client(dying.url, staff.accessToken).post(path, formOf(await jpeg(300, 300)));
      expect(status).toBe(201);
      await dying.gone;
      await nextDay();
      const [{ sources, ...medium }] = await mediaOf(product.id);
      expect(medium).toMatchObject({ id: body.id, status: 'ready' });
      expect(sources).toHaveLength(4);
      for (const { url } of sources) expect((await download(app, url)).length).toBeGreaterThan(0);
      const names = sources.map(({ url }: { url: string }) => url.replace('/v1/', 'files/'));
      expect(await filesOf(body.id)).toEqual(names.sort());
    },
    60_000,
  );

  it('while it takes a picture in, the file that nobody names goes by night', async () => {
    const product = await makeProduct(app, staff);
    const before = await storedFiles(app);
    const dying = await die('media.received', 'api');
    const client = new Client(dying.url, staff.accessToken);
    await expect(client.post(`/v1/products/${product.id}/media`, formOf(await jpeg(300, 300)))).rejects.toThrow();
    await dying.gone;
    expect(await mediaOf(product.id)).toEqual([]);
    const originals = async () =>
      (await storedFiles(app)).filter((file) => !before.includes(file) && !file.startsWith('scratch/'));
    expect(await originals()).toHaveLength(1);
    await nextDay();
    expect(await originals()).toEqual([]);
  }, 60_000);

  it('by the same picture again and again, the picture is given up', async () => {
    const product = await makeProduct(app, staff);
    const path = `/v1/products/${product.id}/media`;
    const { body } = await app.as(staff).post(path, formOf(await jpeg(300, 300)));
    await app.db.query('UPDATE catalog.media SET attempts = 3 WHERE id = $1', [body.id]);
    await nextDay();
    expect(await mediaOf(product.id)).toMatchObject([{ status: 'failed', error: expect.stringContaining('log') }]);
  });
});
