/** Payments: money in and out through providers, for a reference that only its caller understands; and the ledger. */
export { Payment, type PaymentStatus } from './payment.entity.js';
export { NextActionResponse, PaymentSummary } from './payments.dto.js';
export {
  PaymentDeclined,
  PaymentInFlight,
  PaymentNotTaken,
  PaymentOutcomeUnknown,
  UnknownPaymentProvider,
} from './payments.errors.js';
export {
  PaymentAuthorized,
  PaymentCaptured,
  PaymentFailed,
  PaymentRefunded,
  PaymentRequiresAction,
  PaymentVoided,
} from './payments.events.js';
export { PaymentsModule } from './payments.module.js';
export { type BeginPayment, Payments, type PerformPayment } from './payments.service.js';
export { PaymentsPersonalData } from './personal-data.js';
export type { NextAction, ProviderOutcome } from './providers/payment-provider.js';
export type { Settled } from './settlement.service.js';
