import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  decodeCursor,
  isId,
  NotFoundProblem,
  newId,
  paginate,
  refusing,
  Transactional,
  ValidationFailed,
  whereOf,
} from '../../../platform/index.js';
import { type Booked, Bookings, refusalOf } from '../bookings.js';
import { TransferIsOver } from '../stock.errors.js';
import type { ListTransfersQuery, SendTransferRequest } from './transfers.dto.js';
import { END, SEND, TRANSFER_OF, type Transfer, transfersWhere } from './transfers.sql.js';

/** Sending goods from one location to another. On their way they are on hand nowhere, and nobody can buy them. */
@Injectable()
export class TransfersService {
  constructor(
    private readonly database: Database,
    private readonly bookings: Bookings,
  ) {}

  /** @throws {NotFoundProblem} */
  async read(id: string): Promise<Transfer> {
    return found(id, await this.database.query<Transfer>(TRANSFER_OF, [id]));
  }

  async list({ status, limit, cursor }: ListTransfersQuery): Promise<{ data: Transfer[]; nextCursor: string | null }> {
    const bind = JSON.stringify(['transfers', status]);
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId]);
    const { where, params } = whereOf([
      ['t.status = ?', status],
      ['t.id < ?', after],
    ]);
    const rows = await this.database.query<Transfer>(transfersWhere(where, limit + 1), params);
    return paginate({ rows, limit, bind, cursorOf: ({ id }) => [id] });
  }

  /**
   * All of it leaves, or nothing.
   * @throws {ValidationFailed} {StockNotAtLocation} {StockBelowReserved} when it would leave less than is promised.
   */
  @Transactional()
  async send({ from, to, items, reason = null }: SendTransferRequest, { id: by }: Caller): Promise<Transfer> {
    if (from === to) throw invalid('/to', 'same_location', 'must be another location than "from".');
    const id = newId();
    const params = [id, from, to, reason, by, items.map(({ variantId }) => variantId), items.map(quantityOf)];
    const out = items.map(({ variantId, quantity }) => ({ variantId, delta: -quantity }));
    const booking = { location: from, kind: 'transfer_out' as const, reason, reference: id, by, items: out };
    // The stock is locked before anything refers to it.
    const [booked, sent, transfer] = await this.database.together([
      () => this.bookings.book(booking, '/from'),
      () => refusing(this.database.query(SEND, params), REFUSALS),
      () => this.database.query<Transfer>(TRANSFER_OF, [id]),
    ]);
    if (sent.length === 0) throw noPlace(to);
    demandAll(booked, from);
    return found(id, transfer);
  }

  /** What was sent is there. Repeating it changes nothing. @throws {NotFoundProblem} {TransferIsOver} */
  @Transactional()
  async receive(id: string, caller: Caller): Promise<Transfer> {
    return this.end(id, 'received', caller);
  }

  /** What was sent is back where it came from. Repeating it changes nothing. @throws {NotFoundProblem} {TransferIsOver} */
  @Transactional()
  async cancel(id: string, caller: Caller): Promise<Transfer> {
    return this.end(id, 'cancelled', caller);
  }

  private async end(id: string, status: 'received' | 'cancelled', { id: by }: Caller): Promise<Transfer> {
    const [ended, [transfer]] = await this.database.together([
      () => this.database.query(END, [id, status]),
      () => this.database.query<Transfer>(TRANSFER_OF, [id]),
    ]);
    if (!transfer) throw new NotFoundProblem('Transfer', id);
    if (ended.length === 0 && transfer.status !== status) throw new TransferIsOver(id, transfer.status);
    if (ended.length === 0) return transfer;
    const location = status === 'received' ? transfer.to : transfer.from;
    const items = transfer.items.map(({ variantId, quantity }) => ({ variantId, delta: quantity }));
    const { reason } = transfer;
    demandAll(await this.bookings.book({ location, kind: 'transfer_in', reason, reference: id, by, items }), location);
    return transfer;
  }
}

const quantityOf = ({ quantity }: { quantity: number }): number => quantity;

const invalid = (pointer: string, code: string, message: string) => new ValidationFailed([{ pointer, code, message }]);

const noPlace = (to: string) => invalid('/to', 'unknown_location', `there is no active location "${to}".`);

const REFUSALS = {
  fk_stock_transfer_items_stock: (id: string) => invalid('/items', 'unknown_variant', `there is no variant ${id}.`),
  // It was there when the statement began, and was deleted meanwhile.
  fk_stock_transfers_to: noPlace,
};

/** @throws why the first of those was turned down that were. */
function demandAll(booked: Booked[], location: string): void {
  booked.forEach((item, index) => {
    if (item.productId === null)
      throw invalid(`/items/${index}/variantId`, 'unknown_variant', `there is no variant ${item.variantId}.`);
    const refusal = refusalOf(item, location, `/items/${index}/quantity`);
    if (refusal) throw refusal;
  });
}

function found(id: string, [transfer]: Transfer[]): Transfer {
  if (!transfer) throw new NotFoundProblem('Transfer', id);
  return transfer;
}
