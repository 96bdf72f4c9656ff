import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { NoteOfferedOptions1767231700000 } from '#src/catalog/migrations/1767231700000-note-offered-options.js';
import { FillOfferedOptions1767231700001 } from '#src/catalog/migrations/1767231700001-fill-offered-options.js';
import { galley, type Person } from '../support/app.js';
import { ifMatch, type Made, makeProduct } from './catalog-support.js';

const app = galley();
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

const OPTIONS = { Shade: ['Red', 'Blue', 'Green'], Cut: ['S', 'L'] };
type Options = Partial<Record<keyof typeof OPTIONS, string>>;

/** A product that names these options, with a variant of each of these, and so many of each; one when nothing is said. */
const product = (
  tag: string,
  names: (keyof typeof OPTIONS)[],
  variants: Options[],
  stock: number[] = [],
): Promise<Made> =>
  makeProduct(app, staff, {
    tags: [tag],
    options: names.map((name) => ({ name, values: OPTIONS[name] })),
    variants: variants.map((optionValues, index) => ({
      ...{ sku: randomUUID(), optionValues, stock: stock[index] ?? 1 },
      prices: [{ amount: 100, currency: 'EUR' }],
    })),
  });

interface Facet {
  facet: string;
  name: string;
  values: { value: string; count: number }[];
}

const queryOf = (tag: string, chosen: Options) =>
  [`tag=${tag}`, ...Object.entries(chosen).map(([name, value]) => `option[${name}]=${value}`)].join('&');

async function countsOf(tag: string, chosen: Options = {}) {
  const { body } = await app.anyone.get(`/v1/search/facets?${queryOf(tag, chosen)}`);
  const options = (body.data as Facet[]).filter(({ facet }) => facet === 'option');
  const counts = options.map(({ name, values }) => [name, Object.fromEntries(values.map((v) => [v.value, v.count]))]);
  return { total: body.total as number, options: Object.fromEntries(counts) as Record<string, object> };
}

const listed = async (tag: string, chosen: Options): Promise<number> =>
  (await app.anyone.get(`/v1/products?${queryOf(tag, chosen)}`)).body.data.length;

/** What the facets of options are, when each value counts what the list would show. */
async function countsByLists(tag: string, chosen: Options) {
  const options: Record<string, Record<string, number>> = {};
  for (const [name, values] of Object.entries(OPTIONS)) {
    for (const value of values) {
      const count = await listed(tag, { ...chosen, [name]: value });
      if (count > 0) options[name] = { ...options[name], [value]: count };
    }
  }
  return { total: await listed(tag, chosen), options };
}

describe('Facets of options', () => {
  it('count no value that no variant has', async () => {
    await product('lamp', ['Shade'], [{ Shade: 'Red' }]);
    await product('lamp', ['Shade'], [{ Shade: 'Red' }, { Shade: 'Green' }]);
    expect(await countsOf('lamp')).toEqual({ total: 2, options: { Shade: { Red: 2, Green: 1 } } });
  });

  it('follow variants that come and go', async () => {
    const { id, variants } = await product('rug', ['Shade'], [{ Shade: 'Red' }, { Shade: 'Blue' }]);
    const seen = [(await countsOf('rug')).options['Shade']];
    await app.as(staff).delete(`/v1/variants/${variants[1]!.id}`, ifMatch(1));
    seen.push((await countsOf('rug')).options['Shade']);
    const green = { sku: randomUUID(), optionValues: { Shade: 'Green' } };
    expect((await app.as(staff).post(`/v1/products/${id}/variants`, green, ifMatch(2))).status).toBe(201);
    seen.push((await countsOf('rug')).options['Shade']);
    const items = [
      { create: { name: 'Late', status: 'active', tags: ['rug'], options: [], variants: [{ sku: randomUUID() }] } },
    ];
    await app.as(staff).post('/v1/products/bulk', { items });
    seen.push((await countsOf('rug')).options['Shade']);
    expect(seen).toEqual([{ Red: 1, Blue: 1 }, { Red: 1 }, { Red: 1, Green: 1 }, { Red: 1, Green: 1 }]);
  });

  it('count what the list with each value shows, whatever else is chosen', async () => {
    const tag = 'curtain';
    await product(
      tag,
      ['Shade', 'Cut'],
      [
        { Shade: 'Red', Cut: 'S' },
        { Shade: 'Blue', Cut: 'L' },
      ],
    );
    await product(tag, ['Shade', 'Cut'], [{ Shade: 'Red', Cut: 'L' }]);
    await product(tag, ['Shade'], [{ Shade: 'Blue' }]);
    const { variants } = await product(
      tag,
      ['Cut', 'Shade'],
      [
        { Shade: 'Green', Cut: 'S' },
        { Shade: 'Red', Cut: 'S' },
      ],
    );
    await app.as(staff).delete(`/v1/variants/${variants[0]!.id}`, ifMatch(1));
    for (const chosen of [
      ...[{}, { Shade: 'Red' }, { Shade: 'Blue' }, { Shade: 'Green' }, { Cut: 'S' }, { Cut: 'L' }],
      ...[
        { Shade: 'Red', Cut: 'S' },
        { Shade: 'Red', Cut: 'L' },
        { Shade: 'Blue', Cut: 'S' },
        { Shade: 'Green', Cut: 'S' },
      ],
    ] as Options[]) {
      expect([chosen, await countsOf(tag, chosen)]).toEqual([chosen, await countsByLists(tag, chosen)]);
    }
  });

  it('count what the list shows of what can be had, in the variant that is chosen', async () => {
    const tag = 'scarf';
    const each: Options[] = ['S', 'L'].flatMap((Cut) => [
      { Shade: 'Red', Cut },
      { Shade: 'Blue', Cut },
    ]);
    for (const stock of [
      [0, 1, 1, 0],
      [1, 0, 0, 0],
      [1, 1, 1, 1],
      [0, 0, 0, 0],
      [0, 0, 1, 1],
    ])
      await product(tag, ['Shade', 'Cut'], each, stock);
    const { variants } = await product(tag, ['Shade'], [{ Shade: 'Red' }, { Shade: 'Green' }], [1, 0]);
    const inStock = `${tag}&inStock=true`;
    const choices: Options[] = [{}, { Shade: 'Red' }, { Shade: 'Blue' }, { Cut: 'S' }, { Cut: 'L' }, ...each];
    for (const chosen of choices) {
      expect([chosen, await countsOf(inStock, chosen)]).toEqual([chosen, await countsByLists(inStock, chosen)]);
    }
    expect(await countsOf(inStock)).toEqual({
      ...{ total: 5, options: { Shade: { Blue: 3, Red: 5 }, Cut: { L: 3, S: 3 } } },
    });
    expect(await listed(inStock, { Shade: 'Red', Cut: 'S' })).toBe(2);
    expect(await listed(`${tag}&inStock=false`, {})).toBe(1);
    await app.as(staff).post(`/v1/variants/${variants[1]!.id}/stock/adjustments`, { delta: 1, reason: 'Found' });
    expect(await listed(inStock, { Shade: 'Green' })).toBe(1);
  });

  it('know what was archived before they kept it in mind', async () => {
    const tag = 'stool';
    const { variants } = await product(tag, ['Shade'], [{ Shade: 'Red' }, { Shade: 'Blue' }]);
    await product(
      tag,
      ['Shade'],
      OPTIONS.Shade.map((Shade) => ({ Shade })),
    );
    await app.as(staff).delete(`/v1/variants/${variants[0]!.id}`, ifMatch(1));
    const kept = () => app.db.query('SELECT id, offered_options FROM catalog.products ORDER BY id');
    const rows = await kept();
    const runner = app.db.manager.connection.createQueryRunner();
    const [note, fill] = [new NoteOfferedOptions1767231700000(), new FillOfferedOptions1767231700001()];
    await fill.down();
    await note.down(runner);
    await note.up(runner);
    await fill.up(runner);
    await runner.release();
    expect(await kept()).toEqual(rows);
    expect((await countsOf(tag)).options['Shade']).toEqual({ Red: 1, Blue: 2, Green: 1 });
  });
});
