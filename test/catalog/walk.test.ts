import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { galley } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch } from './catalog-support.js';

const app = galley();
let staff: Client;
let made: { id: string; version: number }[];
const fresh = (name: string) => ({
  name,
  slug: randomUUID().slice(9),
  status: 'active',
  variants: [{ sku: randomUUID(), prices: [{ amount: 100 + Math.floor(Math.random() * 50), currency: 'EUR' }] }],
});

beforeAll(async () => {
  staff = app.as(await app.staff());
  const items = Array.from({ length: 150 }, (_, number) => ({ create: fresh(`Walked ${number % 40}`) }));
  made = (await staff.post('/v1/products/bulk', { items })).body.data;
});

/** Each third product is changed, each third archived, and new ones come, until the walk is over. */
async function disturb(isOver: () => boolean): Promise<Set<string>> {
  const touched = new Set<string>();
  for (let turn = 0; !isOver(); turn++) {
    await staff.post('/v1/products', fresh(`Walked ${turn % 40}`));
    const one = made[(turn * 3) % made.length]!;
    touched.add(one.id);
    const { body } = await staff.get(`/v1/products/${one.id}`);
    const path = `/v1/products/${one.id}`;
    if (turn % 2 === 0 || body.status === 'archived') {
      await staff.patch(path, { name: `Walked ${(turn * 7) % 40}`, status: 'active' }, ifMatch(body.version));
    } else await staff.delete(path, ifMatch(body.version));
  }
  return touched;
}

describe('A walk through all pages while others write', () => {
  it.each(['createdAt', '-createdAt', 'name', '-name', 'price', '-price', 'bestSelling'])(
    'by %s sees all that stayed as it was, once',
    async (sort) => {
      let over = false;
      const disturbing = disturb(() => over);
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const path: string = `/v1/products?sort=${sort}&limit=7${cursor ? `&cursor=${cursor}` : ''}`;
        const { body } = await app.anyone.get(path);
        seen.push(...body.data.map(({ id }: { id: string }) => id));
        cursor = body.nextCursor;
      }
      over = true;
      const touched = await disturbing;
      expect(touched.size).toBeGreaterThan(0);
      const { body } = await staff.get('/v1/products?status=archived&limit=100');
      const gone = new Set([...touched, ...body.data.map(({ id }: { id: string }) => id)]);
      const stayed = made.map(({ id }) => id).filter((id) => !gone.has(id));
      expect(stayed.filter((id) => seen.filter((other) => other === id).length !== 1)).toEqual([]);
    },
  );
});
