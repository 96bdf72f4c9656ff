import { Injectable } from '@nestjs/common';
import { Database, faultPoint, newId } from '../../platform/index.js';
import type { OperationKind, OperationRequest } from '../providers/payment-provider.js';
import { CHARGE, type Charge, chargeIdOf, operationWebhook } from './sandbox-charge.js';
import { SandboxCharges } from './sandbox-charges.service.js';
import { behaviourOf } from './sandbox-tokens.js';

export interface SandboxOperation {
  id: string;
  failureCode: string | null;
  token: string;
  /** False when the key had been used before, and this is what became of it then. */
  fresh: boolean;
}

type Earlier = Pick<SandboxOperation, 'id' | 'failureCode'>;

/** Captures, refunds and voids at the sandbox: once for each idempotency key, and never more than is left. */
@Injectable()
export class SandboxOperations {
  constructor(
    private readonly database: Database,
    private readonly charges: SandboxCharges,
  ) {}

  async make(kind: OperationKind, request: OperationRequest): Promise<SandboxOperation> {
    const operation = await this.once(kind, request);
    faultPoint('sandbox.operated');
    return operation;
  }

  private once(kind: OperationKind, request: OperationRequest): Promise<SandboxOperation> {
    return this.database.detached(() =>
      this.database.transaction(async () => {
        const charge = await this.lock(request.providerReference);
        const earlier = await this.earlier(request.idempotencyKey);
        if (earlier) return { ...earlier, token: charge.token, fresh: false };
        const failureCode = this.refusal(kind, charge, request.amount.amount);
        if (failureCode === null) await this.change(kind, charge, request.amount.amount);
        const id = newId();
        await this.database.query(
          `INSERT INTO payments.sandbox_operations (id, idempotency_key, charge_id, kind, amount, failure_code)
           VALUES ($1, $2, $3, $4, $5, $6)`,
          [id, request.idempotencyKey, charge.id, kind, request.amount.amount, failureCode],
        );
        await this.charges.tell([operationWebhook(id, request.idempotencyKey, kind, failureCode)]);
        return { id, failureCode, token: charge.token, fresh: true };
      }),
    );
  }

  private refusal(kind: OperationKind, charge: Charge, amount: number): string | null {
    const open = ['authorized', 'captured'].includes(charge.status)
      ? charge.amount - charge.captured - charge.voided
      : 0;
    if (kind === 'refund' && behaviourOf(charge.token).refund === 'fails') return 'refund_failed';
    if (kind === 'refund') return amount > charge.captured - charge.refunded ? 'amount_too_large' : null;
    if (kind === 'void') return charge.status === 'requires_action' || amount <= open ? null : 'not_voidable';
    return amount > open ? 'amount_too_large' : null;
  }

  private async change(kind: OperationKind, charge: Charge, amount: number): Promise<void> {
    const column = { capture: 'captured', refund: 'refunded', void: 'voided' }[kind];
    const whole = kind === 'void' && (charge.status === 'requires_action' || charge.voided + amount === charge.amount);
    await this.database.query(
      `UPDATE payments.sandbox_charges SET ${column} = ${column} + $2, status = coalesce($3, status), updated_at = now()
       WHERE id = $1`,
      [charge.id, amount, whole ? 'voided' : null],
    );
  }

  private async lock(reference: string): Promise<Charge> {
    const [charge] = await this.database.query<Charge>(
      `SELECT ${CHARGE} FROM payments.sandbox_charges WHERE id = $1 FOR UPDATE`,
      [chargeIdOf(reference)],
    );
    if (!charge) throw new Error(`The sandbox has no charge ${reference}.`);
    return charge;
  }

  private async earlier(key: string): Promise<Earlier | undefined> {
    const [operation] = await this.database.query<Earlier>(
      'SELECT id, failure_code AS "failureCode" FROM payments.sandbox_operations WHERE idempotency_key = $1',
      [key],
    );
    return operation;
  }
}
