import { Injectable } from '@nestjs/common';
import { withDnsDomain } from '../../auth/index.js';
import { Holds, OutOfStock, type PricedLine } from '../../catalog/index.js';
import type { Address } from '../../customers/index.js';
import { type Caller, type FieldError, type MoneyJson } from '../../platform/index.js';
import type { Cart, CartItem } from '../carts/cart.entity.js';
import { CartStore, mergeItems } from '../carts/cart-store.js';
import { Order, type OrderLine } from '../order.entity.js';
import { orderLine } from '../order-store.js';
import { CheckoutIncomplete, ShippingMethodUnavailable, TotalChanged, VariantNotSold } from '../orders.errors.js';
import { OrdersSettings } from '../orders.settings.js';
import { Buyers, takesOrders } from './buyers.service.js';
import { Pricing } from './pricing.service.js';
import type { Purchase } from './purchase.js';

interface Basis {
  cartId: string | null;
  userId: string | null;
  email: string;
  currency: string;
  channel: string | null;
  items: CartItem[];
  /** Whose goods are set aside already. */
  heldAs: string | undefined;
  /** They still are. */
  reserved: boolean;
  shippingAddress: Address;
  billingAddress: Address;
  shippingMethod: string | null;
}

export interface Draft {
  order: Order;
  lines: OrderLine[];
  /** Whose goods, set aside already, it takes over. */
  heldAs: string | undefined;
}

/** Turns what someone wants to buy into an order with its final amounts. Writes nothing. */
@Injectable()
export class Drafting {
  constructor(
    private readonly carts: CartStore,
    private readonly buyers: Buyers,
    private readonly pricing: Pricing,
    private readonly holds: Holds,
    private readonly settings: OrdersSettings,
  ) {}

  /**
   * In the caller's transaction; a cart is locked by it.
   * @throws {CheckoutIncomplete} {CartNotOpen} {VariantNotSold} {OutOfStock} {ShippingMethodUnavailable} {TotalChanged}
   */
  async draft(id: string, purchase: Purchase, caller: Caller): Promise<Draft> {
    const basis =
      'cartId' in purchase ? await this.fromCart(purchase.cartId, caller) : await this.direct(purchase, caller);
    const { userId, currency, channel, items, shippingAddress, shippingMethod } = basis;
    const country = shippingAddress.country;
    const priced = await this.pricing.price({ currency, channel, userId, items, country, shippingMethod });
    if (priced.missing.length > 0) throw new VariantNotSold(priced.missing, currency);
    if (!basis.reserved) await this.demandStock(priced.lines);
    if (!priced.shipping) throw new ShippingMethodUnavailable(shippingMethod, []);
    const { lines: lineTotals, subtotal, discount, shipping, tax, total } = priced.totals;
    demandTotal(purchase.expectedTotal, { amount: total, currency });
    const free = total === 0;
    const order = Object.assign(new Order(), {
      id,
      cartId: basis.cartId,
      userId,
      status: free ? 'placed' : 'pending',
      paymentStatus: free ? 'paid' : 'pending',
      fulfillmentStatus: 'unfulfilled',
      email: withDnsDomain(basis.email),
      currency,
      channel,
      subtotal,
      discount,
      shipping,
      tax,
      taxRate: priced.taxRate,
      taxIncluded: priced.taxIncluded,
      total,
      shippingMethod: priced.shipping.code,
      shippingAddress,
      billingAddress: basis.billingAddress,
      placedAt: free ? new Date() : null,
      cancelledAt: null,
      cancellationReason: null,
      version: 1,
    });
    const lines = priced.lines.map((line, index) =>
      orderLine(line, lineTotals[index] ?? { subtotal: 0, tax: 0, total: 0 }),
    );
    return { order, lines, heldAs: basis.heldAs };
  }

  /** Those who come when it is all sold are told at once, without queueing up for the stock; the reservation decides. */
  private async demandStock(lines: PricedLine[]): Promise<void> {
    const few = lines.filter(({ orderable, quantity }) => orderable < quantity);
    if (few.length === 0) return;
    // Holds may be over, and be given back at this very moment.
    const now = await this.holds.orderable(few.map(({ variantId }) => variantId));
    const short = few
      .map(({ variantId, quantity }) => ({ variantId, requested: quantity, available: now.get(variantId) ?? 0 }))
      .filter(({ requested, available }) => available < requested);
    if (short.length > 0) throw new OutOfStock(short);
  }

  private async fromCart(cartId: string, caller: Caller): Promise<Basis> {
    // Accounts before carts, here and where they are erased.
    const seen = takesOrders(caller) ? (await this.carts.read(cartId, caller)).email : null;
    const owner = await this.buyers.of(seen, caller, { held: true });
    const cart = await this.carts.lock(cartId, caller);
    cart.mustBeOpen();
    const { email, shippingAddress } = complete(cart, caller);
    const { id, currency, channel, items, billingAddress, shippingMethod } = cart;
    return {
      cartId: id,
      userId: cart.email === seen ? owner : await this.buyers.of(cart.email, caller, { held: true }),
      email,
      currency,
      channel,
      items,
      heldAs: cart.held ? id : undefined,
      reserved: cart.reservedUntil !== null,
      shippingAddress,
      billingAddress: billingAddress ?? shippingAddress,
      shippingMethod,
    };
  }

  private async direct(purchase: Exclude<Purchase, { cartId: string }>, caller: Caller): Promise<Basis> {
    const { email, currency, channel, items, shippingAddress, billingAddress, shippingMethod } = purchase;
    return {
      cartId: null,
      userId: await this.buyers.of(email, caller, { held: true }),
      email,
      currency: currency ?? this.settings.currency,
      channel: channel ?? null,
      items: mergeItems(items),
      heldAs: undefined,
      reserved: false,
      shippingAddress,
      billingAddress: billingAddress ?? shippingAddress,
      shippingMethod: shippingMethod ?? null,
    };
  }
}

function complete(cart: Cart, caller: Caller): { email: string; shippingAddress: Address } {
  const email = cart.email ?? caller.email;
  const { shippingAddress, items } = cart;
  const missing = (pointer: string, message: string): FieldError => ({ pointer, code: 'missing', message });
  const errors = [
    ...(items.length > 0 ? [] : [missing('/items', 'The cart has no items.')]),
    ...(email ? [] : [missing('/email', 'The cart has no e-mail address.')]),
    ...(shippingAddress ? [] : [missing('/shippingAddress', 'The cart has no shipping address.')]),
  ];
  if (errors.length > 0 || !email || !shippingAddress) throw new CheckoutIncomplete(errors);
  return { email, shippingAddress };
}

/** Nobody pays another total than the one they were shown. */
function demandTotal(expected: MoneyJson | undefined, total: MoneyJson): void {
  if (expected && (expected.amount !== total.amount || expected.currency !== total.currency)) {
    throw new TotalChanged(expected, total);
  }
}
