import { Conflict, Invalid, type MoneyJson, OutcomeUnknown, PaymentRefused, Problem } from '../platform/index.js';

const moneySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['amount', 'currency'],
  properties: {
    amount: { type: 'integer', format: 'int64', description: 'Integer minor units.' },
    currency: { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217 code.' },
  },
};

@Problem({
  code: 'payment_declined',
  title: 'Payment declined',
  cause: 'The payment provider refused to charge the payer. Nothing was charged.',
  remedy: 'Ask for another means of payment and try again with a fresh Idempotency-Key; `declineCode` says why.',
  extra: { declineCode: { type: 'string', description: 'Why, in the word that all providers share.' } },
})
export class PaymentDeclined extends PaymentRefused {
  constructor(declineCode: string, message: string) {
    super(message, { extra: { declineCode } });
  }
}

@Problem({
  code: 'payment_failed',
  title: 'Payment failed',
  cause: 'The payment provider could not take the payment, or it was never asked. Nothing was charged.',
  remedy: 'Try again with a fresh Idempotency-Key, or with another provider.',
  extra: { failureCode: { type: 'string', description: 'What went wrong.' } },
})
export class PaymentNotTaken extends PaymentRefused {
  constructor(failureCode: string, message: string) {
    super(message, { extra: { failureCode } });
  }
}

@Problem({
  code: 'payment_outcome_unknown',
  title: 'Payment outcome not known yet',
  cause: 'The payment provider did not answer in time. The money may have moved or not.',
  remedy:
    'Repeat the request with the same Idempotency-Key: it finds out what became of the first one, and never charges twice.',
})
export class PaymentOutcomeUnknown extends OutcomeUnknown {
  constructor(cause?: unknown) {
    super('The payment provider has not answered. Repeat the request with the same Idempotency-Key to find out.', {
      retryAfter: 2,
      cause,
    });
  }
}

@Problem({
  code: 'payment_in_flight',
  title: 'Another payment is under way',
  cause: 'A payment for the same reference has not come to an end yet; there is never more than one.',
  remedy: 'Wait for it, or finish the action that it asks of the payer.',
})
export class PaymentInFlight extends Conflict {
  constructor(reference: string) {
    super(`A payment for ${reference} is still under way.`);
  }
}

@Problem({
  code: 'unknown_payment_provider',
  title: 'Unknown payment provider',
  cause: 'No payment provider of this name is in use here.',
  remedy: 'Name one of `providers`.',
  extra: { providers: { type: 'array', items: { type: 'string' }, description: 'Providers in use.' } },
})
export class UnknownPaymentProvider extends Invalid {
  constructor(name: string, providers: string[]) {
    super(`There is no payment provider "${name.slice(0, 50)}" here.`, { extra: { providers } });
  }
}

@Problem({
  code: 'amount_exceeds_capturable',
  title: 'More than can be captured',
  cause: 'Less than the amount is left of what was authorised, or nothing at all.',
  remedy: 'Ask for `left` or less.',
  extra: { left: { ...moneySchema, description: 'What can still be captured or voided.' } },
})
export class AmountExceedsCapturable extends Conflict {
  constructor(left: MoneyJson) {
    super(`Only ${left.amount} ${left.currency} (minor units) is left to capture or void.`, { extra: { left } });
  }
}

@Problem({
  code: 'amount_exceeds_refundable',
  title: 'More than can be refunded',
  cause: 'Less than the amount is left of what was captured, or nothing at all. Refunds under way count.',
  remedy: 'Ask for `left` or less.',
  extra: { left: { ...moneySchema, description: 'What can still be refunded.' } },
})
export class AmountExceedsRefundable extends Conflict {
  constructor(left: MoneyJson) {
    super(`Only ${left.amount} ${left.currency} (minor units) is left to refund.`, { extra: { left } });
  }
}

@Problem({
  code: 'payment_not_ready',
  title: 'Payment is not ready for this',
  cause: 'The payment is still under way, or a void of it is.',
  remedy: 'Read the payment again in a moment; its status says what it waits for.',
})
export class PaymentNotReady extends Conflict {
  constructor(id: string, status: string) {
    super(`Payment ${id} is ${status}.`);
  }
}

@Problem({
  code: 'currency_mismatch',
  listsErrors: true,
  title: 'Another currency than the payment',
  cause: 'The amount is in another currency than the payment.',
  remedy: 'Name the amount in the currency of the payment.',
})
export class CurrencyMismatch extends Invalid {
  constructor(wanted: string) {
    super(`This payment is in ${wanted}.`, {
      errors: [{ pointer: '/amount/currency', code: 'currency_mismatch', message: `must be ${wanted}.` }],
    });
  }
}

@Problem({
  code: 'payment_operation_refused',
  title: 'Refused by the payment provider',
  cause: 'The payment provider refused the capture, refund or void. No money moved.',
  remedy: 'Look at `failureCode`, and at the payment in the provider’s own back office.',
  extra: { failureCode: { type: 'string', description: 'Why the provider refused.' } },
})
export class OperationRefused extends PaymentRefused {
  constructor(failureCode: string, message: string) {
    super(message, { extra: { failureCode } });
  }
}
