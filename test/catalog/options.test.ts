import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { relabelled } from '#src/catalog/products/relabel.js';
import { combinations, type ReshapedOption, reshape } from '#src/catalog/products/reshape.js';
import { galley, type Person } from '../support/app.js';
import { ifMatch, makeProduct } from './catalog-support.js';

const app = galley({ GALLEY_LOCALES: 'en,de,de-AT,fr' });
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

interface Shown {
  id: string;
  sku: string;
  title: string;
  optionValues: Record<string, string>;
}
const put = (id: string, version: number, request: object) =>
  app.as(staff).put(`/v1/products/${id}/options`, request, ifMatch(version));
const bySku = (variants: Shown[]) => Object.fromEntries(variants.map(({ sku, id }) => [sku, id]));
const sizes = (values: string[], more: object = {}) => ({ name: 'Size', values, ...more });
const colors = (values: string[], more: object = {}) => ({ name: 'Color', values, ...more });
const shirt = () =>
  makeProduct(app, staff, {
    slug: `shirt-${randomUUID().slice(24)}`,
    variants: [
      { sku: randomUUID(), optionValues: { Size: 'S' } },
      { sku: randomUUID(), optionValues: { Size: 'M' } },
    ],
  });

describe('Options', () => {
  it('make a variant of every combination that has none, with its price and its stock', async () => {
    const { id, slug, variants } = await shirt();
    const options = [sizes(['S', 'M']), colors(['Black', 'Weiß'], { fill: 'Black' })];
    const { status, body } = await put(id, 1, {
      options,
      generate: true,
      prices: [{ amount: 1500, currency: 'EUR' }],
      stock: 3,
    });
    expect(status).toBe(200);
    const shown = body.variants as (Shown & { price: object; available: number })[];
    expect(shown.map(({ title }) => title)).toEqual(['S / Black', 'M / Black', 'S / Weiß', 'M / Weiß']);
    expect(shown.slice(0, 2).map((one) => one.id)).toEqual(variants.map((one) => one.id));
    expect(shown[2]).toMatchObject({
      sku: `${slug.toUpperCase()}-S-WEISS`,
      price: { amount: 1500, currency: 'EUR' },
      available: 3,
    });
    expect(body.version).toBe(2);
  });

  it('go up to 2,000 variants, and no further', async () => {
    const { id } = await makeProduct(app, staff, { variants: [{ sku: randomUUID() }] });
    const many = (count: number) => Array.from({ length: count }, (_, number) => `N${number}`);
    const grid = [sizes(many(50)), colors(many(40))];
    const { status, body } = await put(id, 1, { options: grid, generate: true });
    expect([status, body.variants.length]).toEqual([200, 2000]);
    expect(new Set(body.variants.map(({ sku }: Shown) => sku)).size).toBe(2000);
    const larger = await put(id, 2, { options: [sizes(many(50)), colors(many(41))], generate: true });
    expect([larger.status, larger.body.errors[0].code]).toEqual([422, 'too_many']);
    const huge = ['A', 'B', 'C', 'D', 'E'].map((name) => ({ name, values: many(100) }));
    expect((await put(id, 2, { options: huge, generate: true })).status).toBe(422);
  }, 30_000);

  it('can be renamed, values too, even in a circle, and variants stay who they are', async () => {
    const { id, variants } = await shirt();
    const renamed = { S: 'M', M: 'S' };
    const { body } = await put(id, 1, { options: [{ name: 'Fit', was: 'Size', values: ['S', 'M'], renamed }] });
    expect(bySku(body.variants)).toEqual(bySku(variants as Shown[]));
    expect(body.variants.map(({ optionValues, title }: Shown) => [optionValues, title])).toEqual([
      [{ Fit: 'M' }, 'M'],
      [{ Fit: 'S' }, 'S'],
    ]);
  });

  it('are refused when they rename what there is not, and nothing becomes another thing', async () => {
    const sku = randomUUID();
    const { id } = await makeProduct(app, staff, {
      options: [{ name: 'Farbe', values: ['rot', 'blau'] }],
      variants: [{ sku, optionValues: { Farbe: 'blau' } }],
    });
    const errorsOf = async (...options: object[]) => {
      const { status, body } = await put(id, 1, { options, archive: true });
      return [status, body.errors?.map(({ pointer, message }: Record<string, string>) => [pointer, message])];
    };
    const values = ['rot', 'blau'];
    for (const name of ['Couleur', 'farbe'])
      expect(await errorsOf({ name, was: 'farbe', values })).toEqual([
        422,
        [['/options/0/was', 'the product has no option "farbe"; it has "Farbe".']],
      ]);
    const renamed = { rott: 'rubin', 'a/b': 'rot', blau: 'rubin' };
    expect(await errorsOf({ name: 'Farbe', values: ['rot', 'rubin'], renamed })).toEqual([
      422,
      [
        ['/options/0/renamed/rott', '"Farbe" has no value "rott"; it has "rot", "blau".'],
        ['/options/0/renamed/a~1b', '"Farbe" has no value "a/b"; it has "rot", "blau".'],
      ],
    ]);
    expect(await errorsOf(sizes(['S'], { renamed: { M: 'S' } }))).toEqual([
      422,
      [['/options/0/renamed/M', '"Size" has no value "M"; it has none.']],
    ]);
    const twice = '"Farbe" is what another of these options was.';
    const [shade, tone] = ['Shade', 'Tone'].map((name) => ({ name, was: 'Farbe', values }));
    expect(await errorsOf(shade!, tone!)).toEqual([422, [['/options/1/was', twice]]]);
    expect(await errorsOf(shade!, { name: 'Farbe', values })).toEqual([422, [['/options/1/name', twice]]]);
    const { body } = await app.anyone.get(`/v1/products/${id}`);
    expect([body.version, body.variants]).toEqual([
      1,
      [expect.objectContaining({ sku, optionValues: { Farbe: 'blau' } })],
    ]);
  });

  it('are refused when what values are to be called, or what fills a new option, is not among them', async () => {
    const { id, variants } = await shirt();
    const small = sizes(['small', 'M'], { renamed: { S: 'Small' } });
    const color = colors(['Black', 'a/b'], { fill: 'black' });
    const options = [small, color];
    const { status, body } = await put(id, 1, { options, archive: true, generate: true });
    expect([status, body.errors]).toEqual([
      422,
      [
        {
          pointer: '/options/0/renamed/S',
          code: 'unknown_option_value',
          message: '"Size" has no value "Small"; it has "small", "M".',
        },
        {
          pointer: '/options/1/fill',
          code: 'unknown_option_value',
          message: '"Color" has no value "black"; it has "Black", "a/b".',
        },
      ],
    ]);
    const now = (await app.anyone.get(`/v1/products/${id}`)).body;
    expect([now.version, bySku(now.variants)]).toEqual([1, bySku(variants as Shown[])]);
  });

  it('may swap their names', async () => {
    const { id } = await makeProduct(app, staff, {
      variants: [{ sku: randomUUID(), optionValues: { Size: 'S', Color: 'Red' } }],
    });
    const options = [sizes(['Red'], { was: 'Color' }), colors(['S'], { was: 'Size' })];
    expect((await put(id, 1, { options })).body.variants[0].optionValues).toEqual({ Size: 'Red', Color: 'S' });
  });

  it('take their labels along in every language when they are renamed, and leave none of what is gone', async () => {
    const { id } = await makeProduct(app, staff, {
      options: [colors(['Red', 'Blue', 'Green', 'Crimson']), sizes(['S'])],
      variants: [
        { sku: randomUUID(), optionValues: { Color: 'Red', Size: 'S' } },
        { sku: randomUUID(), optionValues: { Color: 'Blue', Size: 'S' } },
      ],
    });
    const translate = (locale: string, labels: object, version: number) =>
      app.as(staff).put(`/v1/products/${id}/translations/${locale}`, { options: labels }, ifMatch(version));
    const german = { name: 'Farbe', values: { Red: 'Rot', Blue: 'Blau', Green: 'Grün', Crimson: 'Karmin' } };
    await translate('de', { Color: german, Size: { name: 'Größe' } }, 1);
    await translate('fr', { Color: { values: { Red: 'Rouge' } } }, 2);
    await translate('de-AT', { Size: { values: { S: 'Klein' } } }, 3);
    const three = [colors(['Red', 'Blue', 'Green']), sizes(['S'])];
    expect((await app.as(staff).patch(`/v1/products/${id}`, { options: three }, ifMatch(4))).body.version).toBe(5);
    const options = [{ name: 'Colour', was: 'Color', values: ['Cherry', 'Blue'], renamed: { Red: 'Cherry' } }];
    expect((await put(id, 5, { options })).body.version).toBe(6);
    const labels = async (locale: string) => (await app.anyone.get(`/v1/products/${id}?locale=${locale}`)).body.labels;
    const colour = { name: 'Farbe', values: { Cherry: 'Rot', Blue: 'Blau' } };
    expect((await labels('de')).options).toEqual({ Colour: colour });
    expect((await labels('de-AT')).options).toEqual({ Colour: colour });
    expect((await labels('fr')).options).toEqual({ Colour: { values: { Cherry: 'Rouge' } } });
  });

  it('keep labels with what they are of when values change places or become one, and take those that are there already', () => {
    const relabel = (values: Record<string, string>, option: object) =>
      relabelled({ de: { options: { Size: { values } } } }, [sizes(['S', 'M', 'L'])], [
        sizes(['S', 'M', 'L']),
        option,
      ] as ReshapedOption[])['de']?.options?.['Fit']?.values;
    const german = { S: 'klein', M: 'mittel', L: 'groß' };
    const fitOf = (values: string[], renamed: object) => ({ name: 'Fit', was: 'Size', values, renamed });
    expect(relabel(german, fitOf(['S', 'M', 'L'], { S: 'M', M: 'S' }))).toEqual({ S: 'mittel', M: 'klein', L: 'groß' });
    expect(relabel(german, fitOf(['S', 'M'], { L: 'M' }))).toEqual({ S: 'klein', M: 'mittel' });
    expect(relabel(german, fitOf(['X'], { S: 'X', M: 'X' }))).toEqual({ X: 'klein' });
    expect(relabel({ ...german, X: 'riesig' }, fitOf(['X', 'S'], { L: 'X' }))).toEqual({ X: 'riesig', S: 'klein' });
    expect(relabel(german, fitOf(['__proto__'], { S: '__proto__' }))).toEqual({ ['__proto__']: 'klein' });
    expect(relabel(german, fitOf(['Other'], {}))).toBe(undefined);
  });

  it('take no variant away unasked', async () => {
    const { id, variants } = await shirt();
    const refused = await put(id, 1, { options: [sizes(['S'])] });
    const [small, medium] = variants.map(({ sku }) => sku);
    expect([refused.status, refused.body.code, refused.body.skus]).toEqual([409, 'variants_would_go', [medium]]);
    expect(refused.body.detail).toBe(`1 variant would go: ${medium}. Send "archive": true to let it go.`);
    expect((await put(id, 1, { options: [sizes(['XL'])], generate: true })).body.detail).toBe(
      `2 variants would go: ${small}, ${medium}. Send "archive": true to let them go.`,
    );
    const { body } = await put(id, 1, { options: [sizes(['S'])], archive: true });
    expect(body.variants.map(({ sku }: Shown) => sku)).toEqual([variants[0]?.sku]);
    const none = await put(id, 2, { options: [sizes(['XL'])], archive: true });
    expect([none.status, none.body.errors[0].code]).toEqual([422, 'no_variants']);
    expect((await put(id, 1, { options: [sizes(['S'])] })).status).toBe(412);
  });

  it('keep every variant whose values there still are, and no two of one combination', () => {
    const option = (name: string) =>
      fc.record({
        name: fc.constant(name),
        values: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }),
      });
    const options = fc.tuple(option('A'), option('B'), option('C')).chain((all) => fc.subarray(all));
    fc.assert(
      fc.property(options, options, fc.nat(), (before, after, chosen) => {
        const variants = combinations(before)
          .filter((_, index) => ((chosen >> (index % 20)) & 1) === 0)
          .map((optionValues) => ({ optionValues }));
        const { kept, dropped, missing } = reshape(before, after, variants);
        expect(kept.length + dropped.length).toBe(variants.length);
        const keys = [...kept.map(({ values }) => values), ...missing()].map((values) =>
          JSON.stringify(after.map(({ name }) => values[name])),
        );
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.length).toBe(combinations(after).length);
        for (const { of, values } of kept) {
          for (const { name } of before)
            if (after.some((other) => other.name === name)) expect(values[name]).toBe(of.optionValues[name]);
        }
      }),
    );
  });
});
