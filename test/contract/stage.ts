import { randomUUID } from 'node:crypto';
import { UsersService } from '#src/auth/index.js';
import { Tokens } from '#src/auth/sessions/tokens.js';
import { formOf, jpeg } from '../catalog/media-support.js';
import { buy, makeArticle } from '../orders/shop.js';
import type { Person, TestApp } from '../support/app.js';
import {
  type Document,
  fileBody,
  type Json,
  jsonBody,
  type Operation,
  parametersIn,
  resolve,
  type Schema,
} from './operations.js';
import type { Call } from './wire.js';

/** Real things to name in requests, by the part of the path or the field that names them. */
export interface Stage {
  ids: Record<string, string>;
  /** The version for If-Match, by the same parts of the path. */
  versions: Record<string, number>;
  fields: Record<string, string>;
}

/** Their token is of a session that nobody knows: whatever operation is called with it, none can end it. */
export async function endless(app: TestApp, person: Person): Promise<Person> {
  const account = await app.service(UsersService).find(person.id);
  if (!account) throw new Error(`There is no ${person.email}.`);
  const nobodys = { id: randomUUID(), expiresAt: new Date(), authenticatedAt: new Date(), methods: ['pwd' as const] };
  return { ...person, accessToken: await app.service(Tokens).access(account, nobodys, 600) };
}

/** A file of products of which none can be taken. */
const REFUSED_FILE = 'sku,name,price,currency\nA B,X,1,EUR\nC D,X,1,EUR\n';

const FORM = 'multipart/form-data';
/** A form with the smallest GIF that there is. */
const PICTURE_FORM = Buffer.concat([
  Buffer.from('--stage\r\ncontent-disposition: form-data; name="file"; filename="dot.gif"\r\n\r\n'),
  Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'),
  Buffer.from('\r\n--stage--\r\n'),
]);

/** One of everything, by the examples of the document where they fit. */
export async function setStage(app: TestApp, admin: Person): Promise<Stage> {
  const staff = app.as(admin);
  const post = async (path: string, body: object) => {
    const answer = await staff.post(path, body, { 'idempotency-key': randomUUID() });
    if (answer.status >= 300) throw new Error(`No stage: ${path} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const { email, password } = admin;
  await app.anyone.post('/v1/auth/login', { email, password });
  const top = await post('/v1/categories', { name: 'Kitchen' });
  const category = await post('/v1/categories', { name: 'Kettles', parentId: top.id });
  const kettle = (name: string, colors: string[]) =>
    post('/v1/products', {
      name,
      status: 'active',
      options: [{ name: 'Color', values: ['Black', ...colors] }],
      variants: colors.map((color) => ({
        sku: `${name}-${color}`,
        optionValues: { Color: color },
        prices: [{ amount: 1999, currency: 'EUR' }],
        stock: 1000,
      })),
    });
  // Not as it was made: a version that everything has proves nothing.
  const change = async (path: string, body: object) => (await staff.patch(path, body, { 'if-match': '"1"' })).body;
  const { id: typeId } = await post('/v1/product-types', { code: 'staged', name: 'Made', attributes: [] });
  const type = await change(`/v1/product-types/${typeId}`, { name: 'Staged' });
  const { id: synonymsId } = await post('/v1/search/synonyms', { words: ['made', 'built'] });
  await staff.put(`/v1/search/synonyms/${synonymsId}`, { words: ['staged', 'set'] }, { 'if-match': '"1"' });
  await post('/v1/search/synonyms', { words: ['staged', 'too'] });
  const attributes = ['material', 'capacity'].map((code) => ({ code, name: code, kind: 'text' }));
  const typeToo = await post('/v1/product-types', { code: 'staged_too', name: 'Staged too', attributes });
  const { id: brandId } = await post('/v1/brands', { name: 'Made' });
  const brand = await change(`/v1/brands/${brandId}`, { name: 'Staged' });
  const brandToo = await post('/v1/brands', { name: 'Staged too' });
  const rule = { match: 'any', conditions: [{ by: 'price', currency: 'EUR', min: 1 }] };
  const { id: collectionId } = await post('/v1/collections', { name: 'Made', rule });
  const collection = await change(`/v1/collections/${collectionId}`, { name: 'Staged' });
  await post('/v1/collections', { name: 'Staged too', rule });
  const product = await kettle('STEEL', ['White']);
  const picture = formOf(await jpeg(60, 60));
  await staff.post(`/v1/products/${product.id}/media`, picture);
  const { id: mediumId } = (await staff.post(`/v1/products/${product.id}/media`, picture)).body;
  const medium = await change(`/v1/media/${mediumId}`, { alt: 'Staged' });
  const coloured = await kettle('COLOURED', ['White', 'Green']);
  const article = await makeArticle(app, { stock: 100_000 });
  const order = (await buy(staff, article, { email })).body;
  await buy(staff, article, { email });
  const cart = await post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] });
  const location = await post('/v1/stock/locations', { code: 'staged', name: 'Staged' });
  const items = [{ variantId: article.variantId, quantity: 1 }];
  await post('/v1/stock/transfers', { from: 'main', to: 'staged', items });
  const transfer = await post('/v1/stock/transfers', { from: 'main', to: 'staged', items });
  const key = await post('/v1/api-keys', { name: 'Staged', permissions: ['orders:read'] });
  await post('/v1/api-keys', { name: 'Staged too', permissions: ['orders:read'] });
  const list = await post('/v1/price-lists', { code: 'staged', name: 'For the stage' });
  await post('/v1/price-lists', { code: 'staged-too', name: 'For the stage, too' });
  const prices = [1, 10].map((minQuantity) => ({
    ...{ variantId: article.variantId, amount: 1900, currency: 'EUR' },
    minQuantity,
  }));
  const reduced = { variantId: coloured.variants[1].id, amount: 1900, currency: 'EUR' };
  await staff.put(`/v1/price-lists/${list.id}/prices`, { prices: [...prices, reduced] });
  const role = await post('/v1/roles', { name: 'staged', description: 'For the stage.', permissions: ['orders:read'] });
  const file = () => staff.send('POST', '/v1/imports', REFUSED_FILE, { 'content-type': 'text/csv' });
  await file();
  const { body: imported } = await file();
  await app.runDue();
  const home = { name: 'Ada', line1: '12 Harbour Street', city: 'Bremen', postalCode: '28195', country: 'DE' };
  await post('/v1/me/addresses', home);
  const address = await post('/v1/me/addresses', home);
  const user = await app.shopper();
  await app.runDue();
  const guest = await app.anyone.post('/v1/carts', { items: [{ variantId: article.variantId, quantity: 1 }] });
  return {
    ids: {
      products: product.id,
      variants: coloured.variants[1].id,
      categories: category.id,
      search: synonymsId,
      'product-types': type.id,
      brands: brand.id,
      collections: collection.id,
      carts: cart.id,
      orders: order.id,
      payments: order.payments[0].id,
      'api-keys': key.id,
      'price-lists': list.id,
      roles: role.name,
      users: user.id,
      customers: user.id,
      imports: imported.id,
      media: medium.id,
      me: address.id,
      stock: transfer.id,
    },
    versions: {
      products: product.version,
      variants: coloured.version,
      media: medium.version,
      categories: category.version,
      search: 2,
      'product-types': type.version,
      brands: brand.version,
      collections: collection.version,
      'api-keys': key.version,
      'price-lists': list.version,
      customers: 1,
      roles: role.version,
      users: 1,
      stock: location.version,
    },
    fields: {
      variantId: article.variantId,
      categoryId: category.id,
      parentId: top.id,
      location: location.code,
      cartId: guest.body.id,
      locale: 'de',
      typeId: typeToo.id,
      brandId: brandToo.id,
    },
  };
}

export const collectionOf = (path: string): string => path.split('/')[2] ?? '';

/** The path with real ids in it. */
export function pathOf({ path }: Operation, { ids, fields }: Stage, given: Record<string, string> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    return given[name] ?? fields[name] ?? ids[collectionOf(path)] ?? randomUUID();
  });
}

/** The headers that the operation cannot do without. */
export function headersOf(operation: Operation, { versions }: Stage): Record<string, string> {
  const names = new Set(parametersIn(operation, 'header').flatMap(({ name, required }) => (required ? [name] : [])));
  return {
    ...(names.has('Idempotency-Key') ? { 'idempotency-key': randomUUID() } : {}),
    ...(names.has('If-Match') ? { 'if-match': `"${versions[collectionOf(operation.path)] ?? 1}"` } : {}),
    ...(jsonBody(operation) ? { 'content-type': 'application/json' } : {}),
    ...(fileBody(operation)
      ? { 'content-type': fileBody(operation) === FORM ? `${FORM}; boundary=stage` : fileBody(operation)! }
      : {}),
  };
}

/** The example of the document, naming things that exist. */
export function exampleBody(document: Document, operation: Operation, { fields }: Stage): Json | undefined {
  const media = jsonBody(operation);
  if (!media) return undefined;
  const fill = (value: Json, schema: Schema): Json => {
    const { properties = {}, items } = resolve(document, schema);
    if (Array.isArray(value)) return value.map((item) => (items ? fill(item, items) : item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, child]): [string, Json] => [
        name,
        typeof child === 'string' && fields[name] !== undefined ? fields[name] : fill(child, properties[name] ?? {}),
      ]),
    );
  };
  return fill(media.example ?? {}, media.schema);
}

/** The query that the operation cannot do without. */
function demandedQuery(operation: Operation): string {
  const demanded = parametersIn(operation, 'query').filter(({ required }) => required);
  const query = new URLSearchParams();
  for (const { name, schema } of demanded) query.set(name, String((schema['examples'] as Json[])[0]));
  return query.size > 0 ? `?${query}` : '';
}

/** A request as the document says it should be. */
export function plausible(document: Document, operation: Operation, stage: Stage): Call {
  const body = exampleBody(document, operation, stage);
  const type = fileBody(operation);
  const file = type === undefined ? {} : { body: type === FORM ? PICTURE_FORM : REFUSED_FILE };
  return {
    method: operation.method,
    path: `${pathOf(operation, stage)}${demandedQuery(operation)}`,
    headers: headersOf(operation, stage),
    ...(body === undefined ? file : { body: JSON.stringify(body) }),
  };
}
