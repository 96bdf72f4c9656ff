import { DomainEvent, type MoneyJson } from '../platform/index.js';

/** The payer's bank has set `amount` aside for `reference`. */
@DomainEvent('payments.payment_authorized')
export class PaymentAuthorized {
  constructor(
    readonly paymentId: string,
    readonly reference: string,
    readonly amount: MoneyJson,
  ) {}
}

/** `amount` for `reference` has arrived. A payment captured in parts says so for each part. */
@DomainEvent('payments.payment_captured')
export class PaymentCaptured {
  constructor(
    readonly paymentId: string,
    readonly reference: string,
    readonly amount: MoneyJson,
  ) {}
}

/** The payer must do something first, such as confirming with their bank. */
@DomainEvent('payments.payment_requires_action')
export class PaymentRequiresAction {
  constructor(
    readonly paymentId: string,
    readonly reference: string,
    readonly amount: MoneyJson,
  ) {}
}

/** The payment was declined or never came about. Nothing was charged. */
@DomainEvent('payments.payment_failed')
export class PaymentFailed {
  constructor(
    readonly paymentId: string,
    readonly reference: string,
    readonly code: string,
  ) {}
}

/** `amount` that was set aside for `reference` is free again. */
@DomainEvent('payments.payment_voided')
export class PaymentVoided {
  constructor(
    readonly paymentId: string,
    readonly reference: string,
    readonly amount: MoneyJson,
  ) {}
}

/** `amount` has gone back to the payer. */
@DomainEvent('payments.payment_refunded')
export class PaymentRefunded {
  constructor(
    readonly paymentId: string,
    readonly reference: string,
    readonly amount: MoneyJson,
    readonly refundId: string,
  ) {}
}
