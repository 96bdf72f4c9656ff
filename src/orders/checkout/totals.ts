import { allocate, roundHalfUp } from '../../platform/index.js';

/** Tax in exact thousandths of a percent: 19 % is 19000n. */
export type TaxRate = bigint;

const WHOLE: TaxRate = 100_000n;

export interface TotalsInput {
  /** Integer minor units. */
  lines: { unitAmount: number; quantity: number }[];
  shipping: number;
  rate: TaxRate;
  /** Whether prices have the tax in them already. */
  taxIncluded: boolean;
}

export interface LineTotals {
  subtotal: number;
  tax: number;
  /** What the line costs in the end, tax included. */
  total: number;
}

export interface Totals {
  lines: LineTotals[];
  subtotal: number;
  discount: number;
  shipping: number;
  shippingTax: number;
  tax: number;
  total: number;
}

/**
 * What a purchase costs. Tax is worked out once, on the sum, half up, and shared out to lines and shipping by largest
 * remainder: the parts always add up to the whole, in currencies with any number of decimals.
 */
export function totalsOf({ lines, shipping, rate, taxIncluded }: TotalsInput): Totals {
  const subtotals = lines.map(({ unitAmount, quantity }) => exact(BigInt(unitAmount) * BigInt(quantity)));
  const subtotal = exact(subtotals.reduce((sum, amount) => sum + BigInt(amount), 0n));
  const taxable = BigInt(subtotal) + BigInt(shipping);
  const tax = exact(roundHalfUp(taxable * rate, taxIncluded ? WHOLE + rate : WHOLE));
  const shares = allocate(tax, [...subtotals, shipping]);
  const added = (share: number) => (taxIncluded ? 0 : share);
  return {
    lines: subtotals.map((amount, index) => {
      const share = shares[index] ?? 0;
      return { subtotal: amount, tax: share, total: amount + added(share) };
    }),
    subtotal,
    discount: 0,
    shipping,
    shippingTax: shares.at(-1) ?? 0,
    tax,
    total: exact(taxable + BigInt(added(tax))),
  };
}

/** Amounts are numbers everywhere else: one that a number cannot hold exactly is refused, not rounded. */
function exact(amount: bigint): number {
  const value = Number(amount);
  if (!Number.isSafeInteger(value)) throw new RangeError('The sum is beyond what can be counted exactly.');
  return value;
}
