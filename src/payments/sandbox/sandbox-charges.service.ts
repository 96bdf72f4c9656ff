import { Injectable } from '@nestjs/common';
import { Database, faultPoint, newId } from '../../platform/index.js';
import type { AuthorizeRequest, Lookup } from '../providers/payment-provider.js';
import { CHARGE, type Charge, type ChargeStatus, chargeIdOf, type WebhookRow, webhooksOf } from './sandbox-charge.js';
import { behaviourOf } from './sandbox-tokens.js';

/** For WITH: the webhooks of the JSON array `$n`, when `condition` holds. */
const TELL = (n: number, source: string): string => `
  told AS (
    INSERT INTO payments.sandbox_webhooks (id, event_id, payload)
    SELECT w.id, w."eventId", w.payload
    FROM ${source}, jsonb_to_recordset($${n}::jsonb) AS w (id uuid, "eventId" text, payload jsonb)
  )`;

/**
 * The sandbox's books. They play the outside world: each statement commits by itself, whatever transaction Galley is
 * in, and whatever happens to Galley afterwards.
 */
@Injectable()
export class SandboxCharges {
  constructor(private readonly database: Database) {}

  /** Charges, once for each idempotency key: one statement, the webhook that tells of it included. */
  async create(request: AuthorizeRequest): Promise<Charge & { fresh: boolean }> {
    const { declines, asksPayer, repeatsWebhooks } = behaviourOf(request.token);
    const granted: ChargeStatus = request.capture ? 'captured' : 'authorized';
    const status: ChargeStatus = declines ? 'declined' : asksPayer ? 'requires_action' : granted;
    const charge = {
      id: newId(),
      idempotencyKey: request.idempotencyKey,
      status,
      failureCode: declines ?? null,
      captureAtOnce: request.capture,
    };
    const [created] = await this.query<Charge & { fresh: boolean }>(
      `WITH charge AS (
         INSERT INTO payments.sandbox_charges
           (id, idempotency_key, reference, token, currency, amount, capture_at_once, status, captured, failure_code, return_url)
         VALUES ($1, $2, $3, $4, $5, $6::bigint, $7, $8::text, CASE WHEN $8 = 'captured' THEN $6::bigint ELSE 0 END, $9, $10)
         ON CONFLICT (idempotency_key) DO UPDATE SET idempotency_key = excluded.idempotency_key
         RETURNING *, xmax = 0 AS fresh
       ), ${TELL(11, '(SELECT FROM charge WHERE fresh) AS new')}
       SELECT ${CHARGE}, fresh FROM charge`,
      [
        charge.id,
        charge.idempotencyKey,
        request.reference,
        request.token,
        request.amount.currency,
        request.amount.amount,
        request.capture,
        status,
        charge.failureCode,
        request.returnUrl ?? null,
        JSON.stringify(webhooksOf(charge, repeatsWebhooks)),
      ],
    );
    faultPoint('sandbox.charged');
    return created!;
  }

  async find(attempt: Lookup): Promise<Charge | null> {
    const byKey = 'idempotencyKey' in attempt;
    const [charge] = await this.query<Charge>(
      `SELECT ${CHARGE} FROM payments.sandbox_charges WHERE ${byKey ? 'idempotency_key' : 'id'} = $1`,
      [byKey ? attempt.idempotencyKey : chargeIdOf(attempt.providerReference)],
    );
    return charge ?? null;
  }

  /** The payer has confirmed or refused. Only the first answer counts. */
  async answer(charge: Charge, approved: boolean): Promise<void> {
    const granted: ChargeStatus = charge.captureAtOnce ? 'captured' : 'authorized';
    const status = approved ? granted : 'declined';
    const failureCode = approved ? null : 'authentication_failed';
    await this.query(
      `WITH charge AS (
         UPDATE payments.sandbox_charges SET status = $2::text, failure_code = $3, updated_at = now(),
           captured = CASE WHEN $2 = 'captured' THEN amount ELSE 0 END
         WHERE id = $1 AND status = 'requires_action' RETURNING id
       ), ${TELL(4, 'charge')}
       SELECT FROM charge`,
      [charge.id, status, failureCode, JSON.stringify(webhooksOf({ ...charge, status, failureCode }))],
    );
  }

  /** Adds webhooks to deliver, in the sandbox's own transaction. */
  async tell(webhooks: WebhookRow[]): Promise<void> {
    await this.database.query(`WITH ${TELL(1, '(SELECT) AS always')} SELECT`, [JSON.stringify(webhooks)]);
  }

  private query<T>(sql: string, params: unknown[]): Promise<T[]> {
    return this.database.detached(() => this.database.query<T>(sql, params));
  }
}
