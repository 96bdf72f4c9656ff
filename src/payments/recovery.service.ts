import { Injectable, Logger } from '@nestjs/common';
import { Database, newId } from '../platform/index.js';
import { Operations } from './operations/operations.service.js';
import { PAYMENT, Payment } from './payment.entity.js';
import { AmountExceedsCapturable, AmountExceedsRefundable, PaymentNotReady } from './payments.errors.js';
import { Payments } from './payments.service.js';
import { PaymentsSettings } from './payments.settings.js';
import type { OperationKind } from './providers/payment-provider.js';
import { Settlement } from './settlement.service.js';

const ABANDONED = {
  status: 'failed',
  providerReference: null,
  code: 'abandoned',
  message: 'The attempt never reached the payment provider.',
} as const;

/** Brings to an end what a crash, a lost answer or a payer who never came back left open. */
@Injectable()
export class Recovery {
  private readonly logger = new Logger(Recovery.name);

  constructor(
    private readonly database: Database,
    private readonly payments: Payments,
    private readonly settlement: Settlement,
    private readonly operations: Operations,
    private readonly settings: PaymentsSettings,
  ) {}

  /** Looks after one payment whose lease this call holds. */
  async attend(payment: Payment): Promise<void> {
    if (payment.inFlight) await this.inquire(payment);
    if (payment.status === 'requires_action') await this.expire(payment.id);
    await this.giveBack(payment.id);
  }

  /** Returns whatever a payment holds, once that has been asked for. Safe to repeat, and to run twice at once. */
  async giveBack(paymentId: string): Promise<void> {
    // At most: find out, void the rest, refund what was captured, see that nothing is left.
    for (let step = 0; step < 4; step++) {
      const payment = await this.find(paymentId);
      if (!payment?.cancelRequestedAt || payment.settledForGood || payment.status === 'processing') return;
      if (payment.status === 'requires_action' && step === 0) await this.inquire(payment);
      else if (payment.status === 'requires_action' || payment.capturable > 0) await this.giveUp('void', payment);
      else if (payment.refundable > 0) await this.giveUp('refund', payment);
      else return;
    }
  }

  /** Asks the provider what became of it. Only the latest attempt may conclude from silence that nothing did. */
  private async inquire(payment: Payment): Promise<void> {
    const outcome = await this.payments.lookup(payment);
    if (outcome) await this.settlement.settle(payment.id, outcome);
    else if (payment.status === 'processing') await this.settlement.settle(payment.id, ABANDONED, payment.attempts);
  }

  private async expire(paymentId: string): Promise<void> {
    await this.database.query(
      `UPDATE payments.payments SET cancel_requested_at = now(), updated_at = now()
       WHERE id = $1 AND status = 'requires_action' AND cancel_requested_at IS NULL
         AND created_at < now() - make_interval(secs => $2)`,
      [paymentId, this.settings.actionTimeout],
    );
  }

  private async giveUp(kind: OperationKind, payment: Payment): Promise<void> {
    try {
      const started = await this.operations.start({ id: newId(), paymentId: payment.id, kind, reason: 'cancelled' });
      const { operation } = await this.operations.settle(started.operation.id, await this.operations.perform(started));
      if (operation.status !== 'failed') return;
      // Perhaps the payer acted in between. Whatever it was, the next try goes by what the provider says now.
      await this.inquire(payment);
      throw new Error(`${payment.provider} refused to ${kind} payment ${payment.id}: ${operation.failureCode}.`);
    } catch (error) {
      if (!overtaken(error)) throw error;
      this.logger.debug(`Payment ${payment.id} changed meanwhile: ${error}`);
    }
  }

  private async find(id: string): Promise<Payment | undefined> {
    const [row] = await this.database.query(`SELECT ${PAYMENT} FROM payments.payments WHERE id = $1`, [id]);
    return row && Payment.fromRow(row);
  }
}

/** Somebody else captured, voided or refunded first. */
function overtaken(error: unknown): boolean {
  return [AmountExceedsCapturable, AmountExceedsRefundable, PaymentNotReady].some((kind) => error instanceof kind);
}
