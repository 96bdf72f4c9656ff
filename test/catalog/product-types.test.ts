import { beforeAll, describe, expect, it } from 'vitest';
import { PublishingJobs } from '#src/catalog/products/publishing.jobs.js';
import type { Person } from '../support/app.js';
import { galley } from '../support/app.js';
import { ifMatch, makeProduct, type ProductWish } from './catalog-support.js';

const app = galley();
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

const KETTLES = [
  { code: 'material', name: 'Material', kind: 'choice', choices: ['copper', 'steel'], required: true },
  { code: 'capacity', name: 'Capacity', kind: 'number', unit: 'l' },
  { code: 'whistles', name: 'Whistles', kind: 'boolean' },
  { code: 'since', name: 'Made since', kind: 'date' },
  { code: 'note', name: 'Note', kind: 'text' },
];
let made = 0;
const makeType = async (attributes: object[] = KETTLES) => {
  const { body } = await app
    .as(staff)
    .post('/v1/product-types', { code: `kettle_${++made}`, name: 'Kettles', attributes });
  return body as { id: string; version: number };
};

describe('A product of a type', () => {
  it('has the attributes that its type defines', async () => {
    const { id: typeId } = await makeType();
    const attributes = { material: 'copper', capacity: 1.5, whistles: true, since: '1902-05-04', note: 'Polish it.' };
    const { id } = await makeProduct(app, staff, { typeId, attributes });
    const { body } = await app.anyone.get(`/v1/products/${id}?include=typeAttributes`);
    expect(body).toMatchObject({ attributes, type: { id: typeId, name: 'Kettles' } });
    expect(body.typeAttributes.map(({ name, unit }: { name: string; unit: string }) => [name, unit])).toEqual([
      ['Material', null],
      ['Capacity', 'l'],
      ['Whistles', null],
      ['Made since', null],
      ['Note', null],
    ]);
  });

  it.each([
    ['a choice that there is not', { material: 'gold' }, '/attributes/material', 'must be one of copper, steel.'],
    ['a text for a number', { material: 'steel', capacity: '1.5' }, '/attributes/capacity', 'must be a number (in l).'],
    ['a number for a boolean', { material: 'steel', whistles: 1 }, '/attributes/whistles', 'must be true or false.'],
    [
      'a day that there is not',
      { material: 'steel', since: '2026-02-30' },
      '/attributes/since',
      'must be a day such as 2026-05-04.',
    ],
    ['a number for a text', { material: 'steel', note: 7 }, '/attributes/note', 'must be a text.'],
    [
      'what its type does not know',
      { material: 'steel', colour: 'red' },
      '/attributes/colour',
      'is none of its type: material, capacity, whistles, since, note.',
    ],
    ['nothing where something is required', {}, '/attributes/material', 'is required of active products: Material.'],
  ])('cannot have %s', async (_, attributes, pointer, message) => {
    const { id: typeId } = await makeType();
    const variants = [{ sku: `TYPE-${++made}` }];
    const { status, body } = await app
      .as(staff)
      .post('/v1/products', { name: 'Kettle', slug: `kettle-${made}`, status: 'active', typeId, attributes, variants });
    expect([status, body.errors]).toEqual([422, [expect.objectContaining({ pointer, message })]]);
  });

  it('may lack what is required as long as it is a draft', async () => {
    const { id: typeId } = await makeType();
    const { id } = await makeProduct(app, staff, { typeId, status: 'draft' });
    const shown = await app.as(staff).patch(`/v1/products/${id}`, { status: 'active' }, ifMatch(1));
    expect([shown.status, shown.body.errors[0].pointer]).toEqual([422, '/attributes/material']);
    const complete = { status: 'active', attributes: { material: 'steel' } };
    expect((await app.as(staff).patch(`/v1/products/${id}`, complete, ifMatch(1))).status).toBe(200);
  });

  it('is held against its type however the id of that is written', async () => {
    const type = await makeType();
    const typeId = type.id.toUpperCase();
    const product = (attributes: object) => {
      const slug = `capitals-${++made}`;
      return { name: 'Capitals', slug, status: 'active', typeId, attributes, variants: [{ sku: slug }] };
    };
    expect((await app.as(staff).post('/v1/products', product({ colour: 'red' }))).status).toBe(422);
    const { body } = await app
      .as(staff)
      .post('/v1/products/bulk', { items: [{ create: product({ material: 'steel' }) }, { create: product({}) }] });
    expect(body.data.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['created', 'refused']);
    const { id } = body.data[0];
    expect((await app.as(staff).patch(`/v1/products/${id}`, { typeId }, ifMatch(1))).body.version).toBe(1);
  });

  describe('that has become another', () => {
    const WEIGHT = [{ code: 'weight', name: 'Weight', kind: 'number', unit: 'kg', required: true }];
    const makeMisfit = async (wish: ProductWish = {}) => {
      const type = await makeType();
      const product = await makeProduct(app, staff, { typeId: type.id, attributes: { material: 'steel' }, ...wish });
      await app.as(staff).patch(`/v1/product-types/${type.id}`, { attributes: WEIGHT }, ifMatch(type.version));
      return { ...product, typeId: type.id };
    };
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const change = (id: string, changes: object) => app.as(staff).patch(`/v1/products/${id}`, changes, ifMatch(1));
    const bulk = async (id: string, changes: object) => {
      const { body } = await app.as(staff).post('/v1/products/bulk', { items: [{ id, version: 1, change: changes }] });
      return body.data[0];
    };

    it.each([
      ['described anew', { name: 'Renamed', description: 'Boils.' }],
      ['tagged', { tags: ['hob'] }],
      ['taken off sale', { status: 'draft' }],
      ['to be taken off sale later', { unpublishAt: later }],
      ['said to be active, as it is', { status: 'active', tags: ['hob'] }],
      ['sent whole again', { name: 'Renamed', attributes: { material: 'steel' } }],
    ])('may be %s with the attributes that it has', async (_, changes) => {
      const { id } = await makeMisfit();
      expect((await app.anyone.get(`/v1/products/${id}`)).body.attributes).toEqual({ material: 'steel' });
      const { status, body } = await change(id, changes);
      expect([status, body.attributes]).toEqual([200, { material: 'steel' }]);
      expect(await bulk((await makeMisfit()).id, changes)).toMatchObject({ outcome: 'changed', problem: null });
    });

    it('is held against it when attributes or type become others, and when it is published', async () => {
      const draft = { status: 'draft' } as const;
      const tries: [ProductWish, (typeId: string) => object][] = [
        [{}, () => ({ attributes: { material: 'copper' } })],
        [draft, () => ({ status: 'active' })],
        [draft, () => ({ publishAt: later })],
      ];
      for (const [wish, changesOf] of tries) {
        const { id, typeId } = await makeMisfit(wish);
        const changes = changesOf(typeId);
        const { status, body } = await change(id, changes);
        expect([status, body.errors?.[0]]).toEqual([
          422,
          expect.objectContaining({ pointer: '/attributes/material', code: 'unknown_attribute' }),
        ]);
        expect((await bulk(id, changes)).outcome).toBe('refused');
        expect((await change(id, { ...changes, attributes: { weight: 2 } })).status).toBe(200);
      }
    });

    it('may have its type named again with another change, and is held against one that is another', async () => {
      const { id, typeId } = await makeMisfit();
      expect((await change(id, { typeId: typeId.toUpperCase(), description: 'Boils.' })).status).toBe(200);
      const other = await makeType(WEIGHT);
      const changes = { typeId: other.id, attributes: { material: 'steel' } };
      const { status, body } = await app.as(staff).patch(`/v1/products/${id}`, changes, ifMatch(2));
      expect([status, body.errors?.[0].pointer]).toEqual([422, '/attributes/material']);
    });

    it.each([
      ['csv', 'text/csv'],
      ['ndjson', 'application/x-ndjson'],
    ])('stays as it is when its %s export goes in again', async (format, type) => {
      const { id } = await makeMisfit();
      const shown = async () => (await app.as(staff).get(`/v1/products/${id}`)).body;
      const before = await shown();
      const text = (await app.as(staff).get(`/v1/exports/products?format=${format}`)).body as string;
      const { body } = await app.as(staff).send('POST', '/v1/imports', text, { 'content-type': type });
      await app.runDue();
      expect((await app.as(staff).get(`/v1/imports/${body.id}`)).body).toMatchObject({
        ...{ status: 'completed', refused: 0, products: { created: 0, changed: 0 } },
      });
      expect(await shown()).toEqual(before);
    });

    it('is imported where a row has none of its attributes, unless that publishes it', async () => {
      const [active, hidden] = [await makeMisfit(), await makeMisfit({ status: 'draft' })];
      const { body: type } = await app.as(staff).get(`/v1/product-types/${active.typeId}`);
      const skus = new Map([active, hidden].map(({ slug, variants: [one] }) => [slug, { sku: one?.sku }]));
      const lines = [
        { slug: active.slug, name: 'Imported', status: 'active', type: type.code },
        { slug: hidden.slug, name: 'Imported', status: 'active' },
        { slug: active.slug, name: 'Again', attributes: { material: 'copper' } },
      ].map((line) => JSON.stringify({ ...line, variants: [skus.get(line.slug)] }));
      const { body } = await app
        .as(staff)
        .send('POST', '/v1/imports', lines.join('\n'), { 'content-type': 'application/x-ndjson' });
      await app.runDue();
      const refused = (await app.as(staff).get(`/v1/imports/${body.id}/refusals`)).body.data;
      expect(refused.map(({ line, column }: { line: number; column: string }) => [line, column])).toEqual([
        [2, '/attributes/material'],
        [3, '/attributes/material'],
      ]);
      expect((await app.as(staff).get(`/v1/products/${active.id}`)).body.name).toBe('Imported');
    });
  });

  it('stays a draft when it lacks what its type asks for by the time it is published, and staff see why', async () => {
    const type = await makeType([]);
    const publishAt = new Date(Date.now() + 3_600_000).toISOString();
    const unpublishAt = new Date(Date.now() + 7_200_000).toISOString();
    const draft = { typeId: type.id, status: 'draft' as const, publishAt, unpublishAt };
    const [lacking, complete] = [await makeProduct(app, staff, draft), await makeProduct(app, staff, draft)];
    await app.as(staff).patch(`/v1/product-types/${type.id}`, { attributes: KETTLES }, ifMatch(1));
    await app.as(staff).patch(`/v1/products/${complete.id}`, { attributes: { material: 'steel' } }, ifMatch(1));
    const ids = [lacking.id, complete.id];
    await app.db.query(`UPDATE catalog.products SET publish_at = now() - interval '1 minute' WHERE id = ANY ($1)`, [
      ids,
    ]);
    const jobs = app.service(PublishingJobs);
    await Promise.all([jobs.keepSchedules(), jobs.keepSchedules()]);

    const read = async (id: string) => (await app.as(staff).get(`/v1/products/${id}`)).body;
    expect(await read(complete.id)).toMatchObject({ status: 'active', publishAt: null, unpublishAt, version: 3 });
    expect(await read(lacking.id)).toMatchObject({ status: 'draft', publishAt: null, unpublishAt: null, version: 2 });
    const { body } = await app.as(staff).get(`/v1/audit-log?objectId=${lacking.id}`);
    expect(body.data).toMatchObject([
      {
        action: 'product.not_published',
        before: { unpublishAt },
        after: { status: 'draft', errors: [{ pointer: '/attributes/material', code: 'required' }] },
      },
    ]);
    const filled = { status: 'active', attributes: { material: 'steel' } };
    expect((await app.as(staff).patch(`/v1/products/${lacking.id}`, filled, ifMatch(2))).status).toBe(200);
  });

  it('is archived without what a changed type asks for, and brought back with it only', async () => {
    const type = await makeType();
    const wish = { typeId: type.id, attributes: { material: 'steel' } };
    const [single, many] = [await makeProduct(app, staff, wish), await makeProduct(app, staff, wish)];
    const attributes = [{ code: 'weight', name: 'Weight', kind: 'number', required: true }];
    await app.as(staff).patch(`/v1/product-types/${type.id}`, { attributes }, ifMatch(1));
    const archived = await app.as(staff).patch(`/v1/products/${single.id}`, { status: 'archived' }, ifMatch(1));
    expect([archived.status, archived.body.status]).toEqual([200, 'archived']);
    const items = [{ id: many.id, version: 1, change: { status: 'archived' } }];
    const { body } = await app.as(staff).post('/v1/products/bulk', { items });
    expect(body.data[0].outcome).toBe('changed');
    const back = (changes: object) => app.as(staff).patch(`/v1/products/${single.id}`, changes, ifMatch(2));
    for (const status of ['active', 'draft']) expect((await back({ status })).status).toBe(422);
    expect((await back({ status: 'active', attributes: { weight: 2 } })).status).toBe(200);
  });

  it('is found by its type, its brand, its tags and its attributes', async () => {
    const type = (await app.as(staff).post('/v1/product-types', { code: 'found', name: 'Found', attributes: KETTLES }))
      .body;
    const brand = (await app.as(staff).post('/v1/brands', { name: 'Anchor & Sons' })).body;
    const common = { typeId: type.id, brandId: brand.id, tags: ['stove'] };
    await makeProduct(app, staff, { ...common, name: 'Copper', attributes: { material: 'copper', capacity: 2 } });
    await makeProduct(app, staff, { ...common, name: 'Steel', attributes: { material: 'steel', whistles: true } });
    const names = async (query: string) =>
      (await app.anyone.get(`/v1/products?sort=name&${query}`)).body.data.map(({ name }: { name: string }) => name);
    for (const query of ['type=found', 'brand=anchor-sons', 'tag=stove'])
      expect(await names(query)).toEqual(['Copper', 'Steel']);
    expect(await names('type=found&attribute[material]=copper')).toEqual(['Copper']);
    expect(await names('type=found&attribute[capacity]=2')).toEqual(['Copper']);
    expect(await names('type=found&attribute[whistles]=true')).toEqual(['Steel']);
    expect(await names('type=found&attribute[whistles]=true&attribute[material]=copper')).toEqual([]);
    expect(await names('brand=nobody')).toEqual([]);
  });
});

describe('A type', () => {
  it('cannot be deleted while products are of it', async () => {
    const type = await makeType();
    await makeProduct(app, staff, { typeId: type.id, attributes: { material: 'steel' } });
    const { status, body } = await app.as(staff).delete(`/v1/product-types/${type.id}`, ifMatch(1));
    expect([status, body.code]).toEqual([409, 'product_type_in_use']);
    const unused = await makeType();
    expect((await app.as(staff).delete(`/v1/product-types/${unused.id}`, ifMatch(1))).status).toBe(204);
  });

  it('is refused to be deleted, and its product changed, when both are tried at once', async () => {
    const type = await makeType([]);
    const { id } = await makeProduct(app, staff, { typeId: type.id });
    for (let version = 1; version <= 20; version++) {
      const [deleted, changed] = await Promise.all([
        app.as(staff).delete(`/v1/product-types/${type.id}`, ifMatch(1)),
        app.as(staff).patch(`/v1/products/${id}`, { name: `Name ${version}` }, ifMatch(version)),
      ]);
      expect([deleted.status, changed.status]).toEqual([409, 200]);
    }
  });

  it('has choices where there is something to choose, units where there is something to count, and a code of its own', async () => {
    const post = (attributes: object[], code = `bad_${++made}`) =>
      app.as(staff).post('/v1/product-types', { code, name: 'Bad', attributes });
    const pointers = ({ body }: { body: { errors: { pointer: string }[] } }) =>
      body.errors.map(({ pointer }) => pointer);
    expect(pointers(await post([{ code: 'a', name: 'A', kind: 'choice' }]))).toEqual(['/attributes/0/choices']);
    expect(pointers(await post([{ code: 'a', name: 'A', kind: 'text', choices: ['x'] }]))).toEqual([
      '/attributes/0/choices',
    ]);
    expect(pointers(await post([{ code: 'a', name: 'A', kind: 'text', unit: 'kg' }]))).toEqual(['/attributes/0/unit']);
    const twice = [
      { code: 'a', name: 'A', kind: 'text' },
      { code: 'a', name: 'B', kind: 'text' },
    ];
    expect(pointers(await post(twice))).toEqual(['/attributes']);
    await post([], 'taken');
    expect((await post([], 'taken')).body.code).toBe('code_taken');
  });
});

describe('A brand', () => {
  it('is shown with its products, and follows when it changes', async () => {
    const { body: brand } = await app.as(staff).post('/v1/brands', { name: 'Harbour Works' });
    const { id } = await makeProduct(app, staff, { brandId: brand.id });
    const shown = async () => (await app.anyone.get(`/v1/products/${id}`)).body.brand;
    expect(await shown()).toEqual({ id: brand.id, slug: 'harbour-works', name: 'Harbour Works' });
    await app.as(staff).patch(`/v1/brands/${brand.id}`, { name: 'Harbour Workshop' }, ifMatch(1));
    expect((await shown()).name).toBe('Harbour Workshop');
    const { status, body } = await app.as(staff).delete(`/v1/brands/${brand.id}`, ifMatch(2));
    expect([status, body.code]).toEqual([409, 'brand_in_use']);
  });
});
