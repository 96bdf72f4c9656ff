import { beforeAll, describe, expect, it } from 'vitest';
import { DemoCatalog } from '#src/catalog/index.js';
import { galley, type Person } from '../support/app.js';
import { ifMatch, makeProduct } from './catalog-support.js';

const app = galley();
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
  await app.service(DemoCatalog).seed();
});

const find = async (q: string, more = '') => {
  const { status, body } = await app.anyone.get(`/v1/products?q=${encodeURIComponent(q)}${more}`);
  expect(status).toBe(200);
  return (body.data as { name: string }[]).map(({ name }) => name);
};

describe('searching', () => {
  it('finds words in names before words in descriptions', async () => {
    const found = await find('espresso');
    expect(found.slice(0, 3).toSorted()).toEqual([
      'Flagship Espresso Machine',
      'Night Watch Espresso Beans',
      'Pilot Lever Espresso Maker',
    ]);
    expect(found).toContain('Moka Pot “Companionway”');
  });

  it('finds what is being typed', async () => {
    expect((await find('espresso mach'))[0]).toBe('Flagship Espresso Machine');
    expect((await find('kettl')).toSorted()).toEqual(['Harbour Gooseneck Kettle', 'Stormproof Copper Kettle']);
  });

  it('takes a word for itself and for those that the catalogue knows to begin with it', async () => {
    const names = ['Zuber', 'Zuberkopf', 'Zuber9000'];
    const made = await Promise.all(names.map((name) => makeProduct(app, staff, { name })));
    expect((await find('zube')).toSorted()).toEqual(['Zuber', 'Zuber9000', 'Zuberkopf']);
    expect((await find('zuber')).toSorted()).toEqual(['Zuber', 'Zuberkopf']);
    expect(await find('zuber9')).toEqual(['Zuber9000']);
    expect(await find('zuberkopf -zuber')).toEqual([]);
    await app.db.query(
      `INSERT INTO catalog.search_words (word) SELECT 'zuber' || repeat('l', n) FROM generate_series(1, 40) AS n`,
    );
    expect((await find('zuber', '&limit=50')).toSorted()).toEqual(['Zuber', 'Zuber9000', 'Zuberkopf']);
    for (const { id } of made) await app.as(staff).delete(`/v1/products/${id}`, ifMatch(1));
  });

  it('goes on where a page ended when the catalogue has come to know more words that begin so', async () => {
    const made: { id: string }[] = [];
    for (let n = 0; n < 4; n++)
      made.push(
        await makeProduct(app, staff, { name: 'Quoin', slug: `quoin-${n}`, description: `A ${'quoin '.repeat(n)}` }),
      );
    const list = async (more: string) => (await app.anyone.get(`/v1/products?q=quoin&fields=id&limit=2${more}`)).body;
    const first = await list('');
    made.push(await makeProduct(app, staff, { name: 'Quoinery', status: 'draft' }));
    const second = await list(`&cursor=${first.nextCursor}`);
    const found = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
    expect(found.toSorted()).toEqual(
      made
        .slice(0, 4)
        .map(({ id }) => id)
        .toSorted(),
    );
    for (const { id } of made) await app.as(staff).delete(`/v1/products/${id}`, ifMatch(1));
  });

  it.each(["example.com/it'copper", "x.com/a'b'copper", "it'copper", "o'copper", "copper'"])(
    'reads %s',
    async (typed) => {
      for (const more of ['', '&sort=price', '&inStock=true']) expect(await find(typed, more)).toBeInstanceOf(Array);
      expect((await app.anyone.get(`/v1/search/facets?q=${encodeURIComponent(typed)}`)).status).toBe(200);
    },
  );

  it('leaves out what is excluded, also where there are synonyms', async () => {
    const { body: synonyms } = await app.as(staff).post('/v1/search/synonyms', { words: ['foo bar', 'baz'] });
    const names = ['Quern baz', 'Bar quern foobar', 'Bar quern'];
    const made = await Promise.all(names.map((name) => makeProduct(app, staff, { name })));
    expect(await find('quern -"foo bar"')).toEqual(expect.not.arrayContaining(['Quern baz']));
    expect(await find('quern bar -foo')).toEqual(['Bar quern']);
    expect(await find('foo bar')).toEqual(['Quern baz']);
    await app.as(staff).delete(`/v1/search/synonyms/${synonyms.id}`, ifMatch(1));
    for (const { id } of made) await app.as(staff).delete(`/v1/products/${id}`, ifMatch(1));
  });

  it('leaves out what stands for an excluded word, wherever it is typed', async () => {
    const { body: synonyms } = await app.as(staff).post('/v1/search/synonyms', { words: ['sofa', 'couch'] });
    const made = await Promise.all(
      ['Quern sofa', 'Quern couch', 'Quern sofabed', 'Quern'].map((name) => makeProduct(app, staff, { name })),
    );
    for (const typed of ['quern -sofa', '-sofa quern']) {
      const found = await find(typed);
      expect(found).toContain('Quern');
      expect(found.filter((name) => /sofa$|couch/.test(name))).toEqual([]);
    }
    expect((await find('quern sofa')).toSorted()).toEqual(['Quern couch', 'Quern sofa', 'Quern sofabed']);
    await app.as(staff).delete(`/v1/search/synonyms/${synonyms.id}`, ifMatch(1));
    for (const { id } of made) await app.as(staff).delete(`/v1/products/${id}`, ifMatch(1));
  });

  it.each([
    ['expresso machin', 'Flagship Espresso Machine'],
    ['kettel', 'Stormproof Copper Kettle'],
    ['coper ketle', 'Stormproof Copper Kettle'],
    ['marmelade', 'Bitter Orange Marmalade'],
    ['notebok', 'Ship’s Log Notebook'],
    ['appron', 'Canvas Galley Apron'],
    ['grindr', 'Windlass Hand Grinder'],
  ])('understands "%s"', async (typed, meant) => {
    expect(await find(typed)).toContain(meant);
  });

  it('finds other forms of a word, categories, attributes and SKUs', async () => {
    expect(await find('kettles')).toHaveLength(2);
    expect(await find('stationery')).toHaveLength(3);
    expect(await find('bamboo fibre')).toContain('Fiddle-Rimmed Plate');
    expect(await find('MOKA-POT-COMPANIONWAY-3-CUPS')).toEqual(['Moka Pot “Companionway”']);
  });

  it('takes phrases, exclusions and alternatives', async () => {
    expect(await find('"kitchen timer"')).toEqual(['Eight-Bells Kitchen Timer']);
    expect(await find('"bells eight"')).toEqual([]);
    expect(await find('espresso -lever -beans -moka')).toEqual(
      expect.not.arrayContaining(['Pilot Lever Espresso Maker']),
    );
    expect((await find('marmalade or biscuits')).toSorted()).toEqual([
      'Bitter Orange Marmalade',
      'Ship’s Biscuits with Rosemary',
    ]);
  });

  it('takes an exclusion alone for all the rest', async () => {
    const rest = await find('-kettle -"kitchen timer"', '&limit=100');
    expect(rest.length).toBeGreaterThan(30);
    expect(rest).not.toContain('Stormproof Copper Kettle');
  });

  it('goes with filters and sorts', async () => {
    expect(await find('kettle', '&maxPrice=9000')).toEqual(['Stormproof Copper Kettle']);
    expect(await find('kettle', '&sort=-price')).toEqual(['Harbour Gooseneck Kettle', 'Stormproof Copper Kettle']);
    expect(await find('kettle', '&category=coffee')).toEqual([]);
  });

  it.each([
    'the',
    '!!!',
    '"',
    '-',
    '()',
    ':*',
    "'",
    '\\',
    "o'zzxxq \\' :*",
    '& | !',
    '<->',
    'a'.repeat(200),
    '😀',
    '%',
    '../..',
    'xyzzyqqq',
  ])('makes nothing of %j, without harm', async (typed) => {
    expect(await find(typed)).toEqual([]);
  });

  it('follows names, categories and variants as they change', async () => {
    const category = (await app.as(staff).post('/v1/categories', { name: 'Sextants' })).body;
    const product = await makeProduct(app, staff, { name: 'Brass thing', categoryId: category.id });
    expect(await find('sextants')).toEqual(['Brass thing']);
    await app.as(staff).patch(`/v1/categories/${category.id}`, { name: 'Astrolabes' }, ifMatch(1));
    await app.runDue();
    expect([await find('sextants'), await find('astrolabe')]).toEqual([[], ['Brass thing']]);
    await app.as(staff).patch(`/v1/products/${product.id}`, { name: 'Quadrant' }, ifMatch(1));
    expect([await find('"brass thing"'), await find('quadrant')]).toEqual([[], ['Quadrant']]);
    await app.as(staff).delete(`/v1/products/${product.id}`, ifMatch(2));
    expect(await find('quadrant')).toEqual([]);
  });
});
