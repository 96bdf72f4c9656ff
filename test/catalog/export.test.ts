import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ndjsonOf } from '#src/catalog/demo/generate.command.js';
import { generateProducts } from '#src/catalog/demo/generate.js';
import { galley } from '../support/app.js';
import { Client } from '../support/client.js';
import { type Clone, cloneDatabase } from '../support/clone.js';
import { type GalleyProcess, startProcess } from '../support/process.js';
import { until } from '../support/until.js';
import { ifMatch, makeProduct } from './catalog-support.js';
import { FILE } from './real-file.js';

const app = galley();
let staff: Client;
beforeAll(async () => {
  staff = app.as(await app.staff());
});

const CSV = { 'content-type': 'text/csv' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

/** Sends a file and works it off. */
async function importText(text: string, headers: Record<string, string>, query = '') {
  const { body } = await staff.send('POST', `/v1/imports${query}`, text, headers);
  await app.runDue();
  return (await staff.get(`/v1/imports/${body.id}`)).body;
}

describe('An export', () => {
  let elsewhere: GalleyProcess;
  let clone: Clone;
  let there: Client;

  beforeAll(async () => {
    const columns = 'column[seo_title]=meta_title&column[seo_description]=meta_description';
    const real = await importText(readFileSync(FILE, 'utf8'), CSV, `?${columns}`);
    expect([real.status, real.refused, real.products.created > 0]).toEqual(['completed', 0, true]);
    const products = generateProducts(300, { seed: 5 }).map(ndjsonOf).join('');
    await importText(products, NDJSON);
    const placed = {
      name: 'Placed',
      slug: 'placed',
      categories: [['Gifts'], ['Garden', 'Gifts']],
      variants: [{ sku: 'PLACED' }],
    };
    const { products: several } = await importText(`${JSON.stringify(placed)}\n`, NDJSON);
    expect(several.created).toBe(1);
    clone = await cloneDatabase();
    const [email, password] = ['admin@galley.example', 'correct horse battery'];
    elsewhere = await startProcess({
      DATABASE_URL: clone.url,
      GALLEY_DATA_DIR: app.dataDir,
      GALLEY_ADMIN_EMAIL: email,
      GALLEY_ADMIN_PASSWORD: password,
    });
    const somebody = new Client(elsewhere.url);
    there = somebody.with((await somebody.post('/v1/auth/login', { email, password })).body.accessToken);
  }, 30_000);
  afterAll(async () => {
    await elsewhere?.kill();
    await clone?.drop();
  });

  const exported = async (client: Client, format: string) =>
    (await client.get(`/v1/exports/products?format=${format}`)).body as string;

  it.each([
    ['ndjson', NDJSON],
    ['csv', CSV],
  ])('as %s goes in again without a difference, here and elsewhere', async (format, headers) => {
    const out = await exported(staff, format);
    expect(out).toContain(format === 'csv' ? 'Gifts,Garden -> Gifts' : '[["Gifts"],["Garden","Gifts"]]');
    const again = await importText(out, headers);
    expect([again.refused, again.products.created, again.products.changed]).toEqual([0, 0, 0]);
    expect([again.variants, again.prices, again.stock]).toEqual([0, 0, 0]);
    const { body } = await there.send('POST', '/v1/imports', out, headers);
    const done = await until(async () => {
      const { body: now } = await there.get(`/v1/imports/${body.id}`);
      return now.finishedAt ? now : null;
    });
    expect(done).toMatchObject({ status: 'completed', refused: 0 });
    expect(await exported(there, format)).toBe(out);
  });

  it('is of one moment, however long it takes to read', async () => {
    const person = await app.staff();
    const fresh = await makeProduct(app, person);
    const request = await fetch(`${app.url}/v1/exports/products`, {
      headers: { authorization: `Bearer ${person.accessToken}` },
    });
    const reader = request.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value ?? '';
    await app
      .as(person)
      .patch(`/v1/products/${fresh.id}`, { name: 'Changed meanwhile' }, { 'if-match': `"${fresh.version}"` });
    await makeProduct(app, person, { name: 'Made meanwhile', slug: 'made-meanwhile' });
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    expect(text).not.toContain('meanwhile');
    expect(text).toContain(fresh.slug);
  });

  it('ends with its reader, and no more than two run at once', async () => {
    const person = await app.staff();
    const headers = { authorization: `Bearer ${person.accessToken}` };
    const started = await Promise.all(
      [1, 2].map(async () => {
        const ending = new AbortController();
        const response = await fetch(`${app.url}/v1/exports/products`, { headers, signal: ending.signal });
        return { ending, response };
      }),
    );
    for (const { ending } of started) ending.abort();
    const again = () => app.as(person).get('/v1/exports/products?format=csv&status=archived');
    await until(async () => ((await again()).status === 200 ? true : null));
    expect(
      await app.db.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
      ),
    ).toEqual([]);
  });

  it('takes a format and a status that there are', async () => {
    expect((await staff.get('/v1/exports/products?format=xml')).status).toBe(422);
    await makeProduct(app, await app.staff(), { status: 'draft' });
    const drafts = (await staff.get('/v1/exports/products?status=draft')).body as string;
    for (const text of drafts.split('\n').filter(Boolean)) expect(JSON.parse(text).status).toBe('draft');
  });
});

describe('What a CSV could not say as it stands', () => {
  const drafts = async (format = 'csv') =>
    (await staff.get(`/v1/exports/products?format=${format}&status=draft`)).body as string;
  const draft = async (wish: object) => makeProduct(app, await app.staff(), { status: 'draft', ...wish });
  const read = async (id: string) => (await staff.get(`/v1/products/${id}`)).body;

  it('comes back: attributes with commas, quotes and capitals in their names, and names like kinds of values', async () => {
    const attributes = {
      ...{ 'Fabric Care': 'Cold', 'a, b': 'comma', 'say "hi"': 'quotes', ' spaced ': 'spaces' },
      ...{ material: 'linen', Material: 'wool', 'size:number': 'XL', 'Depth:Number': 3, 'a:text': 'text', b: 'text' },
      ...{ 'custom.a': 'once', 'Custom.Custom.a': 'twice', Washable: true, product_type: 'Shirt', Product_Type: 'Tee' },
    };
    const product = await draft({ attributes });
    const out = await drafts();
    expect(await importText(out, CSV)).toMatchObject({ status: 'completed', refused: 0, products: { changed: 0 } });
    await staff.patch(`/v1/products/${product.id}`, { attributes: { material: 'felt' } }, ifMatch(product.version));
    expect(await importText(out, CSV)).toMatchObject({ status: 'completed', refused: 0, products: { changed: 1 } });
    expect((await read(product.id)).attributes).toEqual(attributes);
  });

  it('comes back: tags with commas and quotes', async () => {
    const tags = ['a, b', '"q"', '5" pipe, long', '""', '"', ',', ' spaced ', 'plain', '"a", "b"'];
    const many = Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(50, '"'));
    const product = await draft({ tags: [...tags, ...many] });
    const out = await drafts();
    expect(await importText(out, CSV)).toMatchObject({ status: 'completed', refused: 0, products: { changed: 0 } });
    await staff.patch(`/v1/products/${product.id}`, { tags: [] }, ifMatch(product.version));
    expect(await importText(out, CSV)).toMatchObject({ status: 'completed', refused: 0, products: { changed: 1 } });
    expect((await read(product.id)).tags).toEqual([...tags, ...many]);
  });

  it.each([
    ['csv', CSV],
    ['ndjson', NDJSON],
  ])('stays: in which of several categories of one name a product is, by %s', async (format, headers) => {
    const make = async (slug: string) => (await staff.post('/v1/categories', { name: 'Twin', slug })).body.id as string;
    const twins = [await make(`first-${format}`), await make(`second-${format}`), await make(`third-${format}`)];
    const places = twins.map((id) => ({ categoryId: id, categoryIds: twins.filter((other) => other !== id) }));
    for (const place of places) await draft(place);
    const out = await drafts(format);
    expect(out).toContain('Twin');
    expect(await importText(out, headers)).toMatchObject({ status: 'completed', refused: 0, products: { changed: 0 } });
  });

  it.each([
    ['csv', 'at a price', CSV, [{ amount: 900, currency: 'EUR' }]],
    ['csv', 'without one', CSV, []],
    ['ndjson', 'at a price', NDJSON, [{ amount: 900, currency: 'EUR' }]],
  ])('is left out of %s: a count below zero, of a variant %s', async (format, _, headers, prices) => {
    const product = await draft({ variants: [{ sku: randomUUID(), prices, backorderable: true }] });
    const stock = `/v1/variants/${product.variants[0]?.id}/stock`;
    await staff.post(`${stock}/adjustments`, { delta: -3, reason: 'Sent ahead' });
    const again = await importText(await drafts(format), headers);
    expect(again).toMatchObject({ refused: 0, products: { created: 0, changed: 0 }, stock: 0 });
    expect((await staff.get(stock)).body).toMatchObject({ onHand: -3, backorderable: true });
  });

  it('is left out also where that leaves nothing to say of the variant: another shop can still take the product', async () => {
    const [sku, other] = [randomUUID(), 'owed-elsewhere'];
    const product = await draft({ variants: [{ sku, backorderable: true }] });
    await staff.post(`/v1/variants/${product.variants[0]?.id}/stock/adjustments`, { delta: -3, reason: 'Sent ahead' });
    const lines = (await drafts()).split('\n');
    const [head, ...rows] = lines.filter((row, index) => index === 0 || row.startsWith(`${product.slug},`));
    const text = rows.join('\n').replaceAll(product.slug, other).replaceAll(sku, other);
    expect(await importText(`${head}\n${text}\n`, CSV)).toMatchObject({ refused: 0, products: { created: 1 } });
    expect((await read(other)).variants).toMatchObject([{ sku: other, available: 0 }]);
  });
});
