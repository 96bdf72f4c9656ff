import type { ProviderNotice } from '../providers/payment-provider.js';
import { operationOutcomeOf, outcomeOf, referenceOf, type SandboxEvent } from './sandbox-charge.js';

/** What a webhook of the sandbox means to payments. */
export function noticeOf({ data }: SandboxEvent, actionUrl: string): ProviderNotice {
  if (data.object === 'operation') {
    return { kind: 'operation', operationId: data.key, outcome: operationOutcomeOf(data) };
  }
  if (data.object !== 'charge') return { kind: 'other' };
  const { status } = data;
  const outcome =
    status === 'processing'
      ? { status, providerReference: referenceOf(data.id) }
      : outcomeOf({ id: data.id, status, failureCode: data.failureCode }, actionUrl);
  return { kind: 'payment', paymentId: data.key, outcome };
}
