import type { Person, TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';

let made = 0;

/** A product as its creator sees it. */
export interface Made {
  id: string;
  slug: string;
  version: number;
  variants: { id: string; sku: string }[];
}

export interface ProductWish {
  name?: string;
  status?: 'draft' | 'active' | 'archived';
  variants?: object[];
  [field: string]: unknown;
}

/** Makes a product over HTTP: active, with one variant at 19.99 EUR and ten in stock unless said otherwise. */
export async function makeProduct(app: TestApp, staff: Person, wish: ProductWish = {}): Promise<Made> {
  const number = ++made;
  const { status, body } = await app.as(staff).post('/v1/products', {
    name: `Product ${number}`,
    status: 'active',
    variants: [{ sku: `SKU-${number}`, prices: [{ amount: 1999, currency: 'EUR' }], stock: 10 }],
    ...wish,
  });
  if (status !== 201) throw new Error(`The product was not made: ${JSON.stringify(body)}`);
  return body as Made;
}

/** Every page of a list, from the first to the last. */
export async function walk(get: (path: string) => Promise<Answer>, path: string): Promise<{ id: string }[]> {
  const all: { id: string }[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body } = await get(`${path}${path.includes('?') ? '&' : '?'}${cursor ? `cursor=${cursor}` : ''}`);
    const page = body as { data: { id: string }[]; nextCursor: string | null };
    all.push(...page.data);
    cursor = page.nextCursor;
  }
  return all;
}

export const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

/** Statements of the request itself: the relay and the cache tell other processes in their own time. */
export const ofRequest = (statements: string[]) => statements.filter((sql) => !/pg_notify|advisory/.test(sql));

/** Whether a read is soon answered without the database. The notice of an earlier write may still be on its way. */
export async function isKept(app: TestApp, path: string): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (ofRequest(await app.statements(() => app.anyone.get(path))).length === 0) return true;
  }
  return false;
}

/** Asks the server, instead of sleeping, until a session of this database waits for a lock. */
export async function untilSomeoneWaits({ db }: TestApp): Promise<void> {
  const waiting = `SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  for (let attempt = 0; attempt < 5000; attempt++) {
    const { rows } = await db.pool.query<{ count: number }>(waiting);
    if (Number(rows[0]?.count) > 0) return;
  }
  throw new Error('Nobody waited for a lock.');
}
