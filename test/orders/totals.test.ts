import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { percent, TaxTable } from '#src/orders/checkout/tax-table.js';
import { totalsOf } from '#src/orders/checkout/totals.js';
import { allocate, exponentOf } from '#src/platform/index.js';
import { galley } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { buyAll, checkOut, fillCart, makeArticle } from './shop.js';

const purchase = fc.record({
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

// No decimals, two and three: amounts are integer minor units in all of them.
const CURRENCIES = ['JPY', 'EUR', 'KWD'];

describe.each([true, false])('Over HTTP, with tax in the prices: %s', (included) => {
  const app = galley({
    GALLEY_TAX_INCLUDED: String(included),
    GALLEY_TAX_RATES: 'DE=19,FI=25.5,JP=10,KW=5.125,*=0',
    GALLEY_PAYMENT_TIMEOUT: '60',
  });
  const variants: string[] = [];
  /** One, what divides badly, and what is large. */
  const AMOUNTS = [1, 33, 999, 10_007, 7_654_321];

  beforeAll(async () => {
    for (const amount of AMOUNTS) {
      // No two currencies have the same price: one that is mixed up is found out.
      const prices = CURRENCIES.map((currency, index) => ({ amount: amount + index, currency }));
      variants.push((await makeArticle(app, { stock: 1_000_000, prices })).variantId);
    }
  });

  const wanted = fc.record({
    currency: fc.constantFrom(...CURRENCIES),
    country: fc.constantFrom('DE', 'FI', 'JP', 'KW', 'US'),
    lines: fc.uniqueArray(fc.record({ index: fc.nat(AMOUNTS.length - 1), quantity: fc.integer({ min: 1, max: 99 }) }), {
      minLength: 1,
      maxLength: AMOUNTS.length,
      selector: ({ index }) => index,
    }),
    fromCart: fc.boolean(),
  });
  type Wanted = typeof wanted extends fc.Arbitrary<infer T> ? T : never;

  const amountsOf = ({
    totals,
  }: Answer['body']): Record<'subtotal' | 'discount' | 'shipping' | 'tax' | 'total', number> => ({
    subtotal: totals.subtotal.amount,
    discount: totals.discount.amount,
    shipping: totals.shipping.amount,
    tax: totals.tax.amount,
    total: totals.total.amount,
  });

  /** Buys from the cart or in one call, for what the cart has shown. */
  async function order({ currency, country, lines, fromCart }: Wanted): Promise<Answer['body']> {
    const items = lines.map(({ index, quantity }) => ({ variantId: variants[index] ?? '', quantity }));
    const cart = await fillCart(app.anyone, items, { currency, country });
    const { body: shown } = await app.anyone.get(cart);
    const wish = { expectedTotal: shown.totals.total };
    const { status, body } = fromCart
      ? await checkOut(app.anyone, cart, wish)
      : await buyAll(app.anyone, items, { ...wish, currency, country });
    expect(status).toBe(201);
    expect(amountsOf(body)).toEqual(amountsOf(shown));
    return body;
  }

  it('the lines, shipping and tax of an order in any currency are its total, which is what is charged', async () => {
    await fc.assert(
      fc.asyncProperty(wanted, async (wish) => {
        const { id, items, totals, payments } = await order(wish);
        const { subtotal, discount, shipping, tax, total } = amountsOf({ totals });
        const added = (amount: number): number => (included ? 0 : amount);
        const all = (name: string): number => sum(items.map((line: Answer['body']) => line[name].amount));
        const prices = wish.lines.map(({ index, quantity }) => (AMOUNTS[index] ?? 0) * quantity);
        const dearer = CURRENCIES.indexOf(wish.currency) * sum(wish.lines.map(({ quantity }) => quantity));
        expect(subtotal).toBe(sum(prices) + dearer);
        expect(all('subtotal')).toBe(subtotal);
        expect(total).toBe(subtotal - discount + shipping + added(tax));
        // The tax of the lines and that of shipping are all the tax there is.
        const shippingTax = tax - all('tax');
        expect(all('total') + shipping + added(shippingTax)).toBe(total);
        const rate = Number(totals.tax.rate);
        const exact = (amount: number): number => (amount * rate) / (included ? 100 + rate : 100);
        expect(Math.abs(tax - exact(subtotal + shipping))).toBeLessThan(0.501);
        expect(Math.abs(shippingTax - exact(shipping))).toBeLessThan(1.501);
        expect(totals.tax.included).toBe(included);
        const named = JSON.stringify({ items, totals, payments }).matchAll(/"currency":"(\w+)"/g);
        expect(new Set([...named].map(([, currency]) => currency))).toEqual(new Set([wish.currency]));
        const charges = await app.db.query(
          'SELECT currency, captured FROM payments.sandbox_charges WHERE reference = $1',
          [id],
        );
        expect(charges).toEqual([{ currency: wish.currency, captured: total }]);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    // Shipping is 800 yen, 4.90 euros, 1.500 dinars; free from 8,000, 50.00 and 15.000 on.
    ['JPY', 'JP', 3, { subtotal: 3 * 999, shipping: 800 }, { included: 345, added: 380 }],
    ['EUR', 'DE', 3, { subtotal: 3 * 1000, shipping: 490 }, { included: 557, added: 663 }],
    ['KWD', 'KW', 3, { subtotal: 3 * 1001, shipping: 1500 }, { included: 220, added: 231 }],
    ['EUR', 'FI', 5, { subtotal: 5 * 1000, shipping: 0 }, { included: 1016, added: 1275 }],
  ])(
    'an order of %s to %s for %d things costs to the last minor unit what it must',
    async (currency, country, quantity, sums, tax) => {
      const cart = await fillCart(app.anyone, [{ variantId: variants[2] ?? '', quantity }], { currency, country });
      const { body } = await checkOut(app.anyone, cart);
      const total = sums.subtotal + sums.shipping + (included ? 0 : tax.added);
      expect(amountsOf(body)).toEqual({ ...sums, discount: 0, tax: included ? tax.included : tax.added, total });
    },
  );
});
