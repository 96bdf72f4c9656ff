import { type FieldError, ValidationFailed } from '../../platform/index.js';
import type { Offer, PriceDraft } from './insert-products.js';

interface Offered {
  prices?: PriceDraft[];
  stock?: number;
  backorderable?: boolean;
}

/** What a request says of a variant beyond the variant itself. @throws {ValidationFailed} for prices that contradict. */
export function offerOf({ prices = [], stock = 0, backorderable = false }: Offered, pointer = ''): Offer {
  return { prices: checkedPrices(prices, `${pointer}/prices`), onHand: stock, backorderable };
}

/** One price for each currency, and only a higher one is worth comparing with. */
export function checkedPrices(prices: PriceDraft[], pointer = '/prices'): PriceDraft[] {
  const errors: FieldError[] = [];
  prices.forEach(({ currency, amount, compareAtAmount }, index) => {
    if (prices.findIndex((price) => price.currency === currency) !== index) {
      errors.push({
        pointer: `${pointer}/${index}/currency`,
        code: 'duplicate',
        message: `${currency} has a price above.`,
      });
    }
    if (compareAtAmount !== undefined && compareAtAmount !== null && compareAtAmount <= amount) {
      errors.push({
        pointer: `${pointer}/${index}/compareAtAmount`,
        code: 'too_low',
        message: 'must be above amount.',
      });
    }
  });
  if (errors.length > 0) throw new ValidationFailed(errors);
  return prices.map(({ currency, amount, compareAtAmount }) => ({
    currency,
    amount,
    compareAtAmount: compareAtAmount ?? null,
  }));
}
