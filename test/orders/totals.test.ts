import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percent, TaxTable } from '#src/orders/checkout/tax-table.js';
import { totalsOf } from '#src/orders/checkout/totals.js';
import { allocate, exponentOf } from '#src/platform/index.js';

// JPY has no decimals, EUR two, KWD three: amounts are integer minor units in all of them.
const currencies = fc.constantFrom('JPY', 'EUR', 'KWD');
const purchase = fc.record({
  currency: currencies,
  lines: fc.array(
    fc.record({ unitAmount: fc.integer({ min: 0, max: 99_999_999 }), quantity: fc.integer({ min: 1, max: 999 }) }),
    { minLength: 1, maxLength: 50 },
  ),
  shipping: fc.integer({ min: 0, max: 1_000_000 }),
  rate: fc.bigInt({ min: 0n, max: 99_999n }),
  taxIncluded: fc.boolean(),
});

const sum = (amounts: number[]): number => amounts.reduce((all, amount) => all + amount, 0);

it('adds up: lines, shipping and tax are the total, to the last minor unit', () => {
  fc.assert(
    fc.property(purchase, (input) => {
      const totals = totalsOf(input);
      expect(sum(totals.lines.map(({ subtotal }) => subtotal))).toBe(totals.subtotal);
      expect(sum(totals.lines.map(({ tax }) => tax)) + totals.shippingTax).toBe(totals.tax);
      const shippingTotal = totals.shipping + (input.taxIncluded ? 0 : totals.shippingTax);
      expect(sum(totals.lines.map(({ total }) => total)) + shippingTotal).toBe(totals.total);
      expect(totals.total).toBe(totals.subtotal + totals.shipping + (input.taxIncluded ? 0 : totals.tax));
    }),
  );
});

it('takes tax that is off by less than one minor unit from the exact amount', () => {
  fc.assert(
    fc.property(purchase, (input) => {
      const { tax, subtotal, shipping } = totalsOf(input);
      const whole = input.taxIncluded ? 100_000 + Number(input.rate) : 100_000;
      const exact = ((subtotal + shipping) * Number(input.rate)) / whole;
      expect(Math.abs(tax - exact)).toBeLessThanOrEqual(0.5 + exact * Number.EPSILON * 8);
    }),
  );
});

it('finds the tax in a price where the tax put it', () => {
  expect(
    totalsOf({ lines: [{ unitAmount: 11_900, quantity: 1 }], shipping: 0, rate: 19_000n, taxIncluded: true }).tax,
  ).toBe(1900);
  expect(
    totalsOf({ lines: [{ unitAmount: 10_000, quantity: 1 }], shipping: 0, rate: 19_000n, taxIncluded: false }).tax,
  ).toBe(1900);
});

it('shares out all of an amount, and no share is off by a whole unit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e12 }),
      fc.array(fc.nat(1e9), { minLength: 1, maxLength: 40 }),
      (total, weights) => {
        const shares = allocate(total, weights);
        const all = sum(weights);
        expect(sum(shares)).toBe(all === 0 ? 0 : total);
        shares.forEach((share, index) => {
          const exact = all === 0 ? 0 : (total * (weights[index] ?? 0)) / all;
          expect(Math.abs(share - exact)).toBeLessThan(1 + exact * Number.EPSILON * 8);
        });
      },
    ),
  );
});

it('knows how many decimals a currency has', () => {
  expect(['JPY', 'EUR', 'KWD'].map(exponentOf)).toEqual([0, 2, 3]);
});

it('reads tax rates as people write them', () => {
  const table = TaxTable.parse('DE=19, FI=25.5,*=0');
  expect(table.rateFor('DE')).toBe(19_000n);
  expect(percent(table.rateFor('FI'))).toBe('25.5');
  expect(table.rateFor('US')).toBe(0n);
  expect(() => TaxTable.parse('DE=lots')).toThrow();
});
