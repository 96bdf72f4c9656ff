import { ApiProperty } from '@nestjs/swagger';
import { Money } from '../../platform/index.js';

/** Tax, and whether the prices have it in them already. */
export class TaxResponse {
  /** Integer minor units. @example 479 */
  @ApiProperty({ type: 'integer', format: 'int64' })
  amount: number;
  /** ISO 4217 code. @example "EUR" */
  currency: string;
  /** True: `total` does not grow by it. */
  included: boolean;
  /** Percent. @example "19" */
  rate: string;
}

/** Why each amount is what it is, in words for people. */
export class ExplanationResponse {
  /** @example "2 items." */
  subtotal: string;
  /** @example "Nothing is taken off." */
  discount: string;
  /** @example "Standard to DE." */
  shipping: string;
  /** @example "19 % for DE, included in the prices." */
  tax: string;
  /** @example "Subtotal and shipping." */
  total: string;
}

/** What it costs: the parts add up to `total` exactly. */
export class TotalsResponse {
  /** All lines. */
  subtotal: Money;
  /** What is taken off. */
  discount: Money;
  shipping: Money;
  tax: TaxResponse;
  /** What is paid. */
  total: Money;
  explanation: ExplanationResponse;

  static of(sums: TotalsFacts): TotalsResponse {
    const { currency, subtotal, discount, shipping, tax, total } = sums;
    const money = (amount: number): Money => ({ amount, currency });
    return {
      subtotal: money(subtotal),
      discount: money(discount),
      shipping: money(shipping),
      tax: { ...money(tax), included: sums.taxIncluded, rate: sums.taxRate },
      total: money(total),
      explanation: explain(sums),
    };
  }
}

export interface TotalsFacts {
  currency: string;
  itemCount: number;
  subtotal: number;
  discount: number;
  shipping: number;
  tax: number;
  total: number;
  taxIncluded: boolean;
  taxRate: string;
  shippingName: string | null;
  country: string | undefined;
}

function explain({
  itemCount,
  shippingName,
  country,
  taxIncluded,
  taxRate,
  shipping,
}: TotalsFacts): ExplanationResponse {
  const where = country ?? 'a country not known yet';
  return {
    subtotal: itemCount === 1 ? '1 item.' : `${itemCount} items.`,
    discount: 'Nothing is taken off.',
    shipping:
      shippingName === null
        ? 'No way to ship is known yet.'
        : `${shippingName} to ${where}${shipping === 0 ? ', free' : ''}.`,
    tax: `${taxRate} % for ${where}, ${taxIncluded ? 'included in the prices' : 'added to the prices'}.`,
    total: taxIncluded ? 'Subtotal and shipping.' : 'Subtotal, shipping and tax.',
  };
}
