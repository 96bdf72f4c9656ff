import type { MoneyJson } from '../../platform/index.js';

/** What the payer must do before the payment can go on. */
export interface NextAction {
  type: 'redirect';
  url: string;
}

/** What became of an attempt to take money. */
export type ProviderOutcome =
  | { status: 'authorized' | 'captured' | 'voided' | 'processing'; providerReference: string }
  | { status: 'requires_action'; providerReference: string; nextAction: NextAction }
  | { status: 'declined'; providerReference: string | null; code: string; message: string }
  /** Nothing was charged and nothing will be: the attempt never came about. */
  | { status: 'failed'; providerReference: null; code: string; message: string };

export type OperationKind = 'capture' | 'refund' | 'void';

/** What became of a capture, refund or void. */
export type OperationOutcome =
  | { status: 'succeeded'; providerReference: string }
  | { status: 'processing'; providerReference: string }
  | { status: 'failed'; code: string; message: string };

/** Something that a provider tells by itself. */
export type ProviderNotice =
  | { kind: 'payment'; paymentId: string; outcome: ProviderOutcome }
  | { kind: 'operation'; operationId: string; outcome: OperationOutcome }
  | { kind: 'other' };

export interface ProviderEvent {
  /** The provider's own id of the event: it counts once. */
  id: string;
  notice: ProviderNotice;
}

export interface AuthorizeRequest {
  /** The payment's id: asking again with the same key never charges again. */
  idempotencyKey: string;
  amount: MoneyJson;
  token: string;
  reference: string;
  /** Take the money at once, where the provider can. */
  capture: boolean;
  /** Where the payer goes after acting. */
  returnUrl?: string;
}

export interface OperationRequest {
  /** The operation's id: asking again with the same key never moves money again. */
  idempotencyKey: string;
  /** The payment's id, the key under which it was authorised. */
  paymentId: string;
  providerReference: string;
  amount: MoneyJson;
}

export type Lookup = { idempotencyKey: string } | { providerReference: string };

/** The provider answered, but with an error: it did not do what was asked. */
export class ProviderFailed extends Error {
  override readonly name = 'ProviderFailed';
}

/** No answer. What was asked may have been done or not. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable';
}

/**
 * A payment provider. Calls are made outside any transaction, and each stops when `signal` does: at its deadline.
 * Whatever is thrown other than `ProviderFailed` means that the outcome is unknown.
 */
export abstract class PaymentProvider {
  abstract readonly name: string;
  abstract authorize(request: AuthorizeRequest, signal: AbortSignal): Promise<ProviderOutcome>;
  abstract capture(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome>;
  abstract refund(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome>;
  abstract void(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome>;
  /** What became of an attempt; null when the provider has never heard of it. */
  abstract lookup(attempt: Lookup, signal: AbortSignal): Promise<ProviderOutcome | null>;
  /** @throws {WebhookSignatureInvalid} when it is forged or too old. */
  abstract verifyWebhook(rawBody: Buffer, headers: Record<string, string>): Promise<ProviderEvent>;
}
