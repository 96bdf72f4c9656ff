import { Injectable } from '@nestjs/common';
import { Database, Transactional } from '../../../platform/index.js';
import { LOCK_STOCK } from '../levels.sql.js';
import { Shortage } from '../shortage.js';
import { merge, type StockLine } from '../stock-lines.js';
import { type StockChange, StockWatch } from '../stock-watch.js';
import { END_EXPIRED, END_HOLDS, EXPIRED, HOLD, LOCK_HELD, ORDERABLE, TAKE_TURN } from './holds.sql.js';

/** Variants of which expired holds are given back in one transaction. */
const BATCH = 200;

/**
 * Setting goods aside for a while. When the time is over they are anybody's: whoever finds too few takes them, and a job
 * gives back the rest.
 */
@Injectable()
export class Holds {
  constructor(
    private readonly database: Database,
    private readonly watch: StockWatch,
    private readonly shortage: Shortage,
  ) {}

  /**
   * Makes these lines all that the reference holds, until then. In the caller's transaction; the refusal rolls it back.
   * Gives how many of each can be had besides, where that has changed.
   * @throws {OutOfStock} with what is left of each line that cannot be served.
   */
  async hold(reference: string, lines: StockLine[], until: Date): Promise<Map<string, number>> {
    if (!this.database.inTransaction) throw new Error('Stock is held inside a transaction only.');
    const wanted = merge(lines);
    const ids = [...wanted.keys()];
    const hold = () => this.database.query<StockChange>(HOLD, [reference, ids, [...wanted.values()], until]);
    const [, , done] = await this.database.together([
      () => this.database.query(TAKE_TURN, [[reference]]),
      () => this.database.query(LOCK_HELD, [[reference], ids]),
      () => hold(),
    ]);
    const changes = [...done, ...(await this.shortage.overcome(reference, wanted, done, hold))];
    this.watch.changed(changes);
    const real = changes.filter(({ productId }) => productId !== null);
    return new Map(real.map(({ variantId, after }) => [variantId, Math.max(0, after)]));
  }

  /** Gives back what these references hold, if anything. In the caller's transaction. */
  async end(references: string[]): Promise<void> {
    if (references.length > 0) this.watch.changed(await this.take(references, []));
  }

  /** Ends the holds, and locks the stock of these variants too, in one order with that of what was held. */
  async take(references: string[], variantIds: string[]): Promise<StockChange[]> {
    const [, , ended] = await this.database.together([
      () => this.database.query(TAKE_TURN, [references]),
      () => this.database.query(LOCK_HELD, [references, variantIds]),
      () => this.database.query<StockChange>(END_HOLDS, [references]),
    ]);
    return ended;
  }

  /** How many of each can be ordered now, those included whose time as a hold is over. */
  async orderable(variantIds: string[]): Promise<Map<string, number>> {
    const rows = await this.database.query<{ variantId: string; orderable: number }>(ORDERABLE, [variantIds]);
    return new Map(rows.map(({ variantId, orderable }) => [variantId, orderable]));
  }

  /** Gives back all that was to be held no longer. */
  async expire(): Promise<void> {
    while (await this.expireSome());
  }

  @Transactional()
  private async expireSome(): Promise<boolean> {
    const expired = await this.database.query<{ variantId: string }>(EXPIRED, [BATCH]);
    const ids = expired.map(({ variantId }) => variantId);
    if (ids.length === 0) return false;
    const [, ended] = await this.database.together([
      () => this.database.query(LOCK_STOCK, [ids]),
      () => this.database.query<StockChange>(END_EXPIRED, [ids]),
    ]);
    this.watch.changed(ended);
    return true;
  }
}
