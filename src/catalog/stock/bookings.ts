import { Injectable } from '@nestjs/common';
import {
  Database,
  Events,
  NotFoundProblem,
  type Refusal,
  refusing,
  Stale,
  ValidationFailed,
} from '../../platform/index.js';
import { StockBelowReserved } from '../catalog.errors.js';
import { StockChanged } from '../catalog.events.js';
import { BOOK, HOLD_LOCATION, LOCK_STOCK } from './levels.sql.js';
import { Shortage } from './shortage.js';
import { StockNotAtLocation } from './stock.errors.js';
import { MOST } from './stock-level.js';
import { type StockChange, StockWatch } from './stock-watch.js';

/** What came or went of a variant, or was counted of it; and, where it matters, the version of the stock that was seen. */
export interface BookedItem {
  variantId: string;
  delta?: number;
  counted?: number;
  version?: number;
}

export interface Booking {
  location: string;
  kind: 'adjustment' | 'count' | 'transfer_out' | 'transfer_in';
  reason: string | null;
  reference?: string;
  /** Who did it. */
  by: string | null;
  items: BookedItem[];
}

export interface Booked extends StockChange {
  /** Why nothing was changed. */
  refusal: 'stale' | 'too_many' | 'promised' | 'not_there' | null;
  delta: number;
  /** Before the change: at the location, and everywhere. */
  here: number;
  onHand: number;
  reserved: number;
  version: number;
}

/** Changing what is on hand at a location. Locks come first: the location, then the stock in id order. */
@Injectable()
export class Bookings {
  constructor(
    private readonly database: Database,
    private readonly watch: StockWatch,
    private readonly events: Events,
    private readonly shortage: Shortage,
  ) {}

  /**
   * In the caller's transaction, in one round trip unless something is promised. Gives each item in order, also those that
   * were turned down: the others are done.
   * @throws {ValidationFailed} at `pointer`, when there is no such location, or nothing can be brought there.
   */
  async book(booking: Booking, pointer = '/location'): Promise<Booked[]> {
    const { location, kind, items } = booking;
    const [[place], , first] = await this.database.together([
      () => this.database.query<{ active: boolean }>(HOLD_LOCATION, [location]),
      () => this.database.query(LOCK_STOCK, [items.map(({ variantId }) => variantId)]),
      () => refusing(this.write(booking), { fk_stock_levels_location: () => unknownLocation(location, pointer) }),
    ]);
    if (!place) throw unknownLocation(location, pointer);
    const { freed, rows } = await this.withoutExpired(booking, first);
    const changes = rows.filter(({ productId, refusal, delta }) => productId && refusal === null && delta !== 0);
    // What was on its way arrives, whatever became of the location meanwhile.
    if (!place.active && kind !== 'transfer_in' && changes.some(({ delta }) => delta > 0))
      throw inactive(location, pointer);
    this.watch.changed([...freed, ...changes]);
    this.events.publish(
      ...changes.map(
        ({ variantId, delta, onHand, reserved }) => new StockChanged(variantId, delta, onHand + delta, reserved),
      ),
    );
    return rows;
  }

  private write({ location, kind, reason, reference, by, items }: Booking): Promise<Booked[]> {
    const column = (name: keyof BookedItem) => items.map(({ [name]: value }) => value ?? null);
    const given = [column('variantId'), column('delta'), column('counted'), column('version')];
    return this.database.query<Booked>(BOOK, [...given, location, kind, reason, reference, by]);
  }

  /** What was promised only to those whose time is over is booked after all. */
  private async withoutExpired(booking: Booking, first: Booked[]): Promise<{ freed: StockChange[]; rows: Booked[] }> {
    const promised = first.filter(({ refusal }) => refusal === 'promised');
    const freed = await this.shortage.takeBack(promised.map(({ variantId }) => variantId));
    if (freed.length === 0) return { freed, rows: first };
    const items = booking.items.filter((_, index) => first[index]?.refusal === 'promised');
    const again = new Map((await this.write({ ...booking, items })).map((row) => [row.variantId, row]));
    return { freed, rows: first.map((row) => again.get(row.variantId) ?? row) };
  }
}

/** Why an item was turned down; undefined when it was not. `pointer` is where the quantity was said. */
export function refusalOf(item: Booked, location: string, pointer: string): Refusal | undefined {
  const { variantId, productId, refusal, delta, onHand, reserved, here, version } = item;
  if (productId === null) return new NotFoundProblem('Variant', variantId);
  if (refusal === 'stale') return new Stale(version);
  if (refusal === 'promised') return new StockBelowReserved(delta, onHand, reserved);
  if (refusal === 'not_there') return new StockNotAtLocation(variantId, location, here);
  if (refusal !== 'too_many') return undefined;
  const message = `must not bring what is on hand beyond ${MOST}; it is ${onHand} now.`;
  return new ValidationFailed([{ pointer, code: 'max', message }]);
}

const unknownLocation = (code: string, pointer: string) =>
  new ValidationFailed([{ pointer, code: 'unknown_location', message: `there is no location "${code}".` }]);
const inactive = (code: string, pointer: string) =>
  new ValidationFailed([
    { pointer, code: 'inactive_location', message: `nothing can be brought to "${code}" any more.` },
  ]);
