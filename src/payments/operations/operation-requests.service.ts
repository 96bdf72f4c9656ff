import { Injectable } from '@nestjs/common';
import { type Caller, Database, faultPoint, IdempotencyService, newId, Transactional } from '../../platform/index.js';
import { OperationRefused } from '../payments.errors.js';
import type { OperationKind, OperationOutcome } from '../providers/payment-provider.js';
import type { Operation } from './operation.entity.js';
import { type OperationRequestBody, OperationResponse, OperationWithPaymentResponse } from './operations.dto.js';
import { Operations, type PaymentAndOperation, type StartOperation } from './operations.service.js';

/** Captures, refunds and voids that somebody asks for by HTTP: once per Idempotency-Key, whatever breaks on the way. */
@Injectable()
export class OperationRequests {
  constructor(
    private readonly database: Database,
    private readonly operations: Operations,
    private readonly idempotency: IdempotencyService,
  ) {}

  async run(
    kind: OperationKind,
    paymentId: string,
    { amount, reason }: OperationRequestBody,
    caller: Caller,
  ): Promise<OperationWithPaymentResponse> {
    const started = await this.start({ id: newId(), paymentId, kind, amount, reason, by: caller });
    faultPoint('operation.begun');
    const outcome = await this.outcomeOf(started);
    faultPoint('operation.answered');
    const { payment, operation } = await this.finish(started, outcome);
    if (operation.status === 'failed') throw refusalOf(operation);
    return OperationWithPaymentResponse.withPayment(operation, payment);
  }

  /** One operation with its payment's currency: for reading. */
  async find(id: string): Promise<OperationResponse> {
    const operation = await this.operations.find(id);
    const [payment] = await this.database.query<{ currency: string }>(
      'SELECT currency FROM payments.payments WHERE id = $1',
      [operation.paymentId],
    );
    return OperationResponse.of(operation, payment?.currency ?? '');
  }

  @Transactional()
  private async start(wanted: StartOperation): Promise<PaymentAndOperation> {
    const id = await this.idempotency.claim(wanted.id);
    return this.operations.start({ ...wanted, id });
  }

  private async outcomeOf(started: PaymentAndOperation): Promise<OperationOutcome | undefined> {
    if (started.operation.status !== 'processing') return undefined;
    try {
      return await this.operations.perform(started);
    } catch (error) {
      await this.idempotency.release();
      throw error;
    }
  }

  @Transactional()
  private async finish(
    started: PaymentAndOperation,
    outcome: OperationOutcome | undefined,
  ): Promise<PaymentAndOperation> {
    const finished = outcome ? await this.operations.settle(started.operation.id, outcome) : started;
    const { operation, payment } = finished;
    if (operation.status === 'failed') this.idempotency.refuse(refusalOf(operation));
    else {
      const answer = OperationWithPaymentResponse.withPayment(operation, payment);
      this.idempotency.complete(201, answer, { location: `/v1/payment-operations/${operation.id}` });
    }
    faultPoint('operation.settling');
    return finished;
  }
}

function refusalOf({ failureCode, failureMessage }: Operation): OperationRefused {
  return new OperationRefused(failureCode ?? 'refused', failureMessage ?? 'The provider refused.');
}
