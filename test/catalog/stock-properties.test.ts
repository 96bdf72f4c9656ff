import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { Holds, Stock } from '#src/catalog/index.js';
import { Refusal } from '#src/platform/index.js';
import { galley, type Person } from '../support/app.js';
import type { Client } from '../support/client.js';
import { ifMatch, makeProduct } from './catalog-support.js';

const app = galley({ GALLEY_POOL_SIZE: '20' });
const PLACES = ['main', 'north', 'south'];
let admin: Person;
let staff: Client;
beforeAll(async () => {
  admin = await app.staff();
  staff = app.as(admin);
  for (const code of ['north', 'south']) await staff.post('/v1/stock/locations', { code, name: code });
});

/** What is done inside, not over HTTP. */
type InnerAct =
  | { do: 'import'; variant: number; onHand: number; backorderable: boolean }
  | { do: 'reserve' | 'hold' | 'takeOver'; who: number; lines: { variant: number; quantity: number }[] }
  | { do: 'release' | 'giveBack' | 'lapse'; who: number }
  | { do: 'expire' };

/** What somebody tries to do with a few variants, named by number. */
type Act =
  | InnerAct
  | { do: 'adjust'; variant: number; place: string; delta: number }
  | { do: 'count'; variant: number; place: string; onHand: number; stale: boolean }
  | { do: 'limit'; variant: number; limit: number | null; backorderable: boolean }
  | { do: 'send'; from: string; to: string; lines: { variant: number; quantity: number }[] }
  | { do: 'receive' | 'cancel'; transfer: number };

const variant = fc.nat({ max: 2 });
const place = fc.constantFrom(...PLACES);
const who = fc.nat({ max: 2 });
const quantity = fc.integer({ min: 1, max: 8 });
const lines = fc.uniqueArray(fc.record({ variant, quantity }), { selector: (line) => line.variant, minLength: 1 });
const one = <T extends string>(...names: T[]) => fc.constantFrom(...names);

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: one('adjust'),
    variant,
    place,
    delta: fc.integer({ min: -9, max: 9 }).filter((delta) => delta !== 0),
  }),
  fc.record({ do: one('count'), variant, place, onHand: fc.nat({ max: 12 }), stale: fc.boolean() }),
  fc.record({ do: one('limit'), variant, limit: fc.option(fc.nat({ max: 6 })), backorderable: fc.boolean() }),
  fc.record({ do: one('import'), variant, onHand: fc.nat({ max: 12 }), backorderable: fc.boolean() }),
  fc.record({ do: one('reserve', 'hold', 'takeOver'), who, lines }),
  fc.record({ do: one('release', 'giveBack', 'lapse'), who }),
  fc.record({ do: one('expire') }),
  fc.record({ do: one('send'), from: place, to: place, lines }),
  fc.record({ do: one('receive', 'cancel'), transfer: fc.nat({ max: 3 }) }),
);

/** A few variants of their own for one sequence of acts. */
class World {
  ids: string[] = [];
  private readonly run = randomUUID();
  private orders = 0;
  private readonly transfers: string[] = [];

  async open(): Promise<this> {
    const sizes = ['S', 'M', 'L'];
    const { variants } = await makeProduct(app, admin, {
      options: [{ name: 'Size', values: sizes }],
      variants: sizes.map((Size) => ({ sku: randomUUID(), stock: 6, optionValues: { Size } })),
    });
    this.ids = variants.map(({ id }) => id);
    return this;
  }

  /** The status that HTTP gave; what is called inside gives 200, or 409 when it was refused. */
  async perform(act: Act): Promise<number> {
    const done = await this.attempt(act);
    return typeof done === 'number' ? done : done.status;
  }

  private attempt(act: Act): Promise<{ status: number } | number> {
    if (act.do === 'adjust') {
      const { delta, place: location } = act;
      return staff.post(`${this.path(act.variant)}/adjustments`, { delta, location, reason: 'Act' });
    }
    if (act.do === 'count') return this.count(act);
    if (act.do === 'limit') return this.limit(act);
    if (act.do === 'send') {
      const items = this.linesOf(act.lines);
      return this.send({ from: act.from, to: act.to, items });
    }
    if (!('transfer' in act)) return inside(() => this.inside(act));
    const id = this.transfers[act.transfer] ?? randomUUID();
    return staff.post(`/v1/stock/transfers/${id}/${act.do === 'receive' ? 'receipt' : 'cancellation'}`);
  }

  private async inside(act: InnerAct): Promise<unknown> {
    const [stock, holds] = [app.service(Stock), app.service(Holds)];
    const until = new Date(Date.now() + 600_000);
    if (act.do === 'expire') return holds.expire();
    if (act.do === 'import') {
      const { onHand, backorderable } = act;
      return stock.count([{ variantId: this.ids[act.variant]!, onHand, backorderable }], 'Import');
    }
    const holder = `${this.run}-${act.who}`;
    if (act.do === 'giveBack') return holds.end([holder]);
    if (act.do === 'release') return stock.release(`${holder}-order-${this.orders}`);
    if (act.do === 'lapse') {
      const past = `UPDATE catalog.stock_holds SET expires_at = now() - interval '1 second' WHERE reference = $1`;
      return app.db.query(past, [holder]);
    }
    if (!('lines' in act)) throw new Error(`Nobody knows how to ${act.do}.`);
    if (act.do === 'hold') return holds.hold(holder, this.linesOf(act.lines), until);
    const heldAs = act.do === 'takeOver' ? holder : undefined;
    return stock.reserve(`${holder}-order-${++this.orders}`, this.linesOf(act.lines), heldAs);
  }

  private async count({ variant: index, place: location, onHand, stale }: Act & { do: 'count' }) {
    const { version } = (await staff.get(this.path(index))).body;
    const body = { onHand, location, reason: 'Act' };
    return staff.post(`${this.path(index)}/counts`, body, ifMatch(stale ? version + 1 : version));
  }

  private async limit({ variant: index, limit, backorderable }: Act & { do: 'limit' }) {
    const { version } = (await staff.get(this.path(index))).body;
    return staff.patch(this.path(index), { backorderLimit: limit, backorderable }, ifMatch(version));
  }

  private async send(body: object) {
    const answer = await staff.post('/v1/stock/transfers', body);
    if (answer.status === 201) this.transfers.push(answer.body.id);
    return answer;
  }

  private linesOf(all: { variant: number; quantity: number }[]) {
    return all.map(({ variant: index, quantity: many }) => ({ variantId: this.ids[index]!, quantity: many }));
  }

  private path(index: number): string {
    return `/v1/variants/${this.ids[index]}/stock`;
  }
}

async function inside(work: () => Promise<unknown>): Promise<number> {
  try {
    await app.db.transaction(work);
    return 200;
  } catch (thrown) {
    if (thrown instanceof Refusal) return 409;
    throw thrown;
  }
}

/** What must be true at any time of these variants; a row for each of which it is not. */
const BROKEN = `
  SELECT s.*, m.* FROM catalog.stock s
  JOIN LATERAL (
    SELECT coalesce(sum(delta_on_hand), 0) AS on_hand_moved, coalesce(sum(delta_reserved), 0) AS reserved_moved,
      coalesce(sum(delta_reserved) FILTER (WHERE kind IN ('hold', 'hold_end')), 0) AS held_moved
    FROM catalog.stock_movements WHERE variant_id = s.variant_id) m ON true
  WHERE s.variant_id = ANY ($1::uuid[]) AND NOT (
    s.on_hand = m.on_hand_moved AND s.reserved = m.reserved_moved
    AND m.held_moved = (SELECT coalesce(sum(quantity), 0) FROM catalog.stock_holds h WHERE h.variant_id = s.variant_id)
    AND s.elsewhere = (SELECT coalesce(sum(on_hand), 0) FROM catalog.stock_levels l WHERE l.variant_id = s.variant_id)
    AND NOT EXISTS (
      SELECT FROM catalog.stock_levels l WHERE l.variant_id = s.variant_id AND l.on_hand <> (
        SELECT coalesce(sum(delta_on_hand), 0) FROM catalog.stock_movements x
        WHERE x.variant_id = s.variant_id AND x.location = l.location))
    AND EXISTS (SELECT FROM catalog.sold_out o WHERE o.variant_id = s.variant_id)
      = (s.reserved >= s.on_hand + CASE WHEN s.backorderable THEN coalesce(s.beyond_limit, 1000000) ELSE 0 END)
    AND s.reserved BETWEEN 0 AND s.on_hand + CASE WHEN s.backorderable THEN coalesce(s.beyond_limit, 1000000) ELSE 0 END)`;

const demandOrder = async ({ ids }: World) => expect(await app.db.query(BROKEN, [ids])).toEqual([]);

it('adds up after any sequence of acts, each done or refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (acts) => {
      const world = await new World().open();
      for (const each of acts) {
        expect(await world.perform(each), JSON.stringify(each)).toBeLessThan(500);
        await demandOrder(world);
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 120_000);

it('adds up after acts of many at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 30 }), async (acts) => {
      const world = await new World().open();
      const answers = await Promise.all(acts.map((each) => world.perform(each)));
      expect(answers.filter((status) => status >= 500)).toEqual([]);
      await demandOrder(world);
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 120_000);

it('lets those who hold for one reference at once take turns, whatever each of them holds', async () => {
  const sets = [[0, 1, 2], [1, 2], [2], [0, 2], [1], [0, 1], [2, 0], [1, 2]];
  for (let round = 0; round < 40; round++) {
    const world = await new World().open();
    const hold = (set: number[]) =>
      world.perform({ do: 'hold', who: 0, lines: set.map((index) => ({ variant: index, quantity: 1 })) });
    expect(await Promise.all(sets.map(hold))).toEqual(sets.map(() => 200));
    await demandOrder(world);
  }
}, 60_000);
