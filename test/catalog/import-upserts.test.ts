import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { PublishingJobs } from '#src/catalog/products/publishing.jobs.js';
import { galley, type Person } from '../support/app.js';
import { Client } from '../support/client.js';
import { ifMatch, makeProduct } from './catalog-support.js';

const app = galley();
let person: Person;
let staff: Client;
beforeAll(async () => {
  person = await app.staff();
  staff = app.as(person);
});

const CSV = { 'content-type': 'text/csv' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

/** Sends a file and works it off; what came of it, with what was refused. */
async function importText(text: string, headers: Record<string, string> = CSV) {
  const { body } = await staff.send('POST', '/v1/imports', text, headers);
  await app.runDue();
  const { data } = (await staff.get(`/v1/imports/${body.id}/refusals`)).body;
  return { ...(await staff.get(`/v1/imports/${body.id}`)).body, refusals: data };
}
const importLine = (product: object) => importText(`${JSON.stringify(product)}\n`, NDJSON);

interface Shown extends Record<string, unknown> {
  id: string;
  slug: string;
  version: number;
  thumbnail: string | null;
  media: { url: string; alt: string | null }[];
  category: { name: string };
  categories: { name: string }[];
  variants: {
    id: string;
    sku: string;
    title: string;
    optionValues: object;
    prices: { amount: number; compareAtAmount: number | null }[];
    available: number;
  }[];
}
const read = async (id: string): Promise<Shown> => (await staff.get(`/v1/products/${id}`)).body;
const unique = (word: string) => `${word}-${randomUUID().slice(0, 8)}`.toUpperCase();

/** On sale in two sizes, with everything that a small file does not say. */
async function makeTee() {
  const code = unique('TEE');
  const { body: category } = await staff.post('/v1/categories', { name: code });
  const tee = await makeProduct(app, person, {
    ...{ name: 'Tee', slug: code.toLowerCase(), status: 'active', description: 'Of cotton', tags: ['cotton'] },
    ...{ categoryId: category.id, attributes: { material: 'cotton', weight: 180 }, seo: { title: 'A tee' } },
    media: ['a', 'b'].map((name) => ({ url: `https://images.example.com/${name}.webp`, alt: name })),
    options: [{ name: 'Size', values: ['S', 'M'] }],
    variants: ['S', 'M'].map((size) => ({
      ...{ sku: `${code}-${size}`, optionValues: { Size: size }, stock: 5, backorderable: true },
      prices: [{ amount: 1000, currency: 'EUR', compareAtAmount: 1200 }],
    })),
  });
  return { code, tee: await read(tee.id), skus: [`${code}-S`, `${code}-M`] };
}

/** Of a product, all that a file of prices and counts says nothing of. */
function restOf({ version: _, updatedAt: __, variants, ...product }: Shown) {
  return { ...product, variants: variants.map(({ sku, title, optionValues }) => ({ sku, title, optionValues })) };
}
const offersOf = ({ variants }: Shown) =>
  variants.map(({ prices, available }) => [prices[0]?.amount, prices[0]?.compareAtAmount, available]);

describe('A file with a few columns', () => {
  it('sets prices and counts of variants that it names, and leaves the rest of their product', async () => {
    const { tee, skus } = await makeTee();
    const rows = skus.map((sku) => `${sku},Tee,9.99,EUR,7`).join('\n');
    const text = `sku,name,price,currency,inventory_count\n${rows}\n`;
    expect(await importText(text)).toMatchObject({
      ...{ status: 'completed', rows: 2, refused: 0, products: { created: 0, changed: 1, unchanged: 0 } },
      ...{ variants: 0, prices: 2, stock: 2 },
    });
    const after = await read(tee.id);
    expect(restOf(after)).toEqual(restOf(tee));
    expect(offersOf(after)).toEqual([
      [999, 1200, 7],
      [999, 1200, 7],
    ]);
    for (const { id } of after.variants)
      expect((await staff.get(`/v1/variants/${id}/stock`)).body).toMatchObject({ backorderable: true });
    expect(await importText(text)).toMatchObject({ prices: 0, stock: 0, products: { changed: 0, unchanged: 1 } });
  });

  it('changes what its columns say, and an empty cell clears', async () => {
    const { tee, skus } = await makeTee();
    const report = await importText(
      `sku,name,price,currency,description,tags,custom_field.material,seo_description\n${skus[0]},T-shirt,,,,,,Soft\n`,
    );
    expect(report).toMatchObject({ refused: 0, products: { changed: 1 } });
    expect(restOf(await read(tee.id))).toEqual({
      ...restOf(tee),
      ...{ name: 'T-shirt', description: null, tags: [], attributes: { weight: 180 } },
      seo: { title: 'A tee', description: 'Soft' },
    });
  });

  it('leaves a product on sale where the cell of its status is empty', async () => {
    const { tee } = await makeTee();
    const rows = (name: string) => `sku,slug,name,status,price,currency\n,${tee.slug},${name},,,\n`;
    expect(await importText(rows('Tee'))).toMatchObject({ refused: 0, products: { changed: 0, unchanged: 1 } });
    expect(await importText(rows('T-shirt'))).toMatchObject({ refused: 0, products: { changed: 1 } });
    expect(restOf(await read(tee.id))).toEqual({ ...restOf(tee), name: 'T-shirt' });
  });

  it('has tags with commas between, of which only those in quotes have commas', async () => {
    const { tee } = await makeTee();
    const cell = '"red,""in, quotes"",5"" pipe, long ,"""",red,""half"';
    await importText(`slug,sku,name,price,currency,tags\n${tee.slug},,Tee,,,${cell}\n`);
    expect((await read(tee.id))['tags']).toEqual(['red', 'in, quotes', '5" pipe', 'long', '"half']);
  });

  it('sets the picture that it has a column for', async () => {
    const { tee } = await makeTee();
    await importText(`slug,sku,name,price,currency,image2_src\n${tee.slug},,Tee,,,https://images.example.com/c.webp\n`);
    const after = await read(tee.id);
    expect(after.media.map(({ url, alt }) => [url.at(-6), alt])).toEqual([
      ['a', 'a'],
      ['c', null],
    ]);
    expect(after.thumbnail).toBe(tee.thumbnail);
  });

  it.each([
    ['stays where somebody set it', 'a', 'a'],
    ['is the first one where nobody did', null, undefined],
  ])('brings other pictures, and the thumbnail that it has no column for %s', async (_, set, expected) => {
    const { tee, skus } = await makeTee();
    const url = (name: string) => `https://images.example.com/${name}.webp`;
    if (set)
      expect((await staff.patch(`/v1/products/${tee.id}`, { thumbnail: url(set) }, ifMatch(tee.version))).status).toBe(
        200,
      );
    const shows = async (picture: string) => {
      const { media, thumbnail } = await read(tee.id);
      expect([media[0]?.url, thumbnail]).toEqual([url(picture), url(expected ?? picture)]);
    };
    await importText(`slug,sku,name,price,currency,image1_src\n${tee.slug},,Tee,,,${url('c')}\n`);
    await shows('c');
    await importLine({ slug: tee.slug, name: 'Tee', media: [{ url: url('d') }], variants: [{ sku: skus[0] }] });
    await shows('d');
  });

  it('keeps the further categories that it has no column for', async () => {
    const slug = unique('placed').toLowerCase();
    const head = 'slug,sku,name,price,currency';
    await importText(`${head},category1,category2,category3\n${slug},${slug},Placed,1,EUR,One,Two,Three\n`);
    await importText(`${head},category2\n${slug},${slug},Placed,1,EUR,Four\n`);
    const { category, categories } = await read(slug);
    expect([category, ...categories].map(({ name }) => name)).toEqual(['One', 'Four', 'Three']);
  });

  it('is refused a price that is not below the one to compare with that stays', async () => {
    const { tee, skus } = await makeTee();
    const rows = [`${skus[0]},,12.00,EUR,8`, `${skus[1]},,11.99,EUR,8`].join('\n');
    const report = await importText(`sku,name,price,currency,inventory_count\n${rows}\n`);
    expect(report).toMatchObject({ status: 'completed', refused: 1, prices: 1, stock: 2 });
    expect(report.refusals).toMatchObject([
      { line: 2, column: 'price', reason: expect.stringContaining('compare_at_price') },
    ]);
    expect(offersOf(await read(tee.id))).toEqual([
      [1000, 1200, 8],
      [1199, 1200, 8],
    ]);
    await importText(`sku,name,price,currency,compare_at_price\n${skus[0]},,12.00,EUR,\n`);
    expect(offersOf(await read(tee.id))[0]).toEqual([1200, null, 8]);
  });

  it('makes a draft of what is new', async () => {
    const sku = unique('NEW');
    await importText(`sku,name,price,currency\n${sku},${sku},1,EUR\n`);
    expect(await read(sku.toLowerCase())).toMatchObject({ status: 'draft', description: null, tags: [] });
  });

  it('makes a draft of what is new and has an empty status', async () => {
    const sku = unique('NEW');
    await importText(`sku,name,price,currency,status\n${sku},${sku},1,EUR,\n`);
    expect(await read(sku.toLowerCase())).toMatchObject({ status: 'draft' });
  });
});

describe('A row with a name', () => {
  it('adds a variant to its product when it says which', async () => {
    const { tee, code } = await makeTee();
    const head = 'slug,sku,name,price,currency,option1_name,option1_value';
    const report = await importText(`${head}\n${tee.slug},${code}-L,Tee,11,EUR,Size,L\n`);
    expect(report).toMatchObject({ refused: 0, variants: 1, prices: 1 });
    expect((await read(tee.id)).variants.map(({ title }) => title)).toEqual(['S', 'M', 'L']);
  });

  it('is one of several that each are a variant of a new product', async () => {
    const code = unique('FLAT');
    const rows = ['S', 'M'].map((size) => `${code}-${size},${code},5,EUR,Size,${size},3`).join('\n');
    const report = await importText(`sku,name,price,currency,option1_name,option1_value,inventory_count\n${rows}\n`);
    expect(report).toMatchObject({ refused: 0, products: { created: 1 }, variants: 2, prices: 2, stock: 2 });
  });

  it('is refused, and changes nothing, when its SKU is none of the product’s and nothing says what it would be', async () => {
    const { tee, code } = await makeTee();
    const report = await importText(`slug,sku,name,price,currency\n${tee.slug},${code}-X,Other,11,EUR\n`);
    expect(report).toMatchObject({ rows: 1, refused: 1, products: { created: 0, changed: 0, unchanged: 0 } });
    expect(report.refusals[0].reason).toMatch(/has no variant/);
    expect(await read(tee.id)).toEqual(tee);
  });

  it('is refused as a whole when its variant cannot be taken', async () => {
    const { tee, code } = await makeTee();
    const head = 'slug,sku,name,price,currency,option1_name,option1_value';
    const report = await importText(`${head}\n${tee.slug},${code}-X,Other,11,EUR,Size,S\n`);
    expect(report).toMatchObject({ refused: 1, products: { changed: 0 }, variants: 0 });
    expect(await read(tee.id)).toEqual(tee);
  });

  it('leaves a variant as rows above it have it when it is refused', async () => {
    const { tee, skus } = await makeTee();
    const rows = [`${tee.slug},${skus[0]},,,,Small,,`, `${tee.slug},${skus[0]},,,,,Size,M`];
    const report = await importText(
      `slug,sku,name,price,currency,variant_title,option1_name,option1_value\n${rows.join('\n')}\n`,
    );
    expect(report).toMatchObject({ rows: 2, refused: 1, variants: 1 });
    const { variants } = await read(tee.id);
    expect([variants[0]!.title, variants[0]!.optionValues]).toEqual(['Small', { Size: 'S' }]);
  });

  it('is refused when another row calls the same product otherwise', async () => {
    const { tee, skus } = await makeTee();
    const rows = skus.map((sku) => `${sku},Tee ${sku},9,EUR`).join('\n');
    const report = await importText(`sku,name,price,currency\n${rows}\n`);
    expect(report).toMatchObject({ rows: 2, refused: 2, prices: 0 });
    expect(report.refusals[0]).toMatchObject({ line: 2, column: 'name' });
    expect(await read(tee.id)).toEqual(tee);
  });
});

describe('A product on a line that leaves members out', () => {
  it('keeps them, prices and variants that it does not name included', async () => {
    const { tee, skus } = await makeTee();
    const line = {
      slug: tee.slug,
      name: 'Tee',
      variants: [{ sku: skus[0], prices: [{ amount: 999, currency: 'EUR' }] }],
    };
    expect(await importLine(line)).toMatchObject({ refused: 0, variants: 0, prices: 1, stock: 0 });
    const after = await read(tee.id);
    expect(restOf(after)).toEqual(restOf(tee));
    expect(offersOf(after)).toEqual([
      [999, 1200, 5],
      [1000, 1200, 5],
    ]);
  });

  it('clears what is null', async () => {
    const { tee, skus } = await makeTee();
    const prices = [{ amount: 1300, currency: 'EUR', compareAtAmount: null }];
    const cleared = { description: null, seo: null, thumbnail: null, tags: [], attributes: {} };
    const line = { slug: tee.slug, name: 'Tee', ...cleared, variants: [{ sku: skus[0], prices, stock: 0 }] };
    expect(await importLine(line)).toMatchObject({ refused: 0, prices: 1, stock: 1 });
    const after = await read(tee.id);
    expect(after).toMatchObject({ status: 'active', description: null, tags: [], attributes: {} });
    expect(offersOf(after)[0]).toEqual([1300, null, 0]);
  });

  it('leaves no label of an attribute that it changes, except those that it sends', async () => {
    const { tee, skus } = await makeTee();
    const labels = { material: 'Baumwolle', weight: 'leicht' };
    const line = { slug: tee.slug, name: 'Tee', variants: [{ sku: skus[0] }] };
    const labelled = async (changes: object) => {
      expect(await importLine({ ...line, ...changes })).toMatchObject({ refused: 0, products: { changed: 1 } });
      return (await staff.get(`/v1/products/${tee.id}/translations`)).body.data[0].attributes;
    };
    expect(await labelled({ translations: { de: { attributes: labels } } })).toEqual(labels);
    expect(await labelled({ attributes: { material: 'wool', weight: 180 } })).toEqual({ weight: 'leicht' });
    const translations = { de: { attributes: { weight: 'leicht' } } };
    expect(await labelled({ attributes: { material: 'wool', weight: 90 }, translations })).toEqual({
      weight: 'leicht',
    });
  });

  it('is found by a SKU of it', async () => {
    const { tee, skus } = await makeTee();
    const report = await importLine({ name: 'T-shirt', variants: [{ sku: skus[1] }] });
    expect(report).toMatchObject({ refused: 0, products: { created: 0, changed: 1 } });
    expect(restOf(await read(tee.id))).toEqual({ ...restOf(tee), name: 'T-shirt' });
  });

  it('is refused a price to compare with that is not above the price', async () => {
    const prices = [{ amount: 100, currency: 'EUR', compareAtAmount: 100 }];
    const report = await importLine({ name: 'Odd', variants: [{ sku: unique('ODD'), prices }] });
    expect(report).toMatchObject({ status: 'completed', refused: 1 });
    expect(report.refusals[0].column).toBe('/variants/0/prices/0/compareAtAmount');
  });
});

describe('A line of which something cannot be taken', () => {
  const lines = (...products: object[]) =>
    importText(products.map((line) => `${JSON.stringify(line)}\n`).join(''), NDJSON);
  const eur = (amount: number) => [{ amount, currency: 'EUR' }];
  const taken = async (sku: string) => {
    const other = unique('OTHER');
    await importLine({ slug: other.toLowerCase(), name: 'Other', variants: [{ sku, prices: eur(100) }] });
  };

  it('changes neither prices nor stock when its product is refused', async () => {
    const { tee, skus } = await makeTee();
    const variants = [
      { sku: skus[0], prices: eur(700), stock: 9 },
      { sku: unique('NEW'), optionValues: { Size: 'L' } },
    ];
    const report = await importLine({ slug: tee.slug, name: 'Tee', type: unique('none'), variants });
    expect(report).toMatchObject({ rows: 1, refused: 1, products: { created: 0, changed: 0, unchanged: 0 } });
    expect(report).toMatchObject({ variants: 0, prices: 0, stock: 0, refusals: [{ line: 1, column: 'type_code' }] });
    expect(await read(tee.id)).toEqual(tee);
  });

  it('changes nothing when a variant is refused, and names each that is', async () => {
    const { tee, code, skus } = await makeTee();
    const [one, two] = [unique('TAKEN'), unique('TAKEN')];
    await taken(one);
    await taken(two);
    const report = await importLine({
      ...{ slug: tee.slug, name: 'Changed', tags: ['changed'], attributes: {} },
      variants: [
        { sku: skus[0], title: 'Changed', weightGrams: 7, prices: eur(700), stock: 9 },
        { sku: `${code}-L`, optionValues: { Size: 'L' }, prices: eur(800), stock: 3 },
        { sku: one, optionValues: { Size: 'XL' }, prices: [...eur(800), { amount: 900, currency: 'USD' }] },
        { sku: two, optionValues: { Size: 'XXL' } },
        { sku: skus[1], optionValues: { Size: 'S' } },
      ],
    });
    expect(report).toMatchObject({ rows: 1, refused: 1, products: { created: 0, changed: 0, unchanged: 0 } });
    expect(report).toMatchObject({ variants: 0, prices: 0, stock: 0 });
    const columns = report.refusals.map(({ column }: { column: string }) => column);
    expect(columns).toEqual(['sku', 'sku', 'option1_value']);
    expect(await read(tee.id)).toEqual(tee);
  });

  it('makes no product, which a line below may still make', async () => {
    const [sku, other, name] = [unique('NEW'), unique('TAKEN'), unique('name')];
    await taken(other);
    const product = (...skus: string[]) => ({
      ...{ slug: name.toLowerCase(), name, brand: name },
      variants: skus.map((one) => ({ sku: one, optionValues: { Size: one }, prices: eur(500), stock: 2 })),
    });
    expect(await lines(product(sku, other))).toMatchObject({
      ...{ refused: 1, products: { created: 0, changed: 0, unchanged: 0 }, variants: 0, prices: 0, stock: 0 },
      refusals: [{ column: 'sku' }],
    });
    expect((await staff.get(`/v1/products/${name.toLowerCase()}`)).status).toBe(404);
    const report = await lines(product(sku, other), product(sku));
    expect(report).toMatchObject({ rows: 2, refused: 1, products: { created: 1 }, variants: 1, prices: 1, stock: 1 });
    expect((await read(name.toLowerCase())).variants.map((variant) => variant.sku)).toEqual([sku]);
  });

  it('leaves what the lines above and below it say of the same product', async () => {
    const { tee, code, skus } = await makeTee();
    const other = unique('TAKEN');
    await taken(other);
    const line = (name: string, ...variants: object[]) => ({ slug: tee.slug, name, variants });
    const large = { sku: `${code}-L`, optionValues: { Size: 'L' }, prices: eur(800), stock: 3 };
    const report = await lines(
      line('Above', { sku: skus[0], weightGrams: 5, prices: eur(700), stock: 9 }),
      line('Refused', { sku: skus[0], weightGrams: 6, prices: eur(600), stock: 1 }, large, { sku: other }),
      line('Above', large, { sku: skus[1], stock: 4 }),
    );
    expect(report).toMatchObject({ rows: 3, refused: 1, products: { changed: 1 }, variants: 2, prices: 2, stock: 3 });
    const after = await read(tee.id);
    expect(after).toMatchObject({ name: 'Above', variants: [{ weightGrams: 5 }, {}, { sku: large.sku }] });
    expect(after.variants.map(({ prices, available }) => [prices[0]?.amount, available])).toEqual([
      [700, 9],
      [1000, 4],
      [800, 3],
    ]);
  });
});

describe('A time to publish', () => {
  const HOUR = 3_600_000;
  const csv = (sku: string, name: string, status: string | null, at: Date) => {
    const [column, cell] = status === null ? ['', ''] : [',status', `,${status}`];
    return importText(`sku,name,price,currency,publish_at${column}\n${sku},${name},1,EUR,${at.toISOString()}${cell}\n`);
  };
  const ndjson = (sku: string, name: string, status: string | null, at: Date) => {
    const variants = [{ sku, prices: [{ amount: 100, currency: 'EUR' }] }];
    return importLine({
      ...{ slug: sku.toLowerCase(), name, ...(status !== null && { status }), publishAt: at.toISOString(), variants },
    });
  };

  it.each([
    ['a CSV', csv, null],
    ['a CSV that calls it a draft', csv, 'draft'],
    ['NDJSON', ndjson, null],
    ['NDJSON that calls it a draft', ndjson, 'draft'],
  ])('that has passed leaves the product on sale when %s is sent again', async (_, send, status) => {
    const [sku, past] = [unique('DUE'), new Date(Date.now() - HOUR)];
    await send(sku, sku, status, past);
    await app.service(PublishingJobs).keepSchedules();
    const before = await read(sku.toLowerCase());
    expect(before).toMatchObject({ status: 'active', publishAt: null });
    expect(await send(sku, sku, status, past)).toMatchObject({ refused: 0, products: { changed: 0, unchanged: 1 } });
    expect(await send(sku, 'Renamed', status, past)).toMatchObject({ refused: 0, products: { changed: 1 } });
    expect(restOf(await read(before.id))).toEqual({ ...restOf(before), name: 'Renamed' });
  });

  it.each([
    ['is yet to come', HOUR, 'active'],
    ['has passed, where it is to be archived at once,', -HOUR, 'archived'],
  ])('that %s is refused for a product on sale', async (_, offset, status) => {
    const { tee, skus } = await makeTee();
    const report = await csv(skus[0]!, 'Tee', status, new Date(Date.now() + offset));
    expect(report).toMatchObject({ refused: 1, refusals: [{ column: 'publish_at' }] });
    expect(await read(tee.id)).toEqual(tee);
  });
});

describe('An archived product', () => {
  const archive = async () => {
    const { tee, skus } = await makeTee();
    await staff.delete(`/v1/products/${tee.id}`, ifMatch(tee.version));
    return { tee: await read(tee.id), skus };
  };

  it.each([
    ['csv', CSV],
    ['ndjson', NDJSON],
  ])('stays as it is when its %s export goes in again', async (format, headers) => {
    const { tee } = await archive();
    const text = (await staff.get(`/v1/exports/products?format=${format}&status=archived`)).body as string;
    expect(text).toContain(tee.slug);
    const report = await importText(text, headers);
    expect(report).toMatchObject({ refused: 0, products: { created: 0, changed: 0 }, variants: 0, prices: 0 });
    expect(report.products.unchanged).toBeGreaterThan(0);
    expect(await read(tee.id)).toEqual(tee);
  });

  it('is taken as one where it is new', async () => {
    const sku = unique('OLD');
    const report = await importText(
      `slug,sku,name,price,currency,status,option1_name,option1_value\n${sku},,Old,,,archived,,\n${sku},${sku},,1,EUR,,Size,S\n`,
    );
    expect(report).toMatchObject({ refused: 0, products: { created: 1 }, variants: 1 });
    expect(await read(sku.toLowerCase())).toMatchObject({ status: 'archived', variants: [{ sku }] });
  });

  it('is refused a change, and is then not among those that are unchanged', async () => {
    const { tee, skus } = await archive();
    const report = await importText(`sku,name,price,currency\n${skus[0]},Other,1,EUR\n`);
    expect(report).toMatchObject({ rows: 1, refused: 1, products: { created: 0, changed: 0, unchanged: 0 } });
    expect(report.refusals[0].reason).toMatch(/is archived/);
    expect(await read(tee.id)).toEqual(tee);
  });

  const head = 'slug,sku,name,status,price,currency';

  it.each([
    ['in a row without a name', (slug: string, sku: string) => importText(`${head}\n${slug},${sku},,,9,EUR\n`)],
    ['in a row with its name', (slug: string, sku: string) => importText(`${head}\n${slug},${sku},Tee,,9,EUR\n`)],
    ['in one more currency', (slug: string, sku: string) => importText(`${head}\n${slug},${sku},,,10,USD\n`)],
    [
      'to compare with',
      (slug: string, sku: string) => importText(`${head},compare_at_price\n${slug},${sku},,,10,EUR,13\n`),
    ],
    [
      'on a line',
      (slug: string, sku: string) =>
        importLine({ slug, name: 'Tee', variants: [{ sku, prices: [{ amount: 900, currency: 'EUR' }] }] }),
    ],
  ])('is refused another price %s', async (_, send) => {
    const { tee, skus } = await archive();
    const report = await send(tee.slug, skus[0]!);
    expect(report).toMatchObject({ refused: 1, prices: 0, products: { changed: 0, unchanged: 0 } });
    expect(report.refusals[0].reason).toMatch(/is archived/);
    expect(await read(tee.id)).toEqual(tee);
  });

  it('is unchanged by the price that it has', async () => {
    const { tee, skus } = await archive();
    const report = await importText(`${head}\n${tee.slug},${skus[0]},,,10,EUR\n`);
    expect(report).toMatchObject({ refused: 0, prices: 0, products: { changed: 0, unchanged: 1 } });
  });

  it('takes another price together with the status that opens or archives it', async () => {
    const { tee, skus } = await archive();
    const send = (status: string, price: number) =>
      importText(`${head}\n${tee.slug},,Tee,${status},,\n${tee.slug},${skus[0]},,,${price},EUR\n`);
    for (const [status, price] of [['active', 9] as const, ['archived', 8] as const]) {
      expect(await send(status, price)).toMatchObject({ refused: 0, prices: 1, products: { changed: 1 } });
      expect(await send(status, price)).toMatchObject({ refused: 0, prices: 0, products: { changed: 0 } });
      expect(await read(tee.id)).toMatchObject({ status, variants: [{ prices: [{ amount: price * 100 }] }, {}] });
    }
  });
});

describe('A count of goods that lie at several places', () => {
  it('is of all of them; below what lies elsewhere than at main it is refused, with the reason', async () => {
    const [location, sku] = [unique('w').toLowerCase(), unique('PLACED')];
    await staff.post('/v1/stock/locations', { code: location, name: 'Warehouse' });
    const { variants } = await makeProduct(app, person, { variants: [{ sku, stock: 6 }] });
    const stock = `/v1/variants/${variants[0]?.id}/stock`;
    await staff.post(`${stock}/adjustments`, { delta: 6, reason: 'Delivery', location });
    const count = (onHand: number) => importText(`sku,name,price,currency,inventory_count\n${sku},,,,${onHand}\n`);
    const onHand = async () => (await staff.get(stock)).body.locations.map((place: { onHand: number }) => place.onHand);
    expect(await count(8)).toMatchObject({ refused: 0, stock: 1 });
    expect(await onHand()).toEqual([2, 6]);
    const report = await count(5);
    expect(report).toMatchObject({ refused: 1, stock: 0, products: { unchanged: 0 } });
    expect(report.refusals[0].reason).toMatch(/^counts all locations together, and 6 lie elsewhere than at main/);
    expect(await onHand()).toEqual([2, 6]);
  });
});
