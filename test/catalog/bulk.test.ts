import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BulkRefusal } from '#src/catalog/bulk/bulk.dto.js';
import { galley, type Person } from '../support/app.js';
import { makeProduct, ofRequest } from './catalog-support.js';

const app = galley();
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

const send = (items: object[], headers?: Record<string, string>) =>
  app.as(staff).post('/v1/products/bulk', { items }, headers);
const fresh = (name: string, more: object = {}) => ({ create: { name, variants: [{ sku: randomUUID() }], ...more } });

describe('Many changes at once', () => {
  it('keep what they leave out of seo, and take no uploaded pictures for pictures elsewhere', async () => {
    const { id } = await makeProduct(app, staff, { seo: { title: 'Kettle', description: 'It whistles.' } });
    const media = [{ url: 'https://images.example.com/1.webp' }, { url: `/v1/media/${randomUUID()}/1.webp` }];
    const { body } = await send([
      { id, version: 1, change: { seo: { title: 'Copper' }, media: media.slice(0, 1) } },
      fresh('Bulk picture', { media }),
    ]);
    expect(body.data).toMatchObject([
      { outcome: 'changed', version: 2 },
      { outcome: 'refused', problem: { errors: [{ pointer: '/media/1/url', code: 'uploaded_picture' }] } },
    ]);
    const shown = await app.anyone.get(`/v1/products/${id}`);
    expect(shown.body).toMatchObject({ seo: { title: 'Copper', description: 'It whistles.' }, media: [{ id: null }] });
  });

  it('are each done or refused on their own', async () => {
    const [a, b, c] = [await makeProduct(app, staff), await makeProduct(app, staff), await makeProduct(app, staff)];
    const { status, body } = await send([
      fresh('Bulk one', { status: 'active' }),
      { id: a.id, version: 1, change: { name: 'Bulk two', status: 'draft' } },
      { id: b.id, version: 9, change: { name: 'Too late' } },
      { id: c.id, version: 1, archive: true },
      { id: randomUUID(), version: 1, change: { name: 'Nobody' } },
      fresh('Slug taken', { slug: b.slug }),
      fresh('Bulk one'),
      { id: b.id, version: 1, change: {} },
      { id: b.id, version: 1, change: { name: 'Twice' } },
      fresh('No such place', { categoryId: randomUUID() }),
      fresh('No such type', { typeId: randomUUID() }),
      { create: { name: 'SKU taken', variants: [{ sku: b.variants[0]?.sku }] } },
      { id: b.id, version: 1 },
    ]);
    expect(status).toBe(200);
    expect(
      body.data.map(
        ({ outcome, problem }: { outcome: string; problem: { code: string } | null }) => problem?.code ?? outcome,
      ),
    ).toEqual([
      ...['created', 'changed', 'version_mismatch', 'archived', 'not_found', 'slug_taken', 'slug_taken', 'unchanged'],
      ...['validation_failed', 'validation_failed', 'validation_failed', 'sku_taken', 'validation_failed'],
    ]);
    expect([body.done, body.refused]).toEqual([4, 9]);
    expect((await app.anyone.get('/v1/products/bulk-one')).body).toMatchObject({ id: body.data[0].id, version: 1 });
    expect((await app.as(staff).get(`/v1/products/${a.id}`)).body).toMatchObject({
      name: 'Bulk two',
      status: 'draft',
      version: 2,
    });
    expect((await app.as(staff).get(`/v1/products/${b.id}`)).body).toMatchObject({ version: 1 });
    expect((await app.as(staff).get(`/v1/products/${c.id}`)).body).toMatchObject({ status: 'archived', version: 2 });
  });

  it('that are malformed are refused on their own, as they would be alone', async () => {
    const product = await makeProduct(app, staff);
    const { create } = fresh('Malformed');
    const malformed = [
      { ...create, name: '' },
      { ...create, foo: 1 },
      { ...create, name: 'Not\0text' },
      { ...create, variants: [{ sku: 'x', prices: [{ amount: 'dear', currency: 'EUR' }] }] },
      {},
    ];
    const { status, body } = await send([
      fresh('Well-formed', { status: 'active' }),
      ...malformed.map((fields) => ({ create: fields })),
      { id: product.id, version: 1, change: { tags: 'none' } },
      { id: product.id, version: 'one', change: {} },
      { id: 'nobody', version: 1, archive: true },
      { create: 5 },
      [5] as object,
      { ...fresh('Misplaced'), name: 'Misplaced' },
      { id: product.id, version: 1, change: { name: 'Changed all the same' } },
    ]);
    expect([status, body.done, body.refused]).toEqual([200, 2, 11]);
    for (const [index, fields] of malformed.entries()) {
      const alone = await app.as(staff).post('/v1/products', fields);
      const { code, detail, errors } = alone.body;
      expect(body.data[index + 1]).toMatchObject({
        ...{ index: index + 1, outcome: 'refused', id: null, version: null },
        problem: { status: alone.status, code, detail, errors },
      });
    }
    expect(
      body.data
        .slice(6)
        .map(({ id, outcome, problem }: { id: string; outcome: string; problem: BulkRefusal | null }) => [
          id,
          problem?.status ?? outcome,
          ...(problem?.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`),
        ]),
    ).toEqual([
      [product.id, 422, '/tags is_text_list'],
      [product.id, 422, '/version is_int'],
      [null, 422, '/id is_uuid'],
      [null, 422, ' is_object'],
      [null, 422, ' is_object'],
      [null, 400, '/name unknown'],
      [product.id, 'changed'],
    ]);
  });

  it('are refused together only for what is wrong with the request as a whole', async () => {
    const post = async (sent: unknown) => {
      const { status, body } = await app.as(staff).post('/v1/products/bulk', sent as object);
      return [status, body.errors?.[0]?.pointer];
    };
    expect(await post({})).toEqual([422, '/items']);
    expect(await post({ items: [] })).toEqual([422, '/items']);
    expect(await post({ items: 'all' })).toEqual([422, '/items']);
    expect(await post({ items: Array.from({ length: 1001 }, () => ({ create: {} })) })).toEqual([422, '/items']);
    expect(await post({ items: [fresh('Beside')], more: 1 })).toEqual([400, '/more']);
    expect(await post([fresh('Bare')])).toEqual([400, undefined]);
  });

  it('are a thousand in the statements of one', async () => {
    const made = await send(Array.from({ length: 1000 }, (_, number) => fresh(`Thousand ${number}`)));
    expect(made.body).toMatchObject({ done: 1000, refused: 0 });
    const changes = made.body.data.map(({ id }: { id: string }) => ({
      id,
      version: 1,
      change: { tags: ['thousand'] },
    }));
    const one = ofRequest(await app.statements(() => send([{ ...changes[0], change: { tags: ['first'] } }])));
    const all = ofRequest(await app.statements(() => send(changes.slice(1))));
    expect(all.length).toBe(one.length);
    const [{ count } = { count: 0 }] = await app.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM catalog.products WHERE tags = '{thousand}' AND version = 2`,
    );
    expect(count).toBe(999);
    expect((await send(Array.from({ length: 1001 }, () => fresh('Too many')))).status).toBe(422);
  }, 30_000);

  it('that want the same names at once are done by one of them', async () => {
    for (let round = 0; round < 20; round++) {
      const items = Array.from({ length: 8 }, (_, number) => fresh(`Wanted ${round} ${number}`));
      const skus = items.map(({ create: { variants } }, number) => ({
        create: { name: `Other ${round} ${number}`, variants },
      }));
      const answers = await Promise.all([send(items), send(items.toReversed()), send(skus.toReversed())]);
      for (const { status } of answers) expect([200, 409]).toContain(status);
    }
  });

  it('are done once, however often they are sent with one key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const items = [fresh('Only once')];
    const [first, second] = [await send(items, key), await send(items, key)];
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
  });
});
