import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { CsvReader } from '#src/catalog/imports/csv-reader.js';
import { CatalogImport } from '#src/catalog/index.js';
import { galley, type Person } from '../support/app.js';
import { inTheWayOf } from '../support/in-the-way.js';
import { ifMatch, ofRequest } from './catalog-support.js';
import { FILE, IS_WHOLE } from './real-file.js';

const EXPECTED = IS_WHOLE
  ? { rows: 211, products: 37, variants: 87, prices: 174, categories: 24 }
  : { rows: 34, products: 6, variants: 14, prices: 28, categories: 9 };

const HEADER =
  'slug,sku,name,price,compare_at_price,currency,status,option1_name,option1_value,inventory_count,inventory_backorderable';

const app = galley();
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

const importFile = (file: string) => app.service(CatalogImport).run(new CsvReader(createReadStream(file)));
const importText = (...rows: string[]) =>
  app.service(CatalogImport).run(new CsvReader(Readable.from([[HEADER, ...rows].join('\n')])));
const refusedOf = async (...rows: string[]) =>
  (await importText(...rows)).refused.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);

/** Everything that an import could touch, as text. */
async function snapshot(): Promise<string> {
  const tables = [
    'products',
    'variants',
    'prices',
    'stock',
    'stock_movements',
    'categories',
    'card_prices',
    'public_prices',
    'price_history',
    'search_words',
  ];
  const rows = await Promise.all(
    tables.map((table) =>
      app.db.query(`SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS sum FROM catalog.${table} t`),
    ),
  );
  return JSON.stringify(rows);
}

describe(`importing ${IS_WHOLE ? 'the whole file of a demo shop' : 'the excerpt (the whole file is not here)'}`, () => {
  it('takes every row: products, variants, prices in two currencies, stock and categories', async () => {
    const report = await importFile(FILE);
    expect(report.refused).toEqual([]);
    expect(report.rows).toBe(EXPECTED.rows);
    expect(report.products).toEqual({ created: EXPECTED.products, changed: 0, unchanged: 0 });
    expect({ ...EXPECTED, variants: report.variants, prices: report.prices, categories: report.categories }).toEqual(
      EXPECTED,
    );
    expect(report.ignoredColumns).toEqual(expect.arrayContaining(['meta_title', 'tax_category', 'available_on']));
  });

  it('keeps names, options, prices, attributes, measures and stock as they stand in the file', async () => {
    const { body } = await app.anyone.get('/v1/products/automatic-espresso-machine?currency=USD');
    expect(body).toMatchObject({
      name: 'Automatic Espresso Machine',
      status: 'active',
      category: { name: 'Coffee Machines' },
      options: [{ name: 'Color', values: ['Matte Black', 'Silver', 'White'] }],
      attributes: { wattage: '1400W', voltage: '220-240V', warranty: '2 Years', product_type: 'Kitchen Appliance' },
      tags: ['coffee', 'espresso', 'kitchen', 'coffee machines', 'bean-to-cup', 'automatic'],
      version: 1,
    });
    expect(body.variants).toHaveLength(3);
    expect(body.variants[0]).toMatchObject({
      sku: 'AUTOMATIC-ESPRESSO-MACHINE-MATTE-BLACK',
      title: 'Matte Black',
      price: { amount: 87999, currency: 'USD' },
      compareAtPrice: null,
      prices: [
        { amount: 81999, currency: 'EUR', compareAtAmount: null },
        { amount: 87999, currency: 'USD', compareAtAmount: null },
      ],
      available: 5000,
      weightGrams: 8981,
      widthMm: 351,
      heightMm: 399,
      depthMm: 300,
    });
    const steamer = await app.anyone.get('/v1/products/professional-garment-steamer');
    expect(steamer.body.variants[0].compareAtPrice).toEqual({ amount: 11999, currency: 'EUR' });
    const category = await app.anyone.get('/v1/categories/coffee-machines');
    expect(category.body.path).toBe('kitchen/coffee-machines');
    const found = await app.anyone.get('/v1/products?q=expresso+machin');
    expect(found.body.data.map(({ slug }: { slug: string }) => slug)).toContain('automatic-espresso-machine');
  });

  it('changes nothing the second time, and says so', async () => {
    const before = await snapshot();
    const report = await importFile(FILE);
    expect(await snapshot()).toBe(before);
    expect(report.products).toEqual({ created: 0, changed: 0, unchanged: EXPECTED.products });
    expect([report.variants, report.prices, report.stock, report.categories]).toEqual([0, 0, 0, 0]);
    expect(report.lines).toContain(`Rows: ${EXPECTED.rows} read, ${EXPECTED.rows} taken, 0 refused.`);
  });

  it('sends the same few statements however many rows there are', async () => {
    const of = async (rows: number, price: number) => {
      const name = `cost-${rows}`;
      const lines = Array.from(
        { length: rows },
        (_, index) => `${name}-${index},${name}-${index},Cost,${price},,EUR,active,,,5,`,
      );
      return ofRequest(await app.statements(() => importText(...lines))).length;
    };
    expect(await of(1, 2)).toBe(await of(100, 2));
    expect(await of(1, 3)).toBe(await of(100, 3));
  });
});

describe('importing again after changes', () => {
  it('moves a version by one, however much of the product changed', async () => {
    const rows = (price: string) => [
      'tin,TIN,Tin,0,,EUR,active,,,,',
      `tin,TIN-S,,${price},,EUR,,Size,S,5,`,
      `tin,TIN-M,,${price},,EUR,,Size,M,5,`,
    ];
    await importText(...rows('1.00'));
    const report = await importText(...rows('2.00'), 'tin,TIN-L,,3.5,4,EUR,,Size,L,1,');
    expect([report.products.changed, report.variants, report.prices]).toEqual([1, 1, 3]);
    const { body } = await app.as(staff).get('/v1/products/tin');
    expect(body.version).toBe(2);
    expect(body.options).toEqual([{ name: 'Size', values: ['S', 'M', 'L'] }]);
    expect(body.variants.map(({ price }: { price: { amount: number } }) => price.amount)).toEqual([200, 200, 350]);
    expect((await app.anyone.get('/v1/products?q=tin')).body.data[0].price.amount).toBe(200);
  });

  it('keeps what somebody does to a variant while the import waits for its product', async () => {
    await importText('box,BOX,Box,0,,EUR,active,,,,', 'box,BOX-S,,1,,EUR,,Size,S,5,', 'box,BOX-M,,1,,EUR,,Size,M,5,');
    const sql = `UPDATE catalog.products SET version = version + 1 WHERE slug = 'box';
      UPDATE catalog.variants SET image = '/small.webp' WHERE sku = 'BOX-S'`;
    await inTheWayOf(app, { sql, waiting: 1 }, () => importText('box,BOX-S,,1,,EUR,,Size,XS,5,'));
    const { variants } = (await app.anyone.get('/v1/products/box')).body;
    expect(variants[0]).toMatchObject({ sku: 'BOX-S', image: '/small.webp', optionValues: { Size: 'XS' } });
  });

  it('keeps what the file says nothing about', async () => {
    await importText('jar,JAR,Jar,1,,EUR,active,,,5,');
    const { body } = await app.as(staff).get('/v1/products/jar');
    await app.as(staff).put(
      `/v1/variants/${body.variants[0].id}/prices`,
      {
        prices: [
          { amount: 100, currency: 'EUR' },
          { amount: 900, currency: 'USD' },
        ],
      },
      ifMatch(1),
    );
    await importText('jar,JAR,Jar,1.50,,EUR,active,,,,');
    const after = (await app.as(staff).get('/v1/products/jar')).body;
    expect(after.variants[0]).toMatchObject({
      available: 5,
      prices: [
        { amount: 150, currency: 'EUR' },
        { amount: 900, currency: 'USD' },
      ],
    });
  });

  it('knows brands by their names, whatever their slugs are', async () => {
    const { body: brand } = await app.as(staff).post('/v1/brands', { name: 'Anchor', slug: 'anchor-works' });
    const kanji = ['株式会社アンカー', '株式会社アンカー商店'];
    const lines = ['Anchor', ...kanji].map((name, number) => `branded-${number},BRANDED-${number},Thing,1,EUR,${name}`);
    for (let round = 0; round < 2; round++) {
      const file = ['slug,sku,name,price,currency,brand', ...lines].join('\n');
      await app.service(CatalogImport).run(new CsvReader(Readable.from([file])));
    }
    const brands = await Promise.all(
      lines.map(async (_, number) => (await app.as(staff).get(`/v1/products/branded-${number}`)).body.brand),
    );
    expect(brands[0].id).toBe(brand.id);
    expect(brands.map(({ name }) => name)).toEqual(['Anchor', ...kanji]);
  });

  it('records counted stock as a movement', async () => {
    await importText('pot,POT,Pot,1,,EUR,active,,,5,');
    await importText('pot,POT,Pot,1,,EUR,active,,,3,');
    const { body } = await app.as(staff).get('/v1/products/pot');
    const { body: moved } = await app.as(staff).get(`/v1/variants/${body.variants[0].id}/stock/movements`);
    expect(moved.data).toMatchObject([
      { kind: 'import', deltaOnHand: -2 },
      { kind: 'opening', deltaOnHand: 5 },
    ]);
    expect(body.version).toBe(1);
  });
});

describe('a row that cannot be taken', () => {
  it.each([
    [',X1,,1,,EUR,active,,,,', 'slug: is empty, and no product of the shop has the SKU "X1" or this external id'],
    ['Ünique,X2,X,1,,EUR,active,,,,', 'slug: "ünique" is not lower-case words joined by hyphens'],
    ['x3,X 3,X,1,,EUR,active,,,,', 'sku: "X 3" has spaces or characters outside ASCII'],
    ['x4,X4,X,1.999,,EUR,active,,,,', 'price: "1.999" has more decimals than EUR has (2)'],
    ['x5,X5,X,-1,,EUR,active,,,,', 'price: "-1" is not an amount such as 19.99'],
    ['x6,X6,X,1e9,,EUR,active,,,,', 'price: "1e9" is not an amount such as 19.99'],
    ['x7,X7,X,1,,EURO,active,,,,', 'currency: "EURO" is not an ISO 4217 code'],
    ['x8,X8,X,5,4,EUR,active,,,,', 'compare_at_price: is not above price'],
    ['x9,X9,X,1,,EUR,published,,,,', 'status: "published" is none of draft, active, archived'],
    ['x10,X10,X,1,,EUR,active,Color,,,', 'option1_value: is empty, but the option is "Color"'],
    ['x11,X11,X,1,,EUR,active,,,many,', 'inventory_count: "many" is not a whole number from 0 to 1000000000'],
    ['x12,X12,X,1,,EUR,active,,,1,perhaps', 'inventory_backorderable: "perhaps" is neither TRUE nor FALSE'],
    ['x13,X13,X,0,,EUR,active,,,,', 'price: the product has neither a price nor rows of variants'],
    ['x14,X14,,1,,EUR,,,,,', 'slug: no product "x14" is in the shop or above in the file'],
    ['x15,X15,X,1,,EUR', 'slug: the row has more or fewer columns than the header'],
    ['x16,X16,a\u0000b,1,,EUR,active,,,,', 'name: has control characters or broken Unicode'],
    ['x17,X17,X,999999999999,,EUR,active,,,,', 'price: "999999999999" is too large'],
  ])('%s is refused with its line and its column', async (row, message) => {
    expect(await refusedOf('fine,FINE,Fine,1,,EUR,active,,,,', row)).toEqual([`3 ${message}`]);
  });

  it('does not take the others down, nor a product whose variants are all refused up', async () => {
    const refused = await refusedOf(
      'mixed,MIXED,Mixed,0,,EUR,active,,,,',
      'mixed,MIXED-A,,1,,EUR,,Size,A,1,',
      'mixed,MIXED-B,,1,,EUR,,Size,A,1,',
      'mixed,FINE,,1,,EUR,,Size,C,1,',
      'hollow,HOLLOW,Hollow,0,,EUR,active,,,,',
      'hollow,FINE,,1,,EUR,,Size,A,1,',
    );
    expect(refused).toEqual([
      expect.stringMatching(/^4 option1_value: .*another variant/),
      '5 sku: "FINE" belongs to the product "fine"',
      '7 sku: "FINE" belongs to the product "fine"',
      '6 slug: none of the variants of this product could be taken',
    ]);
    expect((await app.anyone.get('/v1/products/mixed')).body.variants).toHaveLength(1);
    expect((await app.anyone.get('/v1/products/hollow')).status).toBe(404);
  });

  it('counts lines as an editor does, also after fields of several lines', async () => {
    expect(await refusedOf('"two\nlines",X,X,1,,EUR,active,,,,', 'next,NEXT,X,1,,NOPE,active,,,,')).toEqual([
      expect.stringContaining('2 slug'),
      expect.stringContaining('4 currency'),
    ]);
  });

  it('leaves stock that orders count on', async () => {
    await importText('held,HELD,Held,1,,EUR,active,,,5,');
    await app.db.query(
      `UPDATE catalog.stock SET reserved = 4 WHERE variant_id = (SELECT id FROM catalog.variants WHERE sku = 'HELD')`,
    );
    expect(await refusedOf('held,HELD,Held,1,,EUR,active,,,3,')).toEqual([
      expect.stringContaining('2 inventory_count: is less than'),
    ]);
  });
});

describe('amounts', () => {
  it('follow the decimals of their currency', async () => {
    await importText('coin,COIN,Coin,1500,,JPY,active,,,,', 'coin,COIN,,2.5,,KWD,,,,,', 'coin,COIN,,9.90,,EUR,,,,,');
    const { body } = await app.anyone.get('/v1/products/coin');
    expect(body.variants[0].prices).toMatchObject([
      { amount: 990, currency: 'EUR' },
      { amount: 1500, currency: 'JPY' },
      { amount: 2500, currency: 'KWD' },
    ]);
  });
});

describe('a file that is no such CSV', () => {
  it.each([
    ['a,b,c\n1,2,3', 'does not name the columns sku'],
    ['sku;name;price;currency\nA;A;1;EUR', 'It has semicolons: columns are to be separated by commas.'],
    ['"sku";"name";"price";"currency"\n', 'It has semicolons: columns are to be separated by commas.'],
    ['sku\tname\tprice\tcurrency\nA\tA\t1\tEUR', 'It has tabs: columns are to be separated by commas.'],
    ['', 'The file is empty'],
    [`${HEADER},sku\n`, 'names the column "sku" twice'],
    [`${HEADER}\n"open,quote`, 'Quote'],
  ])('%j is refused as a whole', async (text, message) => {
    await expect(app.service(CatalogImport).run(new CsvReader(Readable.from([text])))).rejects.toThrow(message);
  });

  it('is refused when it is not there', async () => {
    await expect(importFile('/nowhere/at/all.csv')).rejects.toThrow('ENOENT');
  });
});

describe('categories that an import makes', () => {
  const HEAD = 'slug,sku,name,price,currency,status,category1';
  const importPlaced = (slug: string, category: string) => {
    const text = `${HEAD}\n${slug},${slug.toUpperCase()},${slug},1,EUR,active,${category}`;
    return app.service(CatalogImport).run(new CsvReader(Readable.from([text])));
  };
  const pathOf = async (slug: string) => {
    const { category } = (await app.anyone.get(`/v1/products/${slug}`)).body;
    return (await app.anyone.get(`/v1/categories/${category.id}`)).body.path;
  };

  it('stand where their branch was moved to while the import waited, and no other branch waits', async () => {
    const [ship, mast, tree] = await Promise.all(
      ['Ship', 'Mast', 'Tree'].map(async (name) => (await app.as(staff).post('/v1/categories', { name })).body),
    );
    const sql = `UPDATE catalog.categories SET parent_id = $1, path = 'ship/mast' WHERE id = $2`;
    await inTheWayOf(
      app,
      {
        ...{ sql, params: [ship.id, mast.id], waiting: 1 },
        meanwhile: async () => {
          const { status } = await app.as(staff).patch(`/v1/categories/${tree.id}`, { slug: 'oak' }, ifMatch(1));
          expect(status).toBe(200);
        },
      },
      () => importPlaced('pennant', 'Mast -> Flags'),
    );
    // Nothing is called "Mast" at the top any more.
    expect(await pathOf('pennant')).toMatch(/^mast-2\/flags$/);
    await importPlaced('ensign', 'Ship -> Mast -> Flags');
    expect(await pathOf('ensign')).toBe('ship/mast/mast-flags');
  });

  it('are further ones too, which stay where a file has no column for them', async () => {
    const rows = (columns: string, cells: string) => `${HEAD}${columns}\nbuoy,BUOY,Buoy,1,EUR,active,Marks${cells}`;
    const take = (text: string) => app.service(CatalogImport).run(new CsvReader(Readable.from([text])));
    const read = async () => {
      const { category, categories } = (await app.anyone.get('/v1/products/buoy')).body;
      return [category.name, ...categories.map(({ name }: { name: string }) => name)];
    };
    const report = await take(rows(',category2,category3,category4', ',Lights -> Red,Marks,Lights -> Red'));
    expect([report.categories, report.refused, report.ignoredColumns]).toEqual([3, [], []]);
    expect(await read()).toEqual(['Marks', 'Red']);
    expect((await take(rows('', ''))).products.unchanged).toBe(1);
    expect((await take(rows(',category2', ',Lights -> Green'))).products.changed).toBe(1);
    expect(await read()).toEqual(['Marks', 'Green']);
    expect((await take(rows(',category2', ','))).products.changed).toBe(1);
    expect(await read()).toEqual(['Marks']);
    expect((await take(rows(',category2', ',A -> B -> C -> D -> E -> F -> G'))).refused[0]?.column).toBe('category2');
  });

  it('are those that somebody else makes at the same time', async () => {
    const sql = `INSERT INTO catalog.categories (id, slug, name, path) VALUES (uuidv7(), 'anchors', 'Anchors', 'anchors')`;
    const report = await inTheWayOf(app, { sql, waiting: 1 }, () => importPlaced('grapnel', 'Anchors'));
    expect([report.categories, report.refused]).toEqual([0, []]);
    expect(await pathOf('grapnel')).toBe('anchors');
  });
});
