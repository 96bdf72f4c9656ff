import { Injectable } from '@nestjs/common';
import { PriceBook, type PricedLine } from '../../catalog/index.js';
import { CustomerGroups } from '../../customers/index.js';
import { MAX_AMOUNT } from '../../platform/index.js';
import { ShippingMethodUnavailable, TotalTooLarge } from '../orders.errors.js';
import { OrdersSettings } from '../orders.settings.js';
import { type Quote, quotes, type ShippingMethod } from './shipping-methods.js';
import { percent, type TaxTable } from './tax-table.js';
import { type Totals, totalsOf } from './totals.js';

export interface Wanted {
  currency: string;
  /** What the seller calls the place of sale. */
  channel: string | null;
  /** Whose groups count; nobody's for guests. */
  userId: string | null;
  items: { variantId: string; quantity: number }[];
  /** ISO 3166-1 alpha-2 code of the country of delivery, when it is known. */
  country: string | undefined;
  shippingMethod: string | null;
}

export interface Priced {
  lines: PricedLine[];
  /** What was asked for but is not sold, or not in this currency. */
  missing: string[];
  totals: Totals;
  shipping: Quote | null;
  /** Percent, such as `19`. */
  taxRate: string;
  taxIncluded: boolean;
}

/** What things cost together: lines, shipping, tax. One statement, however many lines. */
@Injectable()
export class Pricing {
  private readonly methods: ShippingMethod[];
  private readonly taxes: TaxTable;
  private readonly taxIncluded: boolean;

  constructor(
    private readonly prices: PriceBook,
    private readonly groups: CustomerGroups,
    settings: OrdersSettings,
  ) {
    this.methods = settings.shippingMethods;
    this.taxes = settings.taxTable;
    this.taxIncluded = settings.taxIncluded;
  }

  /** @throws {ShippingMethodUnavailable} when the method asked for does not go there. @throws {TotalTooLarge} */
  async price({ currency, channel, userId, items, country, shippingMethod }: Wanted): Promise<Priced> {
    const groups = userId === null ? [] : await this.groups.of(userId);
    const lines = await this.prices.priceLines(items, { currency, channel, groups });
    const found = new Set(lines.map(({ variantId }) => variantId));
    const subtotal = lines.reduce((sum, { unitAmount, quantity }) => sum + unitAmount * quantity, 0);
    if (subtotal > MAX_AMOUNT) throw new TotalTooLarge(currency);
    const shipping = this.choose(currency, subtotal, country, shippingMethod);
    const rate = this.taxes.rateFor(country);
    // What is empty is not shipped, and costs nothing.
    const charged = lines.length === 0 ? null : shipping;
    const totals = totalsOf({ lines, shipping: charged?.amount ?? 0, rate, taxIncluded: this.taxIncluded });
    if (totals.total > MAX_AMOUNT) throw new TotalTooLarge(currency);
    return {
      lines,
      missing: items.map(({ variantId }) => variantId).filter((id) => !found.has(id)),
      totals,
      shipping: charged,
      taxRate: percent(rate),
      taxIncluded: this.taxIncluded,
    };
  }

  quotes(currency: string, subtotal: number, country: string | undefined): Quote[] {
    return quotes(this.methods, currency, subtotal, country);
  }

  private choose(currency: string, subtotal: number, country: string | undefined, code: string | null): Quote | null {
    const offered = this.quotes(currency, subtotal, country);
    if (code === null) return offered[0] ?? null;
    const chosen = offered.find((quote) => quote.code === code);
    if (!chosen)
      throw new ShippingMethodUnavailable(
        code,
        offered.map((quote) => quote.code),
      );
    return chosen;
  }
}
