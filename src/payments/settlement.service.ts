import { Injectable } from '@nestjs/common';
import { Database, Events, NotFoundProblem, newId, Transactional } from '../platform/index.js';
import { PAYMENT, Payment } from './payment.entity.js';
import {
  PaymentAuthorized,
  PaymentCaptured,
  PaymentFailed,
  PaymentRequiresAction,
  PaymentVoided,
} from './payments.events.js';
import { PaymentsSettings } from './payments.settings.js';
import type { ProviderOutcome } from './providers/payment-provider.js';
import { SETTLE } from './settlement.sql.js';

export interface Settled {
  payment: Payment;
  /** False when the outcome was known already, or overtaken by a later one. */
  changed: boolean;
}

/** Saves what a provider said about a payment, whoever asked: the request, the sweep or a webhook. */
@Injectable()
export class Settlement {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly settings: PaymentsSettings,
  ) {}

  /**
   * Idempotent, and two statements when it changes something. With `attempt`, only while no later attempt to find out
   * has begun: that one knows better.
   */
  @Transactional()
  async settle(paymentId: string, outcome: ProviderOutcome, attempt?: number): Promise<Settled> {
    const [row] = await this.database.query(SETTLE, [
      paymentId,
      outcome.status,
      outcome.providerReference,
      'code' in outcome ? outcome.code : null,
      'message' in outcome ? outcome.message : null,
      'nextAction' in outcome ? JSON.stringify(outcome.nextAction) : null,
      this.settings.lease,
      newId(),
      attempt ?? null,
    ]);
    if (!row) return { payment: await this.find(paymentId), changed: false };
    const payment = Payment.fromRow(row);
    const event = this.eventOf(payment);
    if (event) this.events.publish(event);
    return { payment, changed: true };
  }

  /** A payment that was cancelled while its money was on the way does not announce the arrival, only the return. */
  private eventOf(payment: Payment): object | undefined {
    const { id, reference, status, failureCode, cancelRequestedAt } = payment;
    const amount = payment.money(payment.amount);
    if (status === 'voided') return new PaymentVoided(id, reference, amount);
    if (status === 'declined' || status === 'failed') return new PaymentFailed(id, reference, failureCode ?? status);
    if (cancelRequestedAt) return undefined;
    if (status === 'authorized') return new PaymentAuthorized(id, reference, amount);
    if (status === 'captured') return new PaymentCaptured(id, reference, amount);
    return status === 'requires_action' ? new PaymentRequiresAction(id, reference, amount) : undefined;
  }

  private async find(id: string): Promise<Payment> {
    const [row] = await this.database.query(`SELECT ${PAYMENT} FROM payments.payments WHERE id = $1`, [id]);
    if (!row) throw new NotFoundProblem('Payment', id);
    return Payment.fromRow(row);
  }
}
