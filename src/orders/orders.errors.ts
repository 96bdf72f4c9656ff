import {
  Conflict,
  exponentOf,
  type FieldError,
  Forbidden,
  Invalid,
  MAX_AMOUNT,
  type MoneyJson,
  Problem,
} from '../platform/index.js';

/** 1999 EUR → "19.99 EUR", in the decimals of the currency. */
function spell({ amount, currency }: MoneyJson): string {
  const decimals = exponentOf(currency);
  const digits = String(amount).padStart(decimals + 1, '0');
  return `${digits.slice(0, digits.length - decimals)}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''} ${currency}`;
}

const MONEY_SCHEMA = { $ref: '#/components/schemas/Money' };

@Problem({
  code: 'total_changed',
  title: 'The total has changed',
  cause: 'Prices, shipping or tax have changed since the total was shown.',
  remedy: 'Show the new total, and check out again with it as `expectedTotal` and a new Idempotency-Key.',
  extra: { expectedTotal: MONEY_SCHEMA, total: MONEY_SCHEMA },
})
export class TotalChanged extends Conflict {
  constructor(expectedTotal: MoneyJson, total: MoneyJson) {
    super(`The total is ${spell(total)} now, not ${spell(expectedTotal)}.`, {
      extra: { expectedTotal: { ...expectedTotal }, total },
    });
  }
}

@Problem({
  code: 'cart_not_open',
  title: 'Cart is closed',
  cause: 'The cart has become an order already, or is becoming one, or was merged into another cart.',
  remedy: 'Look at the order, or start a new cart.',
  extra: { cartStatus: { type: 'string', description: 'What became of the cart.', examples: ['ordered'] } },
})
export class CartNotOpen extends Conflict {
  constructor(id: string, cartStatus: string) {
    super(`Cart ${id} is ${cartStatus}.`, { extra: { cartStatus } });
  }
}

@Problem({
  code: 'checkout_incomplete',
  listsErrors: true,
  title: 'Something is missing for the checkout',
  cause: 'The cart has no items, no e-mail address, or no shipping address.',
  remedy: 'Add what `errors` names and check out again.',
})
export class CheckoutIncomplete extends Invalid {
  constructor(errors: FieldError[]) {
    super(errors.map(({ message }) => message).join(' '), { errors });
  }
}

@Problem({
  code: 'variant_not_sold',
  title: 'Variant is not sold',
  cause: 'A variant does not exist, is not on sale, or has no price in the currency of the cart.',
  remedy: 'Remove what `variantIds` names, or choose another currency.',
  extra: {
    variantIds: { type: 'array', items: { type: 'string', format: 'uuid' }, description: 'What cannot be bought.' },
  },
})
export class VariantNotSold extends Invalid {
  constructor(variantIds: string[], currency: string) {
    super(`Not sold in ${currency}: ${variantIds.join(', ')}.`, { extra: { variantIds } });
  }
}

@Problem({
  code: 'shipping_method_unavailable',
  title: 'Shipping method does not apply',
  cause: 'The shipping method is unknown, or does not ship to the country or in the currency.',
  remedy: 'Choose one of `available`, or leave it out for the cheapest.',
  extra: {
    available: { type: 'array', items: { type: 'string' }, description: 'Codes that apply.', examples: [['standard']] },
  },
})
export class ShippingMethodUnavailable extends Invalid {
  constructor(code: string | null, available: string[]) {
    const what = code === null ? 'No shipping method goes there' : `"${code}" does not ship this there`;
    super(
      `${what}. ${available.length > 0 ? `Choose ${available.join(' or ')}.` : 'Nothing ships it in this currency.'}`,
      {
        extra: { available },
      },
    );
  }
}

@Problem({
  code: 'total_too_large',
  title: 'The total is too large',
  cause: 'No order may come to more than 999,999,999,999 minor units.',
  remedy: 'Split the purchase, or lower the quantities.',
})
export class TotalTooLarge extends Invalid {
  constructor(currency: string) {
    super(`This comes to more than ${MAX_AMOUNT} minor units of ${currency}.`);
  }
}

@Problem({
  code: 'too_many_lines',
  title: 'Too many lines',
  cause: 'A cart holds at most 200 different variants.',
  remedy: 'Split the purchase.',
})
export class TooManyLines extends Invalid {
  constructor() {
    super('A cart holds at most 200 different variants.');
  }
}

@Problem({
  code: 'order_not_cancellable',
  title: 'Order cannot be cancelled',
  cause: 'The order has shipped, at least in part.',
  remedy: 'Ask for a return instead.',
})
export class OrderNotCancellable extends Conflict {
  constructor(id: string, fulfillmentStatus: string) {
    super(`Order ${id} is already ${fulfillmentStatus}.`);
  }
}

@Problem({
  code: 'reservations_not_offered',
  title: 'Nothing is set aside for you',
  cause: 'The seller sets goods aside for nobody, or only for those who have signed in.',
  remedy: 'Sign in and take the cart along, or check out without a reservation.',
})
export class ReservationsNotOffered extends Forbidden {
  constructor() {
    super('The goods in this cart cannot be set aside.');
  }
}
