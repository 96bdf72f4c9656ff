import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HttpSettings } from '../../platform/index.js';
import {
  type AuthorizeRequest,
  type Lookup,
  type OperationKind,
  type OperationOutcome,
  type OperationRequest,
  PaymentProvider,
  type ProviderEvent,
  ProviderFailed,
  type ProviderOutcome,
} from '../providers/payment-provider.js';
import { SandboxSettings } from './sandbox.settings.js';
import { operationOutcomeOf, outcomeOf } from './sandbox-charge.js';
import { SandboxCharges } from './sandbox-charges.service.js';
import { noticeOf } from './sandbox-notice.js';
import { SandboxOperations } from './sandbox-operations.service.js';
import { SandboxSecret } from './sandbox-secret.service.js';
import { behaviourOf } from './sandbox-tokens.js';
import { SandboxWebhooks } from './sandbox-webhooks.service.js';

/** A complete payment provider that needs no network: what happens is told by the token. */
@Injectable()
export class SandboxProvider extends PaymentProvider {
  readonly name = 'sandbox';

  constructor(
    private readonly charges: SandboxCharges,
    private readonly operations: SandboxOperations,
    private readonly webhooks: SandboxWebhooks,
    private readonly secret: SandboxSecret,
    private readonly settings: SandboxSettings,
    private readonly http: HttpSettings,
  ) {
    super();
  }

  get actionUrl(): string {
    return `${this.http.baseUrl}/v1/payments/sandbox/actions`;
  }

  async authorize(request: AuthorizeRequest, signal: AbortSignal): Promise<ProviderOutcome> {
    const behaviour = behaviourOf(request.token);
    if (behaviour.request === 'fails') throw new ProviderFailed('The sandbox answered 500.');
    if (behaviour.request === 'lost') return never(signal);
    const charge = await this.charges.create(request);
    this.webhooks.poke();
    if (charge.fresh && behaviour.answer === 'lost') return never(signal);
    if (charge.fresh && behaviour.answer === 'late') await delay(this.settings.slowMs, undefined, { signal });
    return outcomeOf(charge, this.actionUrl);
  }

  capture(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('capture', request, signal);
  }

  refund(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('refund', request, signal);
  }

  void(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('void', request, signal);
  }

  async lookup(attempt: Lookup): Promise<ProviderOutcome | null> {
    const charge = await this.charges.find(attempt);
    return charge && outcomeOf(charge, this.actionUrl);
  }

  async verifyWebhook(rawBody: Buffer, headers: Record<string, string>): Promise<ProviderEvent> {
    const { id, event } = await this.secret.verify(rawBody, headers);
    return { id, notice: noticeOf(event, this.actionUrl) };
  }

  private async operate(
    kind: OperationKind,
    request: OperationRequest,
    signal: AbortSignal,
  ): Promise<OperationOutcome> {
    const { fresh, ...operation } = await this.operations.make(kind, request);
    this.webhooks.poke();
    const lost = kind === 'refund' && behaviourOf(operation.token).refund === 'answer_lost';
    return fresh && lost ? never(signal) : operationOutcomeOf(operation);
  }
}

/** No answer comes; the caller's deadline ends the wait. */
function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
