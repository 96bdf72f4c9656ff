import { newId } from '../../platform/index.js';
import type { OperationKind, OperationOutcome, ProviderOutcome } from '../providers/payment-provider.js';
import { reasonOf } from './sandbox-tokens.js';

export type ChargeStatus = 'requires_action' | 'authorized' | 'captured' | 'declined' | 'voided';

/** A charge as the sandbox keeps it. */
export interface Charge {
  id: string;
  idempotencyKey: string;
  token: string;
  currency: string;
  amount: number;
  captureAtOnce: boolean;
  status: ChargeStatus;
  captured: number;
  voided: number;
  refunded: number;
  failureCode: string | null;
  returnUrl: string | null;
}

export const CHARGE = `id, idempotency_key AS "idempotencyKey", token, currency, amount, capture_at_once AS "captureAtOnce",
  status, captured, voided, refunded, failure_code AS "failureCode", return_url AS "returnUrl"`;

const PREFIX = 'sbx_';
export const referenceOf = (chargeId: string): string => `${PREFIX}${chargeId}`;
export const chargeIdOf = (reference: string): string => reference.slice(PREFIX.length);

/** What the sandbox's own API would answer about a charge. */
export function outcomeOf(charge: Pick<Charge, 'id' | 'status' | 'failureCode'>, actionUrl: string): ProviderOutcome {
  const { status } = charge;
  const providerReference = referenceOf(charge.id);
  if (status === 'requires_action') {
    return { status, providerReference, nextAction: { type: 'redirect', url: `${actionUrl}/${charge.id}` } };
  }
  if (status !== 'declined') return { status, providerReference };
  const code = charge.failureCode ?? 'card_declined';
  return { status, providerReference, code, message: reasonOf(code) };
}

export function operationOutcomeOf({ id, failureCode }: { id: string; failureCode: string | null }): OperationOutcome {
  if (failureCode === null) return { status: 'succeeded', providerReference: referenceOf(id) };
  return { status: 'failed', code: failureCode, message: reasonOf(failureCode) };
}

/** A webhook body, in the shape that Standard Webhooks recommends. */
export interface SandboxEvent {
  type: string;
  timestamp: string;
  data:
    | { object: 'charge'; id: string; key: string; status: ChargeStatus | 'processing'; failureCode: string | null }
    | { object: 'operation'; id: string; key: string; kind: OperationKind; failureCode: string | null };
}

export interface WebhookRow {
  id: string;
  eventId: string;
  payload: SandboxEvent;
}

type Told = Pick<Charge, 'id' | 'idempotencyKey' | 'status' | 'failureCode' | 'captureAtOnce'>;

/** The webhooks that tell of a charge's new status; `repeated`: twice, and what was before comes last. */
export function webhooksOf(charge: Told, repeated = false): WebhookRow[] {
  const now = webhookRow(chargeEvent(charge, charge.status));
  if (!repeated) return [now];
  const before = charge.status === 'captured' ? 'authorized' : 'processing';
  return [now, { ...now, id: newId() }, webhookRow(chargeEvent(charge, before))];
}

export function operationWebhook(id: string, key: string, kind: OperationKind, failureCode: string | null): WebhookRow {
  const type = `${kind}.${failureCode === null ? 'succeeded' : 'failed'}`;
  return webhookRow({ type, timestamp: now(), data: { object: 'operation', id, key, kind, failureCode } });
}

function chargeEvent(
  { id, idempotencyKey: key, failureCode }: Told,
  status: ChargeStatus | 'processing',
): SandboxEvent {
  return { type: `charge.${status}`, timestamp: now(), data: { object: 'charge', id, key, status, failureCode } };
}

const now = (): string => new Date().toISOString();
const webhookRow = (payload: SandboxEvent): WebhookRow => ({ id: newId(), eventId: `evt_${newId()}`, payload });
