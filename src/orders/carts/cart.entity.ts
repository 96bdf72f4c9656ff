import type { Address } from '../../customers/index.js';
import type { Caller } from '../../platform/index.js';
import { CartNotOpen, TooManyLines } from '../orders.errors.js';

export const MAX_LINES = 200;

export type CartStatus = 'open' | 'ordered' | 'merged';

export interface CartItem {
  variantId: string;
  quantity: number;
}

/** What someone is about to buy. A guest's cart belongs to whoever knows its id, a shopper's to the shopper alone. */
export class Cart {
  id: string;
  userId: string | null;
  status: CartStatus;
  mergedInto: string | null;
  currency: string;
  /** What the seller calls the place of sale: price lists may be for one alone. */
  channel: string | null;
  email: string | null;
  shippingAddress: Address | null;
  billingAddress: Address | null;
  shippingMethod: string | null;
  /** Goods were set aside for it, and may still be. */
  held: boolean;
  /** Until when they are; null when they are not, or no longer. */
  reservedUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
  /** In the order in which they were added. */
  items: CartItem[];

  static from(row: object): Cart {
    return Object.assign(new Cart(), row);
  }

  belongsTo({ userId }: Caller): boolean {
    return this.userId === null || this.userId === userId;
  }

  /** Sets a line; 0 removes it. @throws {TooManyLines} when there is no room for one more. */
  put({ variantId, quantity }: CartItem): void {
    const known = this.items.find((item) => item.variantId === variantId);
    if (quantity === 0) this.items = this.items.filter((item) => item !== known);
    else if (known) known.quantity = quantity;
    else if (this.items.length >= MAX_LINES) throw new TooManyLines();
    else this.items.push({ variantId, quantity });
  }

  /** @throws {CartNotOpen} */
  mustBeOpen(): void {
    if (this.status !== 'open') throw new CartNotOpen(this.id, this.status);
  }
}
