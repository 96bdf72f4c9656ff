import { Injectable } from '@nestjs/common';
import { WebhookSignatureInvalid } from '../inbox/inbox.errors.js';
import {
  type AuthorizeRequest,
  type Lookup,
  type OperationOutcome,
  type OperationRequest,
  PaymentProvider,
  type ProviderEvent,
  type ProviderOutcome,
} from './payment-provider.js';

/**
 * Money that comes by another way: bank transfer, cash on delivery, pay at the till. Nobody is called: the order stands
 * at once, and staff capture the payment when the money is there. The token says which way, for people to read.
 */
@Injectable()
export class ManualProvider extends PaymentProvider {
  readonly name = 'manual';

  async authorize({ idempotencyKey }: AuthorizeRequest): Promise<ProviderOutcome> {
    return { status: 'authorized', providerReference: idempotencyKey };
  }

  async capture(request: OperationRequest): Promise<OperationOutcome> {
    return done(request);
  }

  async refund(request: OperationRequest): Promise<OperationOutcome> {
    return done(request);
  }

  async void(request: OperationRequest): Promise<OperationOutcome> {
    return done(request);
  }

  /** To authorise is to do nothing, so an attempt that was cut off has as good as succeeded. */
  async lookup(attempt: Lookup): Promise<ProviderOutcome> {
    const providerReference = 'idempotencyKey' in attempt ? attempt.idempotencyKey : attempt.providerReference;
    return { status: 'authorized', providerReference };
  }

  async verifyWebhook(): Promise<ProviderEvent> {
    throw new WebhookSignatureInvalid('The manual provider sends no webhooks.');
  }
}

function done({ idempotencyKey }: OperationRequest): OperationOutcome {
  return { status: 'succeeded', providerReference: idempotencyKey };
}
