import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { StockBelowReserved } from '../catalog.errors.js';
import { Holds } from './holds/holds.service.js';
import { Shortage } from './shortage.js';
import { COUNT, OPEN, RELEASE, RESERVE } from './stock.sql.js';
import { merge, type StockLine } from './stock-lines.js';
import { type StockChange, StockWatch } from './stock-watch.js';

export interface StockCount {
  variantId: string;
  onHand: number;
  /** Stays as it is when null. */
  backorderable: boolean | null;
}

/** A count that could not be set, and how many lie elsewhere than at the main location. */
export interface RefusedCount {
  variantId: string;
  elsewhere: number;
}

interface Counted extends StockChange {
  covered: boolean;
  elsewhere: number;
}

interface Covered {
  onHand: number;
  reserved: number;
  elsewhere: number;
  backorderable: boolean;
  beyondLimit: number | null;
}

const COVERED = `
  SELECT on_hand AS "onHand", reserved, elsewhere, backorderable, beyond_limit AS "beyondLimit"
  FROM catalog.stock WHERE variant_id = $1 FOR NO KEY UPDATE`;

/** Promising goods and taking promises back, never more than there are. Each call is one statement, unless there is not enough. */
@Injectable()
export class Stock {
  constructor(
    private readonly database: Database,
    private readonly watch: StockWatch,
    private readonly holds: Holds,
    private readonly shortage: Shortage,
  ) {}

  /**
   * Reserves all of these lines for a reference (an order), or none. Repeating it for the same reference does nothing.
   * Must run inside a transaction; the refusal rolls it back. What `heldAs` holds goes over to the reference: nobody else
   * can have it in between.
   * @throws {OutOfStock} with what is left of each line that cannot be served.
   */
  async reserve(reference: string, lines: StockLine[], heldAs?: string): Promise<void> {
    if (!this.database.inTransaction) throw new Error('Stock is reserved inside a transaction only.');
    const wanted = merge(lines);
    if (wanted.size === 0) return;
    const ids = [...wanted.keys()];
    const reserve = () => this.database.query<StockChange>(RESERVE, [reference, ids, [...wanted.values()]]);
    const [ended, done] = await this.database.together([
      async () => (heldAs === undefined ? [] : this.holds.take([heldAs], ids)),
      reserve,
    ]);
    this.watch.changed([...ended, ...done, ...(await this.shortage.overcome(reference, wanted, done, reserve))]);
  }

  /** Gives back what the reference still holds, once, however often and from wherever it is asked. */
  async release(reference: string): Promise<void> {
    this.watch.changed(await this.database.query<StockChange>(RELEASE, [reference]));
  }

  /**
   * Whether a variant may be sold beyond what is on hand. True when that is a change.
   * @throws {StockBelowReserved} when more is promised than is on hand: those orders have to be served first.
   */
  async allowBackorders(variantId: string, allowed: boolean): Promise<boolean> {
    const [level] = await this.database.query<Covered>(COVERED, [variantId]);
    if (!level || level.backorderable === allowed) return false;
    const { onHand } = level;
    const freed = isCovered(level, allowed) ? [] : await this.shortage.takeBack([variantId]);
    const reserved = freed[0] ? onHand - freed[0].after : level.reserved;
    if (!isCovered({ ...level, reserved }, allowed)) throw new StockBelowReserved(0, onHand, reserved);
    this.watch.changed(freed);
    await this.database.query('UPDATE catalog.stock SET backorderable = $2, updated_at = now() WHERE variant_id = $1', [
      variantId,
      allowed,
    ]);
    return true;
  }

  /** Stock for variants that are new. */
  async open(counts: StockCount[]): Promise<void> {
    if (counts.length > 0) await this.database.query(OPEN, columnsOf(counts));
  }

  /**
   * Sets what was counted of each variant at all locations together; nothing moves where that is what was known. Variants of
   * which more is promised than was counted, or lies elsewhere than at the main location, stay as they were.
   */
  async count(counts: StockCount[], reason: string): Promise<{ changed: string[]; refused: RefusedCount[] }> {
    if (counts.length === 0) return { changed: [], refused: [] };
    const count = (some: StockCount[]) => this.database.query<Counted>(COUNT, [...columnsOf(some), reason]);
    const first = await count(counts);
    const short = new Set(first.flatMap(({ covered, variantId }) => (covered ? [] : variantId)));
    const freed = await this.shortage.takeBack([...short]);
    const again = () => count(counts.filter(({ variantId }) => short.has(variantId)));
    const rows = freed.length > 0 ? [...first.filter(({ covered }) => covered), ...(await again())] : first;
    const changed = rows.filter(({ covered }) => covered);
    this.watch.changed([...freed, ...changed], { resold: rows.length > 0 });
    return {
      changed: changed.map(({ variantId }) => variantId),
      refused: rows.flatMap(({ covered, variantId, elsewhere }) => (covered ? [] : { variantId, elsewhere })),
    };
  }
}

function isCovered({ onHand, reserved, elsewhere, beyondLimit }: Covered, allowed: boolean): boolean {
  return allowed ? beyondLimit === null || reserved <= onHand + beyondLimit : onHand >= Math.max(reserved, elsewhere);
}

const columnsOf = (counts: StockCount[]) => [
  counts.map(({ variantId }) => variantId),
  counts.map(({ onHand }) => onHand),
  counts.map(({ backorderable }) => backorderable),
];
