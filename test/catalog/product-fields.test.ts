import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { PublishingJobs } from '#src/catalog/products/publishing.jobs.js';
import { galley, type Person } from '../support/app.js';
import { nodesOf, Plans } from '../support/plans.js';
import { statementsOf } from '../support/statements.js';
import { ifMatch, makeProduct, ofRequest } from './catalog-support.js';

/** As many as there may be. */
const LOCALES = 'en,de,de-AT,fr,es,it,nl,da,sv,nb,fi,pt,pl,cs,hu,ro,vi,zh,ko,el';
const app = galley({ GALLEY_LOCALES: LOCALES });
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

const patch = (id: string, changes: object, version: number) =>
  app.as(staff).patch(`/v1/products/${id}`, changes, ifMatch(version));

describe('A slug that a product had', () => {
  it('leads to it, with what else was asked', async () => {
    const { id } = await makeProduct(app, staff, { slug: 'first-name' });
    await patch(id, { slug: 'second-name' }, 1);
    await patch(id, { slug: 'third-name' }, 2);
    for (const old of ['first-name', 'second-name']) {
      const { status, headers, body } = await app.anyone.get(`/v1/products/${old}?currency=EUR`);
      expect([status, headers['location']]).toEqual([301, '/v1/products/third-name?currency=EUR']);
      expect(body).toEqual({ location: '/v1/products/third-name?currency=EUR' });
    }
    expect((await app.anyone.get('/v1/products/third-name')).body.id).toBe(id);
  });

  it('belongs to who takes it later, and to nobody while the product is hidden', async () => {
    const { id } = await makeProduct(app, staff, { slug: 'wanted' });
    await patch(id, { slug: 'given-up' }, 1);
    await patch(id, { status: 'draft' }, 2);
    expect((await app.anyone.get('/v1/products/wanted')).status).toBe(404);
    expect((await app.as(staff).get('/v1/products/wanted')).status).toBe(301);
    const other = await makeProduct(app, staff, { slug: 'wanted' });
    expect((await app.anyone.get('/v1/products/wanted')).body.id).toBe(other.id);
  });
});

describe('A schedule', () => {
  it('publishes a draft and takes it down again', async () => {
    const { id } = await makeProduct(app, staff, { status: 'draft' });
    const past = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const future = new Date(Date.now() + 3_600_000).toISOString();
    await patch(id, { publishAt: past(2), unpublishAt: future }, 1);
    await app.service(PublishingJobs).keepSchedules();
    expect((await app.anyone.get(`/v1/products/${id}`)).body).toMatchObject({
      status: 'active',
      publishAt: null,
      unpublishAt: future,
      version: 3,
    });
    await patch(id, { unpublishAt: past(1) }, 3);
    await app.service(PublishingJobs).keepSchedules();
    expect((await app.anyone.get(`/v1/products/${id}`)).status).toBe(404);
    expect((await app.as(staff).get(`/v1/products/${id}`)).body).toMatchObject({ status: 'draft', unpublishAt: null });
  });

  it('stays within the years that have four digits, wherever the time is told from', async () => {
    for (const publishAt of ['9999-12-31T23:59:59-12:00', '0001-01-01T00:00:00+12:00']) {
      const body = { name: 'Never', publishAt, variants: [{ sku: randomUUID() }] };
      expect((await app.as(staff).post('/v1/products', body)).status).toBe(422);
    }
  });

  it('is void when somebody sets the status by hand', async () => {
    const future = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await makeProduct(app, staff, { status: 'draft', publishAt: future });
    expect((await patch(id, { status: 'active' }, 1)).body).toMatchObject({ status: 'active', publishAt: null });
  });

  it.each([
    [{ status: 'active', publishAt: '2099-01-01T00:00:00Z' }, '/publishAt'],
    [{ status: 'draft', unpublishAt: '2099-01-01T00:00:00Z' }, '/unpublishAt'],
    [{ status: 'draft', publishAt: '2099-01-02T00:00:00Z', unpublishAt: '2099-01-01T00:00:00Z' }, '/unpublishAt'],
  ])('that makes no sense is refused: %o', async (fields, pointer) => {
    const { status, body } = await app.as(staff).post('/v1/products', {
      name: 'Never',
      slug: randomUUID().slice(9),
      variants: [{ sku: randomUUID() }],
      ...fields,
    });
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
  });
});

describe('What search engines show', () => {
  it('keeps what is left out of a change, and clears what is null', async () => {
    const { id } = await makeProduct(app, staff, { seo: { title: 'Kettle', description: 'It whistles.' } });
    const seo = async (changes: object | null, version: number) => {
      const { body } = await patch(id, { seo: changes }, version);
      return [body.seo, body.version];
    };
    expect(await seo({ title: 'Copper' }, 1)).toEqual([{ title: 'Copper', description: 'It whistles.' }, 2]);
    expect(await seo({}, 2)).toEqual([{ title: 'Copper', description: 'It whistles.' }, 2]);
    expect(await seo({ title: null }, 2)).toEqual([{ title: null, description: 'It whistles.' }, 3]);
    expect(await seo({ title: 'Kettle' }, 3)).toEqual([{ title: 'Kettle', description: 'It whistles.' }, 4]);
    expect(await seo(null, 4)).toEqual([{ title: null, description: null }, 5]);
  });
});

describe('Related products', () => {
  it('are shown as cards, the active ones, in their order, and follow when they change', async () => {
    const [a, b, hidden] = [
      await makeProduct(app, staff),
      await makeProduct(app, staff),
      await makeProduct(app, staff, { status: 'draft' }),
    ];
    const { id } = await makeProduct(app, staff, { relatedIds: [b.id, hidden.id, a.id] });
    const related = async () =>
      (await app.anyone.get(`/v1/products/${id}?include=related`)).body.related.map(
        ({ id: one }: { id: string }) => one,
      );
    expect(await related()).toEqual([b.id, a.id]);
    await app.as(staff).delete(`/v1/products/${b.id}`, ifMatch(1));
    expect(await related()).toEqual([a.id]);
    expect((await app.anyone.get(`/v1/products/${id}`)).body).toMatchObject({
      related: null,
      relatedIds: [b.id, hidden.id, a.id],
    });
  });

  it('must be there, and other than the product itself', async () => {
    const { id } = await makeProduct(app, staff);
    for (const stranger of [randomUUID(), id]) {
      const { status, body } = await patch(id, { relatedIds: [stranger] }, 1);
      expect([status, body.errors[0].pointer]).toEqual([422, '/relatedIds/0']);
    }
  });
});

describe('Fields', () => {
  it('make answers smaller, each kept on its own', async () => {
    const { id, slug } = await makeProduct(app, staff, { name: 'Shaped' });
    expect((await app.anyone.get(`/v1/products/${slug}?fields=id,name`)).body).toEqual({ id, name: 'Shaped' });
    expect((await app.anyone.get(`/v1/products/${slug}`)).body.variants).toHaveLength(1);
    const { body } = await app.anyone.get('/v1/products?fields=slug&q=Shaped');
    expect(body).toEqual({ data: [{ slug }], nextCursor: null });
    const again = await app.statements(() => app.anyone.get('/v1/products?fields=slug&q=Shaped'));
    expect(ofRequest(again)).toEqual([]);
    expect((await app.as(staff).get(`/v1/products/${slug}?fields=name`)).body).toEqual({ name: 'Shaped', version: 1 });
  });

  it('are all that an answer has', async () => {
    const { id } = await makeProduct(app, staff);
    const card = Object.keys((await app.anyone.get('/v1/products?limit=1')).body.data[0]);
    const { status, body } = await app.anyone.get(`/v1/products?limit=1&fields=${card.join()}`);
    expect([status, Object.keys(body.data?.[0] ?? {})]).toEqual([200, card]);
    const detail = Object.keys((await app.anyone.get(`/v1/products/${id}`)).body);
    const { body: whole } = await app.anyone.get(`/v1/products/${id}?fields=${detail.join()}`);
    expect(Object.keys(whole)).toEqual(detail);
  });

  it('bring what they name, as if it were included too, and keep one answer for one wish', async () => {
    const { body: brand } = await app.as(staff).post('/v1/brands', { name: 'Named by fields' });
    const other = await makeProduct(app, staff);
    const { id } = await makeProduct(app, staff, {
      ...{ name: 'Named by fields', brandId: brand.id, tags: ['named'], attributes: { material: 'gold' } },
      ...{ relatedIds: [other.id], options: [{ name: 'Size', values: ['S'] }] },
      variants: [{ sku: randomUUID(), optionValues: { Size: 'S' } }],
    });
    const list = '/v1/products?q=Named+by+fields';
    expect((await app.anyone.get(`${list}&fields=name,tags,brand,options,attributes`)).body.data).toEqual([
      {
        name: 'Named by fields',
        tags: ['named'],
        brand: { id: brand.id, slug: 'named-by-fields', name: 'Named by fields' },
        options: [{ name: 'Size', values: ['S'] }],
        attributes: { material: 'gold' },
      },
    ]);
    const detail = `/v1/products/${id}`;
    const { body } = await app.anyone.get(`${detail}?fields=name,related,typeAttributes`);
    expect(body).toEqual({
      name: 'Named by fields',
      typeAttributes: [],
      related: [expect.objectContaining({ id: other.id })],
    });
    const { body: mine } = await app.as(staff).get(`${detail}?fields=related`);
    expect(mine).toEqual({ related: body.related, version: 1 });
    const same = [
      `${list}&fields=attributes,brand,name,options,tags&include=tags`,
      `${list}&fields=name,tags,brand,options,attributes&include=brand,attributes`,
      `${detail}?fields=typeAttributes,related,name&include=related`,
    ];
    for (const path of same) expect(ofRequest(await app.statements(() => app.anyone.get(path)))).toEqual([]);
    const { body: less } = await app.anyone.get(`${detail}?fields=name&include=related`);
    expect(less).toEqual({ name: 'Named by fields' });
  });

  it('without variants read none', async () => {
    const { id } = await makeProduct(app, staff, { name: 'Without variants' });
    const plans = new Plans(app.databaseUrl);
    await plans.open();
    const readFrom = async (query: string) => {
      const sent = await statementsOf(() => app.anyone.get(`/v1/products/${id}${query}`));
      const detail = sent.find(({ text }) => text.includes('price_lists_for'));
      const nodes = nodesOf(await plans.of(detail!, { run: true }));
      return nodes.flatMap((node) => (node['Actual Loops'] ? (node['Relation Name'] ?? []) : []));
    };
    expect(await readFrom('?fields=name,variants')).toEqual(expect.arrayContaining(['variants', 'stock', 'prices']));
    const without = await readFrom('?fields=name,media');
    await plans.close();
    expect(without).toContain('products');
    for (const table of ['variants', 'stock', 'prices', 'price_lists']) expect(without).not.toContain(table);
    expect((await app.anyone.get(`/v1/products/${id}?fields=name`)).body).toEqual({ name: 'Without variants' });
  });

  it('and includes that there are not are refused, with those that there are', async () => {
    const { status, body } = await app.anyone.get('/v1/products?fields=id,secret');
    expect([status, body.errors[0].pointer]).toEqual([422, '?fields']);
    expect(body.errors[0].message).toContain('must be some of id, slug, name');
    expect((await app.anyone.get('/v1/products?include=everything')).status).toBe(422);
  });

  it('of cards that cost more come when they are asked for', async () => {
    await makeProduct(app, staff, { name: 'Rich card', tags: ['rich'], attributes: { material: 'gold' } });
    const { body } = await app.anyone.get('/v1/products?q=Rich&include=tags,attributes');
    expect(body.data[0]).toMatchObject({
      tags: ['rich'],
      attributes: { material: 'gold' },
      brand: null,
      options: null,
    });
  });
});

describe('Translations', () => {
  const translate = (id: string, locale: string, texts: object, version: number) =>
    app.as(staff).put(`/v1/products/${id}/translations/${locale}`, texts, ifMatch(version));

  it('are chosen by name or by Accept-Language, and fall back text by text', async () => {
    const options = [{ name: 'Color', values: ['Black'] }];
    const variants = [{ sku: randomUUID(), optionValues: { Color: 'Black' } }];
    const { id, slug } = await makeProduct(app, staff, {
      name: 'Copper kettle',
      description: 'It whistles.',
      options,
      variants,
    });
    const labels = { Color: { name: 'Farbe', values: { Black: 'Schwarz' } } };
    await translate(id, 'de', { name: 'Kupferkessel', options: labels, seo: { title: 'Kessel' } }, 1);
    await translate(id, 'de-AT', { name: 'Kupferhäferl' }, 2);
    const read = async (query: string, language?: string) =>
      (await app.anyone.get(`/v1/products/${slug}${query}`, language ? { 'accept-language': language } : {})).body;
    expect(await read('')).toMatchObject({ name: 'Copper kettle', locale: 'en', labels: null });
    expect(await read('?locale=de')).toMatchObject({
      ...{
        name: 'Kupferkessel',
        description: 'It whistles.',
        locale: 'de',
        seo: { title: 'Kessel', description: null },
      },
      labels: { options: labels, attributes: {} },
    });
    expect(await read('?locale=de-AT')).toMatchObject({ name: 'Kupferhäferl', labels: { options: labels } });
    expect(await read('?locale=de-CH')).toMatchObject({ name: 'Kupferkessel', locale: 'de' });
    expect(await read('?locale=ja')).toMatchObject({ name: 'Copper kettle', locale: 'en' });
    expect(await read('', 'ja, de-DE;q=0.8, fr;q=0.5')).toMatchObject({ name: 'Kupferkessel' });
    expect(await read('', 'fr, de;q=0.8')).toMatchObject({ name: 'Copper kettle', locale: 'fr' });
    expect(await read('')).toMatchObject({ name: 'Copper kettle' });
    // Who edits it is given what they would overwrite, whatever their browser asks for.
    const edited = async (query: string) =>
      (await app.as(staff).get(`/v1/products/${id}${query}`, { 'accept-language': 'de' })).body.name;
    expect([await edited(''), await edited('?locale=de')]).toEqual(['Copper kettle', 'Kupferkessel']);
  });

  describe('of one product in a language and a region of it', () => {
    const makePan = async () => {
      const variants = [{ sku: randomUUID(), optionValues: { Color: 'Red', Size: 'S' } }];
      const options = [
        { name: 'Color', values: ['Red', 'Blue'] },
        { name: 'Size', values: ['S'] },
      ];
      const attributes = { material: 'copper', finish: 'polished' };
      return makeProduct(app, staff, { options, variants, attributes });
    };
    const labels = async (id: string, locale: string) =>
      (await app.anyone.get(`/v1/products/${id}?locale=${locale}`)).body.labels;

    it('go together label by label', async () => {
      const { id } = await makePan();
      const german = {
        options: { Color: { name: 'Farbe', values: { Red: 'Rot', Blue: 'Blau' } } },
        attributes: { material: 'Kupfer', finish: 'poliert' },
      };
      await translate(id, 'de', german, 1);
      const austrian = {
        options: { Color: { name: 'Färbung', values: { Blue: 'Bläulich' } }, Size: { values: { S: 'Klein' } } },
        attributes: { finish: 'gebürstet' },
      };
      await translate(id, 'de-AT', austrian, 2);
      expect(await labels(id, 'de')).toEqual(german);
      expect(await labels(id, 'de-AT')).toEqual({
        options: {
          Color: { name: 'Färbung', values: { Red: 'Rot', Blue: 'Bläulich' } },
          Size: { values: { S: 'Klein' } },
        },
        attributes: { material: 'Kupfer', finish: 'gebürstet' },
      });
      expect(await labels(id, 'fr')).toEqual({ options: {}, attributes: {} });
      // In lists as well, where they are asked for.
      const listed = async (query: string) => {
        const { body } = await app.anyone.get(`/v1/products?limit=1&${query}`);
        return body.data[0].labels;
      };
      expect(await listed('locale=de&include=labels')).toEqual(german);
      expect(await listed('locale=de-AT&fields=labels')).toEqual(await labels(id, 'de-AT'));
      expect(await listed('locale=de&include=labels,options,attributes')).toEqual(german);
      expect([await listed('locale=de'), await listed('include=labels')]).toEqual([null, null]);
    });

    it('name attributes that the product has, and none of what those were before', async () => {
      const { id } = await makePan();
      const stray = await translate(id, 'de', { attributes: { material: 'Kupfer', 'a/b': 'x' } }, 1);
      expect([stray.status, stray.body.errors]).toEqual([
        422,
        [
          {
            pointer: '/attributes/a~1b',
            code: 'unknown_attribute',
            message: 'the product has no attribute "a/b"; it has "finish", "material".',
          },
        ],
      ]);
      await translate(id, 'de', { attributes: { material: 'Kupfer', finish: 'poliert' } }, 1);
      await translate(id, 'de-AT', { name: 'Reindl', attributes: { material: 'Kupfer' } }, 2);
      await patch(id, { attributes: { material: 'copper', finish: 'brushed' } }, 3);
      expect((await labels(id, 'de')).attributes).toEqual({ material: 'Kupfer' });
      await patch(id, { attributes: { finish: 'brushed' } }, 4);
      const { data } = (await app.as(staff).get(`/v1/products/${id}/translations`)).body;
      expect(data).toMatchObject([{ attributes: {} }, { name: 'Reindl', attributes: {} }]);
    });

    it('can be sent back as they are read once options are fewer', async () => {
      const { id } = await makePan();
      await translate(id, 'de', { options: { Color: { values: { Red: 'Rot', Blue: 'Blau' } } } }, 1);
      const options = [
        { name: 'Color', values: ['Red'] },
        { name: 'Size', values: ['S'] },
      ];
      await patch(id, { options }, 2);
      const [german] = (await app.as(staff).get(`/v1/products/${id}/translations`)).body.data;
      expect(german.options).toEqual({ Color: { values: { Red: 'Rot' } } });
      const back = await translate(id, 'de', { options: german.options, attributes: german.attributes }, 3);
      expect([back.status, back.body.options]).toEqual([200, german.options]);
    });

    it('name options and values that there are, and are not shown once those are gone', async () => {
      const { id } = await makePan();
      const stray = { Color: { values: { Rot: 'Rot', 'a/b': 'x' } }, colour: { name: 'Farbe' } };
      const { status, body } = await translate(id, 'de', { options: stray }, 1);
      expect([status, body.errors.map(({ pointer, message }: Record<string, string>) => [pointer, message])]).toEqual([
        422,
        [
          ['/options/Color/values/Rot', '"Color" has no value "Rot"; it has "Red", "Blue".'],
          ['/options/Color/values/a~1b', '"Color" has no value "a/b"; it has "Red", "Blue".'],
          ['/options/colour', 'the product has no option "colour"; it has "Color", "Size".'],
        ],
      ]);
      await translate(id, 'de', { options: { Color: { values: { Red: 'Rot', Blue: 'Blau' } } } }, 1);
      await translate(id, 'de-AT', { options: { Color: { values: { Blue: 'Bläulich' } } } }, 2);
      const options = [
        { name: 'Color', values: ['Red'] },
        { name: 'Size', values: ['S'] },
      ];
      expect((await patch(id, { options }, 3)).status).toBe(200);
      for (const locale of ['de', 'de-AT'])
        expect((await labels(id, locale)).options).toEqual({ Color: { values: { Red: 'Rot' } } });
    });
  });

  it('reach lists, and caches keep languages apart', async () => {
    const { id } = await makeProduct(app, staff, { name: 'Lantern of Bremen' });
    await translate(id, 'de', { name: 'Laterne' }, 1);
    const path = '/v1/products?q=Lantern+of+Bremen';
    const name = async (language: string) => {
      const { body, headers } = await app.anyone.get(path, { 'accept-language': language });
      expect(headers['vary']).toContain('accept-language');
      return body.data[0].name;
    };
    for (let round = 0; round < 2; round++) {
      expect([await name('de'), await name('en'), await name('de-AT')]).toEqual([
        'Laterne',
        'Lantern of Bremen',
        'Laterne',
      ]);
    }
  });

  it('are no reason to begin a list again', async () => {
    await makeProduct(app, staff);
    const { body } = await app.anyone.get('/v1/products?limit=1', { 'accept-language': 'en' });
    const path = `/v1/products?limit=1&cursor=${body.nextCursor}`;
    expect((await app.anyone.get(path, { 'accept-language': 'de' })).status).toBe(200);
  });

  it('are guarded by the version of the product, and of languages that the shop speaks', async () => {
    const { id } = await makeProduct(app, staff);
    expect((await translate(id, 'de', { name: 'Eins' }, 7)).status).toBe(412);
    expect((await translate(id, 'ru', { name: 'Один' }, 1)).body.errors[0].message).toContain(
      'none of the languages of this shop: de, de-AT, fr',
    );
    expect((await translate(id, 'en', { name: 'One' }, 1)).body.errors[0].message).toContain(
      'change the product itself',
    );
    const { body } = await translate(id, 'de', { name: 'Eins' }, 1);
    expect(body).toMatchObject({ locale: 'de', name: 'Eins', description: null, version: 2 });
    expect((await app.as(staff).get(`/v1/products/${id}/translations`)).body.data).toEqual([body]);
    const { name, description } = body;
    const back = await translate(id, 'de', { name, description }, 2);
    expect([back.status, back.body]).toEqual([200, body]);
    expect((await translate(id, 'de', { name: null, description: '' }, 2)).body.errors).toMatchObject([
      { pointer: '/description' },
    ]);
    for (const nothing of ['fr', 'constructor']) {
      expect((await app.as(staff).delete(`/v1/products/${id}/translations/${nothing}`, ifMatch(2))).status).toBe(404);
    }
    expect((await app.as(staff).delete(`/v1/products/${id}/translations/de`, ifMatch(2))).status).toBe(204);
    expect((await app.as(staff).get(`/v1/products/${id}/translations`)).body.data).toEqual([]);
  });

  it('may be as long as they can be, in every language there can be', async () => {
    const { id } = await makeProduct(app, staff);
    let version = 1;
    for (const locale of LOCALES.split(',').slice(1)) {
      // Two Chinese characters each, and no word twice.
      const word = (number: number) => String.fromCodePoint(0x4e00 + number, 0x4e00 + version * 1000 + (number % 1000));
      const description = Array.from({ length: 6600 }, (_, number) => word(number)).join(' ');
      const answer = await translate(id, locale, { description }, version);
      expect([locale, answer.status]).toEqual([locale, 200]);
      version = answer.body.version;
    }
  });
});
