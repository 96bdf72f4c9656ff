import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { buy, makeArticle, stockOf } from '../orders/shop.js';
import { galley, type Person } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';

const app = galley({ GALLEY_LOCALES: 'en,de' });
let admin: Person;
let staff: Client;

beforeAll(async () => {
  admin = await app.staff();
  staff = app.as(admin);
});

const atOnce = <T>(count: number, fn: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => fn(index)));

const tally = (answers: Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const what = status < 400 ? String(status) : `${status} ${body.code}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
};

const product = (name: string) => ({
  name,
  status: 'active',
  variants: [{ sku: `${name}-1`, prices: [{ amount: 1999, currency: 'EUR' }], stock: 10 }],
});

/** Repeats while the first request of the key still runs, as a client does. */
async function persist(send: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await send();
    if (answer.body?.code !== 'idempotency_in_progress') return answer;
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
  throw new Error('The first request never ended.');
}

describe('Two writers of one thing', () => {
  it('of a product: one is let through, the other is told the version there is now', async () => {
    const { id, version } = (await staff.post('/v1/products', product('RACE'))).body;
    const answers = await atOnce(2, (index) =>
      staff.patch(`/v1/products/${id}`, { description: `Writer ${index}` }, { 'if-match': `"${version}"` }),
    );
    expect(tally(answers)).toEqual({ 200: 1, '412 version_mismatch': 1 });
    const winner = answers.find(({ status }) => status === 200)!;
    expect(answers.find(({ status }) => status === 412)!.body.currentVersion).toBe(winner.body.version);
    expect((await staff.get(`/v1/products/${id}`)).body.description).toBe(winner.body.description);
  });

  it('of a category, of prices and of a variant: likewise, however many they are', async () => {
    const category = (await staff.post('/v1/categories', { name: 'Contended' })).body;
    const made = (await staff.post('/v1/products', product('CONTENDED'))).body;
    const variant = `/v1/variants/${made.variants[0].id}`;
    const match = { 'if-match': `"${made.version}"` };
    const categories = await atOnce(10, (index) =>
      staff.patch(
        `/v1/categories/${category.id}`,
        { description: `${index}` },
        { 'if-match': `"${category.version}"` },
      ),
    );
    expect(tally(categories)).toEqual({ 200: 1, '412 version_mismatch': 9 });
    const mixed = await atOnce(10, (index) =>
      index % 2
        ? staff.put(`${variant}/prices`, { prices: [{ amount: 100 + index, currency: 'EUR' }] }, match)
        : staff.patch(variant, { title: `Title ${index}` }, match),
    );
    expect(tally(mixed)).toEqual({ 200: 1, '412 version_mismatch': 9 });
  });

  it('that add the same variant: one does, the other is told why not', async () => {
    const { id } = (
      await staff.post('/v1/products', {
        ...product('TWINS'),
        options: [{ name: 'Color', values: ['Black', 'White'] }],
        variants: [{ sku: 'TWINS-B', optionValues: { Color: 'Black' } }],
      })
    ).body;
    const answers = await atOnce(8, (index) =>
      staff.post(`/v1/products/${id}/variants`, { sku: `TWINS-W${index}`, optionValues: { Color: 'White' } }),
    );
    expect(tally(answers)).toEqual({ 201: 1, '422 validation_failed': 7 });
  });

  it('that make the same product or category: one does, the others hear that the name is taken', async () => {
    const products = await atOnce(10, () => staff.post('/v1/products', { ...product('SAME'), slug: 'same' }));
    expect(Object.keys(tally(products)).sort()).toEqual(['201', expect.stringMatching(/^409 (slug|sku)_taken$/)]);
    expect(tally(products)['201']).toBe(1);
    const categories = await atOnce(10, () => staff.post('/v1/categories', { name: 'Same', slug: 'same' }));
    expect(tally(categories)).toEqual({ 201: 1, '409 slug_taken': 9 });
  });
});

describe('Stock that is counted down by many at once', () => {
  it('never falls below what orders have been promised, and its movements add up', async () => {
    const article = await makeArticle(app, { stock: 20 });
    const path = `/v1/variants/${article.variantId}/stock`;
    const answers = await atOnce(40, (index) =>
      index % 2 ? buy(app.anyone, article) : staff.post(`${path}/adjustments`, { delta: -1, reason: 'Broken' }),
    );
    const counts = tally(answers);
    expect(Object.keys(counts).every((what) => /^20[01]$|out_of_stock|stock_below_reserved/.test(what))).toBe(true);
    expect((counts['200'] ?? 0) + (counts['201'] ?? 0)).toBe(20);
    const { onHand, reserved, available } = await stockOf(app, article);
    expect(available).toBe(0);
    expect(onHand).toBe(reserved);
    const { body } = await staff.get(`${path}/movements?limit=100`);
    const sum = (field: string) => body.data.reduce((all: number, row: Record<string, number>) => all + row[field]!, 0);
    expect([sum('deltaOnHand'), sum('deltaReserved')]).toEqual([onHand, reserved]);
  });
});

describe('An Idempotency-Key on a request of one transaction', () => {
  it('makes one product of twenty requests at once, and gives the rest the same answer', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const send = () => staff.post('/v1/products', product('SINGLETON'), headers);
    const answers = await atOnce(20, () => persist(send));
    expect(tally(answers)).toEqual({ 201: 20 });
    const [first] = answers.filter(({ headers }) => !headers['idempotency-replayed']);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(19);
    for (const answer of answers) {
      expect(answer.body).toEqual(first!.body);
      expect(answer.headers).toMatchObject({ location: `/v1/products/${first!.body.id}`, etag: '"1"' });
    }
    const { body } = await staff.get('/v1/products?q=SINGLETON');
    expect(body.data).toHaveLength(1);
  });

  it('changes once when the same change comes many times, although the version has moved on', async () => {
    const { id, version } = (await staff.post('/v1/products', product('CHANGED'))).body;
    const headers = { 'idempotency-key': randomUUID(), 'if-match': `"${version}"` };
    const send = () => staff.patch(`/v1/products/${id}`, { description: 'Changed once.' }, headers);
    const answers = await atOnce(10, () => persist(send));
    expect(tally(answers)).toEqual({ 200: 10 });
    expect(answers.every(({ headers: { etag } }) => etag === `"${version + 1}"`)).toBe(true);
    expect((await staff.get(`/v1/products/${id}`)).body.version).toBe(version + 1);
  });

  it('adjusts stock once, and one cart is started', async () => {
    const article = await makeArticle(app, { stock: 5 });
    const headers = { 'idempotency-key': randomUUID() };
    const path = `/v1/variants/${article.variantId}/stock/adjustments`;
    await atOnce(10, () => persist(() => staff.post(path, { delta: 3, reason: 'Delivery' }, headers)));
    expect((await stockOf(app, article)).onHand).toBe(8);
    const shopper = app.as(await app.shopper());
    const carts = await atOnce(10, () => persist(() => shopper.post('/v1/carts', {}, headers)));
    expect(new Set(carts.map(({ body }) => body.id)).size).toBe(1);
  });

  it('belongs to its caller: the same key of another is another key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [mine, theirs] = [app.as(await app.shopper()), app.as(await app.shopper())];
    const first = await mine.post('/v1/carts', {}, headers);
    const second = await theirs.post('/v1/carts', {}, headers);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers['idempotency-replayed']).toBeUndefined();
    expect(second.body.id).not.toBe(first.body.id);
    expect((await theirs.post('/v1/carts', { currency: 'EUR' }, headers)).body.code).toBe('idempotency_key_reused');
  });

  it('is free again after a refusal, once its cause is gone', async () => {
    const taken = (await staff.post('/v1/products', { ...product('TAKEN'), slug: 'taken' })).body;
    const headers = { 'idempotency-key': randomUUID() };
    const send = () => staff.post('/v1/products', { ...product('WANTED'), slug: 'taken' }, headers);
    expect((await send()).body.code).toBe('slug_taken');
    await staff.patch(`/v1/products/${taken.id}`, { slug: 'moved' }, { 'if-match': `"${taken.version}"` });
    const made = await send();
    expect(made.status).toBe(201);
    expect(made.headers['idempotency-replayed']).toBeUndefined();
    expect((await send()).headers['idempotency-replayed']).toBe('true');
  });

  it('is free again on an order that was refused for want of stock, and then orders once', async () => {
    const article = await makeArticle(app, { stock: 0 });
    const shopper = app.as(await app.shopper());
    const key = randomUUID();
    expect((await buy(shopper, article, { key })).body.code).toBe('out_of_stock');
    await staff.post(`/v1/variants/${article.variantId}/stock/adjustments`, { delta: 5, reason: 'Delivery' });
    const answers = await atOnce(10, () => persist(() => buy(shopper, article, { key })));
    expect(tally(answers)).toEqual({ 201: 10 });
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await stockOf(app, article)).available).toBe(4);
  });

  it('counts the query and the body, not the order of the keys in it', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const one = await staff.post('/v1/categories', '{"name":"Ordered","position":3}', headers);
    const same = await staff.post('/v1/categories', '{ "position": 3, "name": "Ordered" }', headers);
    expect(same.headers['idempotency-replayed']).toBe('true');
    expect(same.body).toEqual(one.body);
    const other = await staff.post('/v1/categories', { name: 'Ordered', position: 4 }, headers);
    expect(other.body.code).toBe('idempotency_key_reused');
    const elsewhere = await staff.post('/v1/products', { name: 'Ordered' }, headers);
    expect(elsewhere.status).toBe(422);
  });
});

describe('Refunds under one Idempotency-Key', () => {
  it('are one refund, and every caller who keeps asking learns of it', async () => {
    const order = (await buy(app.anyone, await makeArticle(app))).body;
    const path = `/v1/payments/${order.payments[0].id}/refunds`;
    const headers = { 'idempotency-key': randomUUID() };
    const amount = { amount: 100, currency: 'EUR' };
    const answers = await atOnce(50, () => persist(() => staff.post(path, { amount }, headers)));
    expect(tally(answers)).toEqual({ 201: 50 });
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const { body } = await staff.get(`/v1/payments/${order.payments[0].id}`);
    expect(body.refunded).toEqual(amount);
    expect(body.operations).toHaveLength(1);
  });
});
