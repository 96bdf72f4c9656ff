import { Injectable } from '@nestjs/common';
import { Holds } from '../../catalog/index.js';
import { type Caller, Transactional } from '../../platform/index.js';
import { Buyers } from '../checkout/buyers.service.js';
import { type Priced, Pricing } from '../checkout/pricing.service.js';
import { CheckoutIncomplete, ReservationsNotOffered, VariantNotSold } from '../orders.errors.js';
import { OrdersSettings } from '../orders.settings.js';
import type { Cart, CartItem } from './cart.entity.js';
import { CartStore } from './cart-store.js';
import type { PricedCart } from './carts.service.js';

/**
 * Goods set aside for those who are about to check out. What is held is what is in the cart, because both change under the
 * lock on the cart; its stock is locked after that, as at checkout.
 */
@Injectable()
export class Reservations {
  constructor(
    private readonly carts: CartStore,
    private readonly buyers: Buyers,
    private readonly pricing: Pricing,
    private readonly holds: Holds,
    private readonly settings: OrdersSettings,
  ) {}

  /**
   * Asking again makes it last longer.
   * @throws {CartNotOpen} {CheckoutIncomplete} {ReservationsNotOffered} {VariantNotSold} {OutOfStock}
   */
  @Transactional()
  async reserve(id: string, caller: Caller, minutes: number): Promise<PricedCart> {
    this.demandOffered(caller);
    const cart = await this.lockOpen(id, caller);
    const { items, currency } = cart;
    const nothing = { pointer: '/items', code: 'missing', message: 'The cart has no items.' };
    if (items.length === 0) throw new CheckoutIncomplete([nothing]);
    const userId = await this.buyers.of(cart.email, caller);
    const priced = await this.pricing.price({ ...cart, userId, country: cart.shippingAddress?.country });
    if (priced.missing.length > 0) throw new VariantNotSold(priced.missing, currency);
    const left = await this.holds.hold(id, items, await this.carts.reserve(cart, minutes));
    return { cart, priced: withLeft(priced, left) };
  }

  /**
   * Changes a line together with what is set aside. Gives how many can be had besides, where that has changed.
   * @throws {CartNotOpen} {TooManyLines} {OutOfStock}
   */
  @Transactional()
  async putItem(id: string, caller: Caller, item: CartItem): Promise<Map<string, number>> {
    const cart = await this.lockOpen(id, caller);
    cart.put(item);
    await this.carts.set(cart, item, { locked: true });
    if (cart.reservedUntil) return this.holds.hold(id, cart.items, cart.reservedUntil);
    await this.end([cart]);
    return new Map();
  }

  @Transactional()
  async giveBack(id: string, caller: Caller): Promise<void> {
    await this.end([await this.carts.lock(id, caller)]);
  }

  /** In the caller's transaction, with the carts locked. */
  async end(carts: Cart[]): Promise<void> {
    const held = carts.filter((cart) => cart.held);
    if (held.length === 0) return;
    await this.carts.forgetReservations(held);
    await this.holds.end(held.map(({ id }) => id));
  }

  /** Whoever has goods set aside keeps them from others, again and again if they like. @throws {ReservationsNotOffered} */
  private demandOffered({ kind }: Caller): void {
    const { reservations } = this.settings;
    if (reservations === 'nobody' || (reservations === 'signed-in' && kind === 'guest'))
      throw new ReservationsNotOffered();
  }

  private async lockOpen(id: string, caller: Caller): Promise<Cart> {
    const cart = await this.carts.lock(id, caller);
    cart.mustBeOpen();
    return cart;
  }
}

/** What was priced before the goods were set aside, with what is left of them after that. */
export function withLeft(priced: Priced, left: Map<string, number>): Priced {
  const lines = priced.lines.map((line) => ({ ...line, available: left.get(line.variantId) ?? line.available }));
  return { ...priced, lines };
}
