import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../auth/index.js';
import { type Caller, Database, Events, type MoneyJson, NotFoundProblem, Transactional } from '../../platform/index.js';
import { Ledger } from '../ledger/ledger.service.js';
import { Payment } from '../payment.entity.js';
import { PaymentNotReady, PaymentOutcomeUnknown } from '../payments.errors.js';
import { PaymentCaptured, PaymentRefunded, PaymentVoided } from '../payments.events.js';
import { PaymentsSettings } from '../payments.settings.js';
import { type OperationKind, type OperationOutcome, ProviderFailed } from '../providers/payment-provider.js';
import { PaymentProviders } from '../providers/providers.service.js';
import { Operation } from './operation.entity.js';

export interface StartOperation {
  id: string;
  paymentId: string;
  kind: OperationKind;
  /** All that is left, when it is missing. */
  amount?: MoneyJson | undefined;
  reason?: string | null | undefined;
  /** Who asks for it; nobody when it follows from something else. */
  by?: Caller;
}

export interface PaymentAndOperation {
  payment: Payment;
  operation: Operation;
}

/** Captures, refunds and voids: reserve, ask the provider, save the answer. Each step survives a crash of the next. */
@Injectable()
export class Operations {
  constructor(
    private readonly database: Database,
    private readonly providers: PaymentProviders,
    private readonly ledger: Ledger,
    private readonly events: Events,
    private readonly settings: PaymentsSettings,
    private readonly audit: AuditLog,
  ) {}

  /** Reserves the amount and saves the intent. Asked again with the id of an operation that exists, it gives that one. */
  @Transactional()
  async start({ id, paymentId, kind, amount, reason, by }: StartOperation): Promise<PaymentAndOperation> {
    const payment = await this.lock(paymentId);
    const earlier = await this.database.manager.findOneBy(Operation, { id });
    if (earlier) return { payment, operation: earlier };
    if (kind === 'void') await this.demandNoOpenVoid(payment);
    const now = new Date();
    const operation = this.database.manager.create(Operation, {
      id,
      paymentId,
      kind,
      amount: payment.reserve(kind, amount),
      reason: reason ?? null,
      status: 'processing',
      requestedBy: by?.id ?? null,
      attempts: 1,
      dueAt: new Date(now.getTime() + this.settings.lease * 1000),
      createdAt: now,
      updatedAt: now,
    });
    await this.database.manager.insert(Operation, operation);
    await this.save(payment);
    if (by) await this.audit.record(`payment.${kind}`, { by, ...recorded(payment, operation) });
    return { payment, operation };
  }

  /**
   * Asks the provider, outside any transaction. Safe to repeat: the operation's id is the idempotency key.
   * @throws {PaymentOutcomeUnknown} the operation stays under way, and the sweep asks again.
   */
  async perform({ payment, operation }: PaymentAndOperation): Promise<OperationOutcome> {
    const request = {
      idempotencyKey: operation.id,
      paymentId: payment.id,
      providerReference: payment.providerReference ?? '',
      amount: payment.money(operation.amount),
    };
    this.providers.demandOutside();
    try {
      return await this.providers.call(payment.provider, (provider, signal) =>
        provider[operation.kind](request, signal),
      );
    } catch (error) {
      if (error instanceof ProviderFailed) return { status: 'failed', code: 'provider_error', message: error.message };
      throw new PaymentOutcomeUnknown(error);
    }
  }

  /** Saves what the provider said. Only the first answer counts, whether it came by call, sweep or webhook. */
  @Transactional()
  async settle(operationId: string, outcome: OperationOutcome): Promise<PaymentAndOperation> {
    const { paymentId } = await this.find(operationId);
    const payment = await this.lock(paymentId);
    const operation = await this.find(operationId);
    if (operation.status !== 'processing') return { payment, operation };
    operation.updatedAt = new Date();
    if ('providerReference' in outcome) operation.providerReference = outcome.providerReference;
    if (outcome.status === 'failed') this.refused(payment, operation, outcome);
    if (outcome.status === 'succeeded') await this.succeeded(payment, operation);
    await this.database.manager.update(Operation, { id: operation.id }, operation);
    await this.save(payment);
    return { payment, operation };
  }

  async find(id: string): Promise<Operation> {
    const operation = await this.database.manager.findOneBy(Operation, { id });
    if (!operation) throw new NotFoundProblem('Operation', id);
    return operation;
  }

  private async demandNoOpenVoid({ id }: Payment): Promise<void> {
    const open = await this.database.manager.existsBy(Operation, { paymentId: id, kind: 'void', status: 'processing' });
    if (open) throw new PaymentNotReady(id, 'being voided');
  }

  private refused(payment: Payment, operation: Operation, { code, message }: { code: string; message: string }): void {
    payment.unreserve(operation.kind, operation.amount);
    Object.assign(operation, { status: 'failed', failureCode: code, failureMessage: message, dueAt: null });
  }

  private async succeeded(payment: Payment, operation: Operation): Promise<void> {
    payment.succeed(operation.kind, operation.amount);
    Object.assign(operation, { status: 'succeeded', dueAt: null });
    const amount = payment.money(operation.amount);
    if (operation.kind !== 'void') await this.ledger.post(operation.kind, payment, operation);
    this.events.publish(
      operation.kind === 'capture'
        ? new PaymentCaptured(payment.id, payment.reference, amount)
        : operation.kind === 'refund'
          ? new PaymentRefunded(payment.id, payment.reference, amount, operation.id)
          : new PaymentVoided(payment.id, payment.reference, amount),
    );
  }

  private async lock(id: string): Promise<Payment> {
    const lock = { mode: 'pessimistic_write' } as const;
    const payment = await this.database.manager.findOne(Payment, { where: { id }, lock });
    if (!payment) throw new NotFoundProblem('Payment', id);
    return payment;
  }

  private async save(payment: Payment): Promise<void> {
    payment.updatedAt = new Date();
    await this.database.manager.update(Payment, { id: payment.id }, payment);
  }
}

const recorded = (payment: Payment, operation: Operation): { on: { type: string; id: string }; after: object } => ({
  on: { type: 'payment', id: payment.id },
  after: { operationId: operation.id, amount: payment.money(operation.amount) },
});
