import { request as httpRequest } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { ndjsonOf } from '#src/catalog/demo/generate.command.js';
import { generateProducts } from '#src/catalog/demo/generate.js';
import { ImportRunner } from '#src/catalog/imports/import-runner.service.js';
import { galley } from '../support/app.js';
import { type Answer, Client } from '../support/client.js';
import { startProcess } from '../support/process.js';
import { until } from '../support/until.js';

const app = galley({ GALLEY_IMPORT_MB: '20' });
let staff: Client;
beforeAll(async () => {
  staff = app.as(await app.staff());
});

const CSV = { 'content-type': 'text/csv' };
const NDJSON = { 'content-type': 'application/x-ndjson' };
const HEADER = 'slug,sku,name,price,currency,status,inventory_count';

const send = (text: string, { query = '', headers = CSV as Record<string, string> } = {}): Promise<Answer> =>
  staff.send('POST', `/v1/imports${query}`, text, headers);

/** Sends a file and works it off. */
async function importText(text: string, options: { query?: string; headers?: Record<string, string> } = {}) {
  const { status, body } = await send(text, options);
  expect(status).toBe(201);
  await app.runDue();
  return (await staff.get(`/v1/imports/${body.id}`)).body;
}

const refusalsOf = async ({ id }: { id: string }) => (await staff.get(`/v1/imports/${id}/refusals`)).body.data;
const countOf = async (table: string): Promise<number> =>
  (await app.db.query<{ count: number }>(`SELECT count(*)::int AS count FROM catalog.${table}`))[0]!.count;
const line = (product: object): string => `${JSON.stringify(product)}\n`;
const mug = <T extends object>(fields: T) => ({
  slug: 'ndjson-mug',
  name: 'Mug',
  status: 'active',
  variants: [{ sku: 'NDJSON-MUG', prices: [{ amount: 900, currency: 'EUR' }], stock: 3 }],
  ...fields,
});

describe('A file of products', () => {
  it('is taken at once, worked off in the background, and says what came of it', async () => {
    const { status, headers, body } = await send(
      `${HEADER}\ncup,CUP,Cup,5,EUR,active,7\nbad,BAD,Bad,five,EUR,active,\n`,
    );
    expect([status, body.status, headers['location']]).toEqual([201, 'queued', `/v1/imports/${body.id}`]);
    await app.runDue();
    const { body: done } = await staff.get(headers['location']!);
    expect(done).toMatchObject({
      format: 'csv',
      status: 'completed',
      progress: 1,
      rows: 2,
      refused: 1,
      products: { created: 1, changed: 0, unchanged: 0 },
      variants: 1,
      prices: 1,
      stock: 1,
      error: null,
    });
    expect((await app.anyone.get('/v1/products/cup')).body.variants[0].available).toBe(7);
    expect((await staff.get('/v1/imports')).body.data[0]).toEqual(done);
  });

  it('changes nothing when it is sent again', async () => {
    const text = `${HEADER}\ntwice,TWICE,Twice,5,EUR,active,7\n`;
    await importText(text);
    const before = await countOf('stock_movements');
    const again = await importText(text);
    expect(again.products).toEqual({ created: 0, changed: 0, unchanged: 1 });
    expect(await countOf('stock_movements')).toBe(before);
  });

  it('names each row that was refused, with line, column and reason, as a list and as a file', async () => {
    const rows = Array.from({ length: 25 }, (_, index) => `r-${index},R-${index},Row,"${index},x",EUR,active,`);
    const done = await importText(`${HEADER}\n${rows.join('\n')}\n`);
    expect(done.refused).toBe(25);
    const first = await staff.get(`/v1/imports/${done.id}/refusals?limit=20`);
    const next = await staff.get(`/v1/imports/${done.id}/refusals?limit=20&cursor=${first.body.nextCursor}`);
    expect([first.body.data.length, next.body.data.length, next.body.nextCursor]).toEqual([20, 5, null]);
    expect(first.body.data[0]).toEqual({
      line: 2,
      column: 'price',
      reason: '"0,x" is not an amount such as 19.99',
    });
    const file = await staff.get(`/v1/imports/${done.id}/refusals.csv`);
    expect(file.headers['content-disposition']).toContain('attachment');
    expect(file.body.split('\n')[1]).toBe('2,price,"""0,x"" is not an amount such as 19.99"');
    expect(file.body.trim().split('\n')).toHaveLength(26);
  });

  it('may call its columns otherwise', async () => {
    const done = await importText('Handle,Code,Title,Cost,Money\nvase,VASE,Vase,12.50,EUR\n', {
      query: '?column[slug]=Handle&column[sku]=code&column[name]=Title&column[price]=Cost&column[currency]=Money',
    });
    expect(done).toMatchObject({ status: 'completed', refused: 0, products: { created: 1 } });
    const failed = await importText('a,b\n1,2\n', { query: '?column[slug]=Handle' });
    expect([failed.status, failed.error]).toEqual(['failed', 'The first line does not name the column handle.']);
  });

  it('may write its columns in any case, and the names of attributes as they are', async () => {
    const text =
      'SKU,Name,PRICE,Currency,Status,Custom_Field.Fabric Care,custom_field.Custom.Drop:Number,Material,material\n' +
      'CASED,Cased,5,EUR,active,Cold,3,wool,linen\n';
    const query = '?column[custom_field.material]=material&column[CUSTOM_FIELD.Outer]=Material';
    expect(await importText(text, { query })).toMatchObject({ status: 'completed', refused: 0, ignoredColumns: [] });
    expect((await app.anyone.get('/v1/products/cased')).body.attributes).toEqual({
      ...{ 'Fabric Care': 'Cold', Drop: 3, Outer: 'wool', material: 'linen' },
    });
    const twice = await importText('sku,SKU,name,price,currency\nA,B,C,1,EUR\n');
    expect(twice.error).toBe('The first line names the column "sku" twice.');
  });

  it('is only looked at in a dry run, which says what would be done', async () => {
    const text = `${HEADER}\ndry,DRY,Dry,5,EUR,active,7\nworse,WORSE,,x,EUR,,\n`;
    const counts = await Promise.all(['products', 'prices', 'stock_movements', 'categories'].map(countOf));
    const dry = await importText(text, { query: '?dryRun=true' });
    expect(await Promise.all(['products', 'prices', 'stock_movements', 'categories'].map(countOf))).toEqual(counts);
    expect(dry).toMatchObject({ dryRun: true, status: 'completed', refused: 1, products: { created: 1 }, stock: 1 });
    const wet = await importText(text);
    expect(await refusalsOf(wet)).toEqual(await refusalsOf(dry));
    const { id: _, dryRun: __, createdAt, startedAt, finishedAt, ...same } = dry;
    expect(wet).toMatchObject(same);
    expect([createdAt, startedAt, finishedAt]).not.toContain(null);
  });

  it('tells in a dry run what rows further up in the file leave to those below', async () => {
    // More than one batch takes.
    const many = Array.from(
      { length: 700 },
      (_, number) => `far-${number},ERP-F${number},FAR-${number},Far ${number},1,EUR`,
    );
    const rows = [...many, 'far-last,,FAR-3,Taken,1,EUR', ',,FAR-4,,2,EUR', ',ERP-F5,FAR-5,,2,EUR'];
    const text = `slug,external_id,sku,name,price,currency\n${rows.join('\n')}\n`;
    const dry = await importText(text, { query: '?dryRun=true' });
    const wet = await importText(text);
    expect(await refusalsOf(dry)).toEqual(await refusalsOf(wet));
    expect([dry.products.created, dry.refused]).toEqual([700, 1]);
    expect([wet.products.created, wet.refused]).toEqual([700, 1]);
  });

  it('finds products by another system’s id, by slug, or by a SKU', async () => {
    await importText('external_id,sku,name,price,currency\nERP-1,FIND-1,Found,5,EUR\n');
    const renamed = await importText('external_id,sku,name,price,currency\nERP-1,FIND-1,Found again,6,EUR\n');
    expect(renamed.products).toEqual({ created: 0, changed: 1, unchanged: 0 });
    const bySku = await importText('sku,name,price,currency\nFIND-1,,7,EUR\n');
    expect(bySku.products).toEqual({ created: 0, changed: 1, unchanged: 0 });
    const { body } = await app.as(await app.staff()).get('/v1/products/found');
    expect([body.name, body.variants[0].price.amount]).toEqual(['Found again', 700]);
    const other = await importText('external_id,sku,name,price,currency\nERP-2,FIND-2,Found,5,EUR\n');
    expect(await refusalsOf(other)).toMatchObject([{ column: 'external_id' }]);
  });

  it('is stopped when somebody says so, and not once it is over', async () => {
    const { body } = await send(`${HEADER}\nstop,STOP,Stop,5,EUR,active,7\n`);
    for (let count = 0; count < 2; count++)
      expect((await staff.post(`/v1/imports/${body.id}/cancellation`)).body.status).toBe('cancelled');
    await app.runDue();
    expect((await app.anyone.get('/v1/products/stop')).status).toBe(404);
    const done = await importText(`${HEADER}\ngo,GO,Go,5,EUR,active,7\n`);
    expect((await staff.post(`/v1/imports/${done.id}/cancellation`)).body.code).toBe('import_is_over');
  });
});

describe('A product on a line', () => {
  it('is taken with everything that it says', async () => {
    const full = mug({
      slug: 'ndjson-full',
      externalId: 'ERP-9',
      description: 'Two\nlines',
      category: ['Kitchen', 'Mugs'],
      categories: [['Gifts'], ['Kitchen', 'Stoneware']],
      attributes: { volume: 0.3, dishwasher: true, material: 'stoneware' },
      options: [{ name: 'Color', values: ['Blue', 'Red', 'Green'] }],
      tags: ['a, b', 'c'],
      media: [{ url: 'https://images.example.com/a.webp', alt: 'A mug' }],
      variants: ['Red', 'Blue'].map((color) => ({
        sku: `FULL-${color}`,
        title: `In ${color}`,
        optionValues: { Color: color },
        weightGrams: 400,
        prices: [
          { amount: 900, currency: 'EUR', compareAtAmount: 1200 },
          { amount: 1000, currency: 'USD' },
        ],
        stock: 3,
      })),
    });
    const done = await importText(line(full), { headers: NDJSON });
    expect(done).toMatchObject({ status: 'completed', rows: 1, refused: 0, products: { created: 1 }, prices: 4 });
    const { body } = await app.anyone.get('/v1/products/ndjson-full');
    expect(body).toMatchObject({
      description: 'Two\nlines',
      category: { name: 'Mugs' },
      categories: [{ name: 'Gifts' }, { name: 'Stoneware' }],
      attributes: full.attributes,
      options: full.options,
      tags: ['a, b', 'c'],
      media: full.media,
    });
    expect(body.variants.map(({ title }: { title: string }) => title)).toEqual(['In Red', 'In Blue']);
    const again = await importText(line(full), { headers: NDJSON });
    expect(again.products).toEqual({ created: 0, changed: 0, unchanged: 1 });
  });

  it('is refused with a pointer to all that is wrong with it, and the others are taken', async () => {
    const text = [
      line(mug({ nmae: 'x' })),
      '{"half": \n',
      '[]\n',
      '\n',
      line(mug({ slug: 'UPPER', variants: [{ sku: 'a b', prices: [{ amount: -1, currency: 'EUR' }] }] })),
      line(mug({ categories: [['Gifts'], []] })),
      line(mug({ slug: 'ndjson-good', variants: [{ sku: 'GOOD', prices: [] }] })),
    ].join('');
    const done = await importText(text, { headers: NDJSON });
    expect(done).toMatchObject({ rows: 6, refused: 5, products: { created: 1 } });
    expect(
      (await refusalsOf(done)).map((refusal: { line: number; column: string }) => [refusal.line, refusal.column]),
    ).toEqual([
      [1, '/nmae'],
      [2, ''],
      [3, ''],
      [5, '/slug'],
      [5, '/variants/0/sku'],
      [5, '/variants/0/prices/0/amount'],
      [6, '/categories'],
    ]);
  });
});

describe('An upload', () => {
  it('is refused when it is no file of products, too large, or from somebody who may not', async () => {
    expect((await staff.post('/v1/imports', {})).status).toBe(415);
    expect((await send('x'.repeat(21 * 1024 * 1024))).body.code).toBe('body_too_large');
    expect((await staff.send('POST', '/v1/products', 'a,b', CSV)).status).toBe(415);
    const shopper = app.as(await app.shopper());
    expect((await shopper.send('POST', '/v1/imports', HEADER, CSV)).status).toBe(403);
    expect(await app.db.query(`SELECT FROM catalog.imports WHERE status = 'uploading'`)).toEqual([]);
  });

  it('that breaks off leaves nothing', async () => {
    const person = await app.staff();
    const before = await countOf('imports');
    const request = httpRequest(`${app.url}/v1/imports`, {
      method: 'POST',
      headers: { ...CSV, authorization: `Bearer ${person.accessToken}`, 'content-length': '100000' },
    });
    request.on('error', () => {});
    request.write(`${HEADER}\nhalf,HALF,Half`);
    await until(async () => ((await countOf('imports')) > before ? true : null));
    request.destroy();
    await until(async () => ((await countOf('imports')) === before ? true : null));
    expect(await countOf('import_parts')).toBe(
      (
        await app.db.query<{ count: number }>(
          'SELECT count(*)::int AS count FROM catalog.import_parts p JOIN catalog.imports i ON i.id = p.import_id',
        )
      )[0]!.count,
    );
  });
});

describe('An import that is cut off', () => {
  it('goes on where it was after kill -9, and doubles nothing', async () => {
    const text = generateProducts(3000, { seed: 7 }).map(ndjsonOf).join('');
    const worker = await startProcess({
      DATABASE_URL: app.databaseUrl,
      GALLEY_DATA_DIR: app.dataDir,
      GALLEY_ROLE: 'worker',
    });
    const { body } = await send(text, { headers: NDJSON });
    const now = async () => (await staff.get(`/v1/imports/${body.id}`)).body;
    await until(async () => ((await now()).rows > 0 ? true : null));
    await worker.kill();
    const cut = await now();
    expect(cut.status).toBe('running');
    expect(cut.rows).toBeLessThan(3000);
    await app.service(ImportRunner).run(body.id);
    expect(await now()).toMatchObject({
      ...{ status: 'completed', rows: 3000, refused: 0, variants: 6000, stock: 6000 },
      products: { created: 3000, changed: 0, unchanged: 0 },
    });
    const [counts] = await app.db.query(
      `SELECT count(DISTINCT v.product_id)::int AS products, count(m)::int AS movements, sum(s.on_hand)::int AS stock
       FROM catalog.variants v JOIN catalog.stock s ON s.variant_id = v.id
       JOIN catalog.stock_movements m ON m.variant_id = v.id WHERE v.sku LIKE 'GEN-7-%'`,
    );
    expect(counts).toEqual({ products: 3000, movements: 6000, stock: 6_000_000 });
  }, 60_000);

  it('is found by the minute’s job when nobody works at it', async () => {
    const { body } = await send(`${HEADER}\nleft,LEFT,Left,5,EUR,active,7\n`);
    await app.db.query(`DELETE FROM jobs.job WHERE name = 'catalog.import'`);
    await app.db.query(
      `UPDATE catalog.imports SET status = 'running', updated_at = now() - interval '2 minutes'` + ' WHERE id = $1',
      [body.id],
    );
    await app.service(ImportRunner).resume();
    await app.runDue();
    expect((await staff.get(`/v1/imports/${body.id}`)).body.status).toBe('completed');
  });

  it('is taken once when two work at it at the same time', async () => {
    const text = generateProducts(1500, { seed: 9 }).map(ndjsonOf).join('');
    const { body } = await send(text, { headers: NDJSON });
    const runner = app.service(ImportRunner);
    await Promise.all([runner.run(body.id), runner.run(body.id)]);
    await runner.run(body.id);
    const done = (await staff.get(`/v1/imports/${body.id}`)).body;
    expect(done).toMatchObject({ status: 'completed', rows: 1500, products: { created: 1500, changed: 0 } });
  });

  it('is given up when it never gets anywhere', async () => {
    const { body } = await send(`${HEADER}\nstuck,STUCK,Stuck,5,EUR,active,7\n`);
    await app.db.query('UPDATE catalog.imports SET attempts = 5 WHERE id = $1', [body.id]);
    await app.runDue();
    expect((await staff.get(`/v1/imports/${body.id}`)).body).toMatchObject({ status: 'failed' });
  });
});
