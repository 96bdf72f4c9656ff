import { Injectable } from '@nestjs/common';
import { UsersService, withDnsDomain } from '../../auth/index.js';
import { type Caller, NotFoundProblem, Transactional } from '../../platform/index.js';
import { Buyers, isForAnother } from '../checkout/buyers.service.js';
import { type Priced, Pricing } from '../checkout/pricing.service.js';
import type { Quote } from '../checkout/shipping-methods.js';
import { VariantNotSold } from '../orders.errors.js';
import { OrdersSettings } from '../orders.settings.js';
import { Cart, type CartItem } from './cart.entity.js';
import { type CartChanges, CartStore, demandRoom, mergeItems } from './cart-store.js';
import { Reservations, withLeft } from './reservations.service.js';

export interface PricedCart {
  cart: Cart;
  priced: Priced;
}

/** What a cart may be started with. */
export interface CartWish {
  currency?: string | undefined;
  channel?: string | undefined;
  items?: CartItem[] | undefined;
}

/** Filling a cart, and what it would cost. */
@Injectable()
export class CartsService {
  constructor(
    private readonly carts: CartStore,
    private readonly reservations: Reservations,
    private readonly buyers: Buyers,
    private readonly pricing: Pricing,
    private readonly settings: OrdersSettings,
    private readonly users: UsersService,
  ) {}

  /** @throws {VariantNotSold} {TooManyLines} */
  async create({ userId }: Caller, wish: CartWish): Promise<PricedCart> {
    const { currency = this.settings.currency, channel = null } = wish;
    const items = mergeItems(wish.items ?? []);
    demandRoom(items);
    const cart = { userId, currency, channel, items };
    const priced = await this.pricing.price({ ...cart, country: undefined, shippingMethod: null });
    if (priced.missing.length > 0) throw new VariantNotSold(priced.missing, currency);
    return { cart: await this.carts.insert(cart), priced };
  }

  async read(id: string, caller: Caller): Promise<PricedCart> {
    return this.price(await this.carts.read(id, caller), caller);
  }

  /** The shopper's own. @throws {NotFoundProblem} when there is none. */
  async readOwn(caller: Caller): Promise<PricedCart> {
    const cart = caller.userId === null ? undefined : await this.carts.currentOf(caller.userId);
    if (!cart) throw new NotFoundProblem('Your cart');
    return this.price(cart, caller);
  }

  async change(id: string, caller: Caller, given: CartChanges): Promise<PricedCart> {
    const changes = given.email ? { ...given, email: withDnsDomain(given.email) } : given;
    const cart = await this.readOpen(id, caller);
    const { priced } = await this.price(Object.assign(new Cart(), cart, changes), caller);
    await this.carts.change(cart, changes, { letGo: isForAnother(changes.email, caller) });
    return { cart, priced };
  }

  /** @throws {TooManyLines} {VariantNotSold} when it cannot be added; what is in already may be lowered or removed all the same. */
  async setItem(id: string, caller: Caller, item: CartItem): Promise<PricedCart> {
    const cart = await this.readOpen(id, caller);
    cart.put(item);
    const { priced } = await this.price(cart, caller);
    if (priced.missing.includes(item.variantId)) throw new VariantNotSold([item.variantId], cart.currency);
    return { cart, priced: withLeft(priced, await this.put(cart, item, caller)) };
  }

  async removeItem(id: string, caller: Caller, variantId: string): Promise<void> {
    await this.put(await this.readOpen(id, caller), { variantId, quantity: 0 }, caller);
  }

  /**
   * After signing in: what is in the guest's cart goes into the shopper's own, or becomes it when there is none.
   * Repeating it changes nothing.
   */
  @Transactional()
  async merge(guestCartId: string, caller: Caller): Promise<PricedCart> {
    const { userId } = caller;
    // Accounts before carts, here and where they are erased.
    if (userId !== null) await this.users.hold(userId);
    if (userId !== null) await this.carts.holdAllOf(userId);
    const guest = await this.carts.lock(guestCartId, caller);
    if (guest.mergedInto) return this.read(guest.mergedInto, caller);
    if (guest.userId !== null) return this.price(guest, caller);
    guest.mustBeOpen();
    const current = await this.carts.currentOf(caller.userId ?? '');
    if (!current) {
      await this.carts.adopt(guest, caller.userId);
      return this.price(guest, caller);
    }
    const own = await this.lockOpen(current.id, caller);
    await this.reservations.end([own, guest]);
    await this.carts.add(own, guest.items);
    await this.carts.markMerged(guest, own.id);
    return this.read(own.id, caller);
  }

  async shippingMethods(id: string, caller: Caller): Promise<{ quotes: Quote[]; currency: string }> {
    const { cart, priced } = await this.read(id, caller);
    return {
      quotes: this.pricing.quotes(cart.currency, priced.totals.subtotal, cart.shippingAddress?.country),
      currency: cart.currency,
    };
  }

  /**
   * Where goods are set aside, or were meanwhile, they change along with the line. A cart with many lines is locked to count them.
   * @throws {CartNotOpen} {TooManyLines} {OutOfStock}
   */
  private async put(cart: Cart, item: CartItem, caller: Caller): Promise<Map<string, number>> {
    if (!cart.held && (await this.carts.set(cart, item))) return new Map();
    return this.reservations.putItem(cart.id, caller, item);
  }

  private async readOpen(id: string, caller: Caller): Promise<Cart> {
    const cart = await this.carts.read(id, caller);
    cart.mustBeOpen();
    return cart;
  }

  private async lockOpen(id: string, caller: Caller): Promise<Cart> {
    const cart = await this.carts.lock(id, caller);
    cart.mustBeOpen();
    return cart;
  }

  /** As it is for whoever asks, who is the only one that a shopper's own cart is shown to; or for whom they buy. */
  private async price(cart: Cart, caller: Caller): Promise<PricedCart> {
    const userId = await this.buyers.of(cart.email, caller);
    const { currency, channel, items, shippingAddress, shippingMethod } = cart;
    const country = shippingAddress?.country;
    const priced = await this.pricing.price({ currency, channel, userId, items, country, shippingMethod });
    return { cart, priced };
  }
}
