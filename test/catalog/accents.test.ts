import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { SynonymsService } from '#src/catalog/search/synonyms.service.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch, makeProduct } from './catalog-support.js';

const app = galley({ GALLEY_LOCALES: 'en,fr,de,fr-CA,ja,th,ko' });
let person: Person;
let staff: Client;
let category: { id: string };

beforeAll(async () => {
  person = await app.staff();
  staff = app.as(person);
  category = (await staff.post('/v1/categories', { name: 'Pâtisserie' })).body;
  const { body: brand } = await staff.post('/v1/brands', { name: 'Émile Łuczak' });
  await makeProduct(app, person, {
    ...{ name: 'Crème brûlée torch', categoryId: category.id, brandId: brand.id, tags: ['déjeuner'] },
    ...{ attributes: { finish: 'Weißgold' }, description: 'Caramelizes à la minute.' },
    ...{ options: [{ name: 'Color', values: ['Açaí'] }] },
    variants: [{ sku: randomUUID(), optionValues: { Color: 'Açaí' } }],
  });
  await makeProduct(app, person, { name: 'Jalapeno sauce' });
  await makeProduct(app, person, { name: 'The Who' });
  const table = await makeProduct(app, person, { name: 'Bird table' });
  await translate(table.id, 'fr', 'Mangeoire à mésanges', 1);
  await translate(table.id, 'de', 'Futterhäuschen für Gartenvögel', 2);
  const pot = await makeProduct(app, person, { name: 'Iron pot' });
  await translate(pot.id, 'ja', '南部鉄器の急須', 1, '岩手の職人が作った鉄の急須です。ﾃｨｰﾎﾟｯﾄ');
  await translate(pot.id, 'th', 'กาน้ำชาเหล็ก', 2);
  await translate(pot.id, 'ko', '무쇠 주전자를', 3);
});

const translate = (id: string, locale: string, name: string, version: number, description?: string) =>
  staff.put(`/v1/products/${id}/translations/${locale}`, { name, description }, ifMatch(version));

const names = async (query: string): Promise<string[]> => {
  const { status, body } = await app.anyone.get(`/v1/products?${query}`);
  expect(status).toBe(200);
  return body.data.map(({ name }: { name: string }) => name);
};
const find = (q: string, more = '') => names(`q=${encodeURIComponent(q)}${more}`);
const suggest = async (q: string, more = ''): Promise<string[]> => {
  const { body } = await app.anyone.get(`/v1/search/suggestions?q=${encodeURIComponent(q)}${more}`);
  return body.data.map(({ kind, text }: { kind: string; text: string }) => `${kind}: ${text}`);
};

describe('A search', () => {
  it.each(['creme brulee', 'Crème brûlée', 'CRÈME', 'Crème brûlée', '"creme brulee"', 'creme brul', 'cremme brulee'])(
    'finds names with accents by %s',
    async (q) => {
      expect(await find(q)).toEqual(['Crème brûlée torch']);
    },
  );

  it.each(['patisserie', 'emile luczak', 'dejeuner', 'weissgold', 'acai', 'a la minute'])(
    'finds categories, brands, tags, attributes, options and descriptions by %s',
    async (q) => {
      expect(await find(q)).toEqual(['Crème brûlée torch']);
    },
  );

  it('finds Greek in capitals and in small letters', async () => {
    await makeProduct(app, person, { name: 'Η Οδός', slug: 'odos' });
    for (const q of ['ΟΔΟΣ', 'οδος', 'Οδός']) expect(await find(q)).toEqual(['Η Οδός']);
  });

  it('finds without accents what is typed with them', async () => {
    expect(await find('jalapeño')).toEqual(['Jalapeno sauce']);
  });

  it('leaves out what is excluded, with accents and without', async () => {
    expect(await find('torch -brulee')).toEqual([]);
    expect(await find('torch -brûlée')).toEqual([]);
    expect(await find('sauce -jalapeño')).toEqual([]);
    expect(await find('crème -jalapeño')).toEqual(['Crème brûlée torch']);
  });

  it.each(['the who', 'The', 'who the'])('finds a name of words that say nothing by %s', async (q) => {
    expect(await find(q)).toEqual(['The Who']);
  });

  it.each(['mangeoire a mesanges', 'Mésange', 'futterhauschen', 'Futterhäuschen', 'futterhaeuschen', 'gartenvogel'])(
    'finds translations by %s',
    async (q) => {
      expect(await find(q, '&locale=de')).toEqual(['Futterhäuschen für Gartenvögel']);
    },
  );

  it.each([
    '南部',
    '急須',
    '鉄',
    '須',
    '鉄器',
    '鉄の急須',
    '南部鉄器の急須',
    '急須 職人',
    '"鉄の急須"',
    'ティーポット',
  ])('finds %s in what is written without spaces', async (q) => {
    expect(await find(q, '&locale=ja')).toEqual(['南部鉄器の急須']);
    expect(await find(q)).toEqual(['Iron pot']);
  });

  it('finds what is written with letters and figures in between', async () => {
    for (const [slug, name] of [
      ['a5', '高級A5用紙セット'],
      ['hundred', '鉄の急須100個入り'],
      ['led', 'Quibo 省エネLED電球'],
      ['type-a', 'Zorbo 鉄瓶A型'],
    ])
      await makeProduct(app, person, { name, slug });
    for (const q of ['A5用紙', 'a5 用紙', '高級A5', '"A5用紙"']) expect(await find(q)).toEqual(['高級A5用紙セット']);
    for (const q of ['急須100個', '急須100', '100個入り', '鉄の急須100'])
      expect(await find(q)).toEqual(['鉄の急須100個入り']);
    for (const q of ['LED電球', '省エネLED', 'quibo LED電球']) expect(await find(q)).toEqual(['Quibo 省エネLED電球']);
    for (const q of ['A型', '鉄瓶A', '瓶']) expect(await find(q)).toEqual(['Zorbo 鉄瓶A型']);
    expect(await find('quibo -LED電球')).toEqual([]);
    expect(await find('急須200')).toEqual([]);
  });

  it('ranks a name with an accent as one without', async () => {
    const rank = async (name: string) => {
      const { id } = await makeProduct(app, person, { name });
      const [row] = await app.db.query<{ rank: number }>(
        `SELECT ts_rank(search, 'skimmer') AS rank FROM catalog.products WHERE id = $1`,
        [id],
      );
      return row?.rank;
    };
    expect(await rank('Écume – skimmer™')).toBe(await rank('Foam - skimmer'));
  });

  it('takes a text of very many letters without a space', async () => {
    const { id } = await makeProduct(app, person, { description: '茶器急須鉄瓶湯呑'.repeat(2500) });
    expect(await app.anyone.get(`/v1/products/${id}?fields=id`)).toMatchObject({ status: 200 });
    expect(await find('㌖'.repeat(200))).toEqual([]);
  });

  it.each(['น้ำชา', 'กาน้ำชา', 'เหล็ก', '주전자', '무쇠'])('finds %s in Thai and Korean', async (q) => {
    expect(await find(q)).toEqual(['Iron pot']);
  });

  it.each(['急南', '鉄の鉄器', 'pot -急須', 'pot -鉄の急須', '급'])('does not find %s', async (q) => {
    expect(await find(q)).toEqual([]);
  });

  it('counts facets of what it finds', async () => {
    const { body } = await app.anyone.get('/v1/search/facets?q=creme+brulee');
    expect([body.total, body.data[0].values[0].label]).toEqual([1, 'Pâtisserie']);
  });

  it('takes synonyms with accents and without for each other', async () => {
    const { body } = await staff.post('/v1/search/synonyms', { words: ['crème', 'custard'] });
    expect([await find('custard'), await find('creme')]).toEqual([['Crème brûlée torch'], ['Crème brûlée torch']]);
    await staff.delete(`/v1/search/synonyms/${body.id}`, ifMatch(1));
    const { body: other } = await staff.post('/v1/search/synonyms', { words: ['flambé', 'jalapeno'] });
    expect(await find('flambe')).toEqual(['Jalapeno sauce']);
    await staff.delete(`/v1/search/synonyms/${other.id}`, ifMatch(1));
  });

  it('finds products by what their categories are called in any language, as they are called now', async () => {
    const path = `/v1/categories/${category.id}/translations/de`;
    await staff.put(path, { name: 'Konditoreibedarf' }, ifMatch(1));
    await app.runDue();
    expect(await find('konditoreibedarf')).toEqual(['Crème brûlée torch']);
    await staff.put(path, { name: 'Süßwaren' }, ifMatch(2));
    await app.runDue();
    expect([await find('konditoreibedarf'), await find('susswaren')]).toEqual([[], ['Crème brûlée torch']]);
  });

  it('reads everything anew that a release before has read in its way', async () => {
    await app.db.query('UPDATE catalog.search_settings SET edition = 1');
    await app.db.query(`UPDATE catalog.products SET search = ''`);
    await app.service(SynonymsService).onApplicationBootstrap();
    await app.runDue();
    expect(await find('creme brulee')).toEqual(['Crème brûlée torch']);
    expect(await app.db.query('SELECT edition FROM catalog.search_settings')).toEqual([{ edition: 2 }]);
  });
});

it('Facets call options and values what products call them in the language that is asked for', async () => {
  const made = await makeProduct(app, person, {
    ...{ name: 'Scarf', tags: ['scarf'], attributes: { material: 'wool' } },
    options: [{ name: 'Color', values: ['red', 'blue', 'green'] }],
    variants: ['red', 'blue'].map((Color) => ({ sku: randomUUID(), optionValues: { Color } })),
  });
  const definition = { code: 'material', name: 'Material', kind: 'text', filterable: true };
  await staff.post('/v1/product-types', { code: 'scarf', name: 'Scarves', attributes: [definition] });
  const translation = {
    options: { Color: { name: 'Couleur', values: { red: 'rouge' } } },
    attributes: { material: 'laine' },
  };
  await staff.put(`/v1/products/${made.id}/translations/fr`, translation, ifMatch(1));
  const shown = async (query: string) => {
    const { body } = await app.anyone.get(`/v1/search/facets?tag=scarf&${query}`);
    const facets = body.data as { facet: string; label: string; values: { value: string; label: string }[] }[];
    return facets
      .filter(({ facet }) => facet === 'option' || facet === 'attribute')
      .map(({ label, values }) => [label, ...values.map((one) => `${one.value}: ${one.label}`)]);
  };
  expect(await shown('locale=fr-CA')).toEqual([
    ['Material', 'wool: laine'],
    ['Couleur', 'blue: blue', 'red: rouge'],
  ]);
  expect(await shown('locale=fr&option[Color]=red&inStock=false')).toEqual([
    ['Material', 'wool: laine'],
    ['Couleur', 'blue: blue', 'red: rouge'],
  ]);
  expect(await shown('locale=en')).toEqual([
    ['Material', 'wool: wool'],
    ['Color', 'blue: blue', 'red: red'],
  ]);
});

describe('Suggestions', () => {
  it.each(['crem', 'crè', 'CRÈ'])('complete words, names of products and brands with accents from %s', async (q) => {
    expect(await suggest(q)).toEqual(['words: crème', 'product: Crème brûlée torch']);
  });

  it('know brands, categories and misspelt words without accents', async () => {
    expect(await suggest('emile l')).toEqual(['brand: Émile Łuczak']);
    expect(await suggest('patis')).toEqual(['category: Pâtisserie']);
    expect(await suggest('brullee')).toEqual(['words: brûlée']);
  });

  it('call products and categories what they are called in the language that is asked for', async () => {
    await staff.put(`/v1/categories/${category.id}/translations/fr`, { name: 'Articles de pâtisserie' }, ifMatch(3));
    expect(await suggest('mangeoire a', '&locale=fr')).toEqual(['product: Mangeoire à mésanges']);
    expect(await suggest('mangeoire a', '&locale=fr-CA')).toEqual(['product: Mangeoire à mésanges']);
    expect(await suggest('mangeoire a')).toEqual([]);
    expect(await suggest('bird t', '&locale=fr')).toEqual(expect.arrayContaining(['product: Mangeoire à mésanges']));
    expect(await suggest('articles de p', '&locale=fr')).toContain('category: Articles de pâtisserie');
    const { body } = await app.anyone.get('/v1/search/suggestions?q=mangeoire+a', { 'accept-language': 'fr' });
    expect(body.data).toHaveLength(1);
  });

  it('name no product that has gone, and none by what it was called before', async () => {
    const { id } = await makeProduct(app, person, { name: 'Oven glove' });
    await translate(id, 'fr', 'Gant', 1);
    expect(await suggest('gan', '&locale=fr')).toEqual(['words: gant', 'product: Gant']);
    await translate(id, 'fr', 'Moufle', 2);
    expect(await suggest('gan', '&locale=fr')).toEqual(['words: gant']);
    expect(await suggest('moufl', '&locale=fr')).toEqual(['words: moufle', 'product: Moufle']);
    await staff.delete(`/v1/products/${id}`, ifMatch(3));
    expect(await suggest('moufl', '&locale=fr')).toEqual(['words: moufle']);
    expect(await app.db.query('SELECT name FROM catalog.translated_names WHERE product_id = $1', [id])).toEqual([]);
  });
});
