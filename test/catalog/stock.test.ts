import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { OutOfStock, Stock } from '#src/catalog/index.js';
import { galley, type Person } from '../support/app.js';
import { makeProduct, untilSomeoneWaits } from './catalog-support.js';

const app = galley({ GALLEY_POOL_SIZE: '30' });
let staff: Person;
beforeAll(async () => {
  staff = await app.staff();
});

interface Level {
  on_hand: number;
  reserved: number;
}

async function levelOf(variantId: string): Promise<Level> {
  const [level] = await app.db.query<Level>('SELECT on_hand, reserved FROM catalog.stock WHERE variant_id = $1', [
    variantId,
  ]);
  if (!level) throw new Error('No stock.');
  return level;
}

async function movementsAddUp(variantIds: string[]): Promise<void> {
  const rows = await app.db.query(
    `SELECT s.variant_id FROM catalog.stock s
     JOIN LATERAL (SELECT coalesce(sum(delta_on_hand), 0) AS on_hand, coalesce(sum(delta_reserved), 0) AS reserved
       FROM catalog.stock_movements m WHERE m.variant_id = s.variant_id) m ON true
     WHERE s.variant_id = ANY ($1::uuid[]) AND (s.on_hand, s.reserved) IS DISTINCT FROM (m.on_hand, m.reserved)`,
    [variantIds],
  );
  expect(rows).toEqual([]);
}

async function variants(count: number, stock: number, more: object = {}): Promise<string[]> {
  const product = await makeProduct(app, staff, {
    variants: Array.from({ length: count }, () => ({ sku: randomUUID(), stock, ...more })),
  });
  return product.variants.map(({ id }) => id);
}

const one = (ids: string[]): string => ids[0] as string;
const reserve = (reference: string, lines: { variantId: string; quantity: number }[]) =>
  app.db.transaction(() => app.service(Stock).reserve(reference, lines));
const release = (reference: string) => app.db.transaction(() => app.service(Stock).release(reference));

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

describe('reserving', () => {
  it('takes all lines of a reference, the same variant on two lines together', async () => {
    const [first = '', second = ''] = await variants(2, 10);
    await reserve('order-two-lines', [
      { variantId: second, quantity: 4 },
      { variantId: first, quantity: 3 },
      { variantId: first, quantity: 7 },
    ]);
    expect(await levelOf(first)).toEqual({ on_hand: 10, reserved: 10 });
    expect(await levelOf(second)).toEqual({ on_hand: 10, reserved: 4 });
    await movementsAddUp([first, second]);
  });

  it('takes nothing when one line cannot be served, and says what is left of each such line', async () => {
    const [plenty = '', few = '', none = ''] = await variants(3, 5);
    await reserve('order-before', [{ variantId: none, quantity: 5 }]);
    const unknown = randomUUID();
    const refused = await reserve('order-too-much', [
      { variantId: plenty, quantity: 5 },
      { variantId: few, quantity: 3 },
      { variantId: few, quantity: 3 },
      { variantId: none, quantity: 1 },
      { variantId: unknown, quantity: 1 },
    ]).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(OutOfStock);
    const lines = new Map(
      (refused as OutOfStock).lines.map((line) => [line.variantId, [line.requested, line.available]]),
    );
    expect(lines).toEqual(
      new Map([
        [few, [6, 5]],
        [none, [1, 0]],
        [unknown, [1, 0]],
      ]),
    );
    expect(await levelOf(plenty)).toEqual({ on_hand: 5, reserved: 0 });
    await movementsAddUp([plenty, few, none]);
  });

  it('does nothing the second time for the same reference', async () => {
    const [id = ''] = await variants(1, 10);
    const lines = [{ variantId: id, quantity: 6 }];
    await reserve('order-again', lines);
    await reserve('order-again', lines);
    expect(await levelOf(id)).toEqual({ on_hand: 10, reserved: 6 });
  });

  it('goes beyond what is on hand where back-orders are allowed', async () => {
    const [id = ''] = await variants(1, 1, { backorderable: true });
    await reserve('order-back', [{ variantId: id, quantity: 5 }]);
    expect(await levelOf(id)).toEqual({ on_hand: 1, reserved: 5 });
  });

  it('refuses to run outside a transaction, and quantities that are none', async () => {
    const [id = ''] = await variants(1, 1);
    await expect(app.service(Stock).reserve('loose', [{ variantId: id, quantity: 1 }])).rejects.toThrow(
      'inside a transaction',
    );
    await expect(reserve('none', [{ variantId: id, quantity: 0 }])).rejects.toThrow(RangeError);
    await expect(reserve('half', [{ variantId: id, quantity: 0.5 }])).rejects.toThrow(RangeError);
  });

  it('is one statement for 1, 20 and 100 lines', async () => {
    const ids = await variants(100, 10);
    for (const count of [1, 20, 100]) {
      const lines = ids.slice(0, count).map((variantId) => ({ variantId, quantity: 1 }));
      const sent = await app.statements(() => reserve(`order-of-${count}`, lines));
      expect(sent.filter((sql) => sql.includes('catalog.'))).toHaveLength(1);
      expect(
        (await app.statements(() => release(`order-of-${count}`))).filter((sql) => sql.includes('catalog.')),
      ).toHaveLength(1);
    }
    await movementsAddUp(ids);
  });

  it('sells 100 pieces to 400 buyers at once exactly 100 times', async () => {
    const [id = ''] = await variants(1, 100);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 400 }, (_, buyer) => reserve(`buyer-${buyer}`, [{ variantId: id, quantity: 1 }])),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.every(({ reason }) => reason instanceof OutOfStock)).toBe(true);
    expect(refused).toHaveLength(300);
    expect(await levelOf(id)).toEqual({ on_hand: 100, reserved: 100 });
    await movementsAddUp([id]);
  });

  it('neither dead-locks nor oversells when many hold the same variants in different orders', async () => {
    const ids = await variants(6, 60);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, (_, buyer) =>
        reserve(
          `mixed-${buyer}`,
          shuffled(ids)
            .slice(0, 1 + (buyer % 6))
            .map((variantId) => ({ variantId, quantity: 1 + (buyer % 3) })),
        ),
      ),
    );
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(reasons.filter((reason) => !(reason instanceof OutOfStock))).toEqual([]);
    expect(reasons.length).toBeGreaterThan(0);
    for (const id of ids) expect((await levelOf(id)).reserved).toBeLessThanOrEqual(60);
    await movementsAddUp(ids);
  });

  it('always serves who comes while another gives back: a waiting reservation sees what the lock brought', async () => {
    const [id = ''] = await variants(1, 1);
    for (let round = 0; round < 60; round++) {
      await reserve(`holder-${round}`, [{ variantId: id, quantity: 1 }]);
      // Both start at once; should the release be first to the lock, the reservation must not judge by its older snapshot.
      const [, taken] = await Promise.allSettled([
        release(`holder-${round}`),
        reserve(`waiter-${round}`, [{ variantId: id, quantity: 1 }]),
      ]);
      expect(await levelOf(id)).toEqual({ on_hand: 1, reserved: taken.status === 'fulfilled' ? 1 : 0 });
      await release(`waiter-${round}`);
    }
    expect(await levelOf(id)).toEqual({ on_hand: 1, reserved: 0 });
    await movementsAddUp([id]);
  });

  it('lets a reservation that waited for a release go through, although its snapshot showed nothing left', async () => {
    const [id = ''] = await variants(1, 1);
    await reserve('first-holder', [{ variantId: id, quantity: 1 }]);
    let waiter: Promise<void> | undefined;
    await app.db.transaction(async () => {
      await app.service(Stock).release('first-holder');
      waiter = app.db.detached(() => reserve('patient', [{ variantId: id, quantity: 1 }]));
      await untilSomeoneWaits(app);
    });
    await waiter;
    expect(await levelOf(id)).toEqual({ on_hand: 1, reserved: 1 });
  });

  it('refuses a reservation that waited for another one that took the last, although its snapshot showed one left', async () => {
    const [id = ''] = await variants(1, 1);
    let waiter: Promise<unknown> | undefined;
    await app.db.transaction(async () => {
      await app.service(Stock).reserve('quick', [{ variantId: id, quantity: 1 }]);
      waiter = app.db
        .detached(() => reserve('slow', [{ variantId: id, quantity: 1 }]))
        .catch((thrown: unknown) => thrown);
      await untilSomeoneWaits(app);
    });
    expect(await waiter).toBeInstanceOf(OutOfStock);
    expect(await levelOf(id)).toEqual({ on_hand: 1, reserved: 1 });
  });
});

describe('releasing', () => {
  it('gives back once, however many ask at once', async () => {
    const ids = await variants(3, 10);
    await reserve(
      'order-cancelled',
      ids.map((variantId) => ({ variantId, quantity: 4 })),
    );
    await reserve(
      'order-kept',
      ids.map((variantId) => ({ variantId, quantity: 2 })),
    );
    await Promise.all(Array.from({ length: 20 }, () => release('order-cancelled')));
    for (const id of ids) expect(await levelOf(id)).toEqual({ on_hand: 10, reserved: 2 });
    await movementsAddUp(ids);
  });

  it('of what nobody reserved does nothing', async () => {
    await release('never-heard-of');
  });
});

describe('the database itself', () => {
  it('refuses to promise more than there is, and to change what moved', async () => {
    const id = one(await variants(1, 3));
    await expect(app.db.query('UPDATE catalog.stock SET reserved = 4 WHERE variant_id = $1', [id])).rejects.toThrow(
      'ck_stock_not_oversold',
    );
    await expect(
      app.db.query('UPDATE catalog.stock_movements SET delta_on_hand = 9 WHERE variant_id = $1', [id]),
    ).rejects.toThrow();
    await expect(app.db.query('DELETE FROM catalog.stock_movements WHERE variant_id = $1', [id])).rejects.toThrow();
    await expect(app.db.query('TRUNCATE catalog.stock_movements')).rejects.toThrow();
  });
});

describe('adjusting over HTTP', () => {
  it('counts by what came or went, tells why, and publishes it', async () => {
    const id = one(await variants(1, 10));
    await reserve('order-adjust', [{ variantId: id, quantity: 4 }]);
    const { status, body } = await app
      .as(staff)
      .post(`/v1/variants/${id}/stock/adjustments`, { delta: -6, reason: 'Broken' });
    expect([status, body.onHand, body.reserved, body.available]).toEqual([200, 4, 4, 0]);
    const { body: page } = await app.as(staff).get(`/v1/variants/${id}/stock/movements?limit=2`);
    expect(page.data).toMatchObject([
      {
        kind: 'adjustment',
        deltaOnHand: -6,
        deltaReserved: 0,
        reason: 'Broken',
        location: 'main',
        createdBy: staff.id,
      },
      { kind: 'reservation', deltaOnHand: 0, deltaReserved: 4, reference: 'order-adjust' },
    ]);
    const rest = await app.as(staff).get(`/v1/variants/${id}/stock/movements?limit=2&cursor=${page.nextCursor}`);
    expect(rest.body).toMatchObject({ data: [{ kind: 'opening', deltaOnHand: 10 }], nextCursor: null });
    const events = await app.db.query(
      `SELECT payload FROM platform.events WHERE payload->>'variantId' = $1 AND type = 'catalog.stock_changed'`,
      [id],
    );
    expect(events).toEqual([{ payload: { variantId: id, delta: -6, onHand: 4, reserved: 4 } }]);
  });

  it('refuses to take away what orders have been promised', async () => {
    const id = one(await variants(1, 5));
    await reserve('order-promised', [{ variantId: id, quantity: 3 }]);
    const { status, body } = await app
      .as(staff)
      .post(`/v1/variants/${id}/stock/adjustments`, { delta: -3, reason: 'Lost' });
    expect([status, body.code, body.onHand, body.reserved]).toEqual([409, 'stock_below_reserved', 5, 3]);
  });

  it('loses none of 50 adjustments at once', async () => {
    const id = one(await variants(1, 0));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        app.as(staff).post(`/v1/variants/${id}/stock/adjustments`, { delta: 2, reason: 'Crate' }),
      ),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await levelOf(id)).toEqual({ on_hand: 100, reserved: 0 });
    await movementsAddUp([id]);
  });

  it.each([
    [{ delta: 0, reason: 'x' }],
    [{ delta: 1.5, reason: 'x' }],
    [{ delta: 1e12, reason: 'x' }],
    [{ delta: '1', reason: 'x' }],
    [{ delta: 1 }],
    [{ delta: 1, reason: '\u0000' }],
  ])('refuses %j', async (body) => {
    const id = one(await variants(1, 0));
    expect((await app.as(staff).post(`/v1/variants/${id}/stock/adjustments`, body)).status).toBe(422);
  });

  it('needs stock:write, and stock:read to look', async () => {
    const id = one(await variants(1, 0));
    const shopper = await app.shopper();
    expect(
      (await app.as(shopper).post(`/v1/variants/${id}/stock/adjustments`, { delta: 1, reason: 'x' })).body.permission,
    ).toBe('stock:write');
    expect((await app.as(shopper).get(`/v1/variants/${id}/stock`)).body.permission).toBe('stock:read');
    expect((await app.anyone.get(`/v1/variants/${id}/stock/movements`)).status).toBe(401);
    expect((await app.as(staff).get(`/v1/variants/${randomUUID()}/stock`)).status).toBe(404);
    expect((await app.as(staff).get(`/v1/variants/${id}/stock/movements?cursor=nonsense`)).status).toBe(400);
  });
});

describe('what shoppers see', () => {
  it('follows each sale in the detail, and lists when something runs out or comes back', async () => {
    const product = await makeProduct(app, staff, { name: 'Last pieces', variants: [{ sku: randomUUID(), stock: 2 }] });
    const id = product.variants[0]?.id ?? '';
    const available = async () => (await app.anyone.get(`/v1/products/${product.slug}`)).body.variants[0].available;
    const inStock = async () => (await app.anyone.get('/v1/products?q=%22last+pieces%22')).body.data[0].inStock;
    expect([await available(), await inStock()]).toEqual([2, true]);
    await reserve('sale-1', [{ variantId: id, quantity: 1 }]);
    expect([await available(), await inStock()]).toEqual([1, true]);
    await reserve('sale-2', [{ variantId: id, quantity: 1 }]);
    expect([await available(), await inStock()]).toEqual([0, false]);
    await release('sale-1');
    expect([await available(), await inStock()]).toEqual([1, true]);
  });
});
