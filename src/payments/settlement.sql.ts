import { postingsOf } from './ledger/posting.js';
import { PAYMENT } from './payment.entity.js';

/*
 * From which statuses an outcome leads on; elsewhere it is old news and changes nothing, however often and in whatever
 * order it comes. Money that arrives for a payment already given up (declined, failed, voided before it was
 * authorised) is real all the same: it is booked and sent back, see `cancel_requested_at`.
 */
const LEADS_ON = `
  CASE $2::text
    WHEN 'processing' THEN status = 'processing' AND provider_reference IS NULL
    WHEN 'requires_action' THEN status = 'processing'
    WHEN 'authorized' THEN authorized = 0
    WHEN 'captured' THEN authorized = 0 OR (status = 'authorized' AND capture_pending + void_pending + voided = 0)
    WHEN 'voided' THEN status IN ('processing', 'requires_action')
      OR (status = 'authorized' AND capture_pending + void_pending + voided = 0)
    ELSE status IN ('processing', 'requires_action')
  END
  AND ($9::integer IS NULL OR attempts = $9)`;

const GIVEN_UP = `status IN ('declined', 'failed', 'voided') AND $2 IN ('authorized', 'captured')`;

/**
 * $1 payment, $2 outcome, $3 provider reference, $4 failure code, $5 its message, $6 next action, $7 seconds until the
 * sweep looks after it when it is still under way, $8 id of the ledger transaction, $9 attempt that must still be the
 * latest, or null.
 */
export const SETTLE = `
  WITH settled AS (
    UPDATE payments.payments SET
      status = $2::text,
      provider_reference = coalesce($3, provider_reference),
      authorized = CASE WHEN $2 IN ('authorized', 'captured') THEN amount ELSE authorized END,
      captured = CASE WHEN $2 = 'captured' THEN amount ELSE captured END,
      voided = CASE WHEN $2 = 'voided' THEN authorized ELSE voided END,
      failure_code = $4,
      failure_message = $5,
      next_action = $6::jsonb,
      cancel_requested_at = CASE WHEN ${GIVEN_UP} THEN coalesce(cancel_requested_at, now()) ELSE cancel_requested_at END,
      due_at = CASE
        WHEN $2 IN ('processing', 'requires_action') THEN now() + make_interval(secs => $7)
        WHEN $2 IN ('authorized', 'captured') AND (cancel_requested_at IS NOT NULL OR ${GIVEN_UP}) THEN now()
      END,
      updated_at = now()
    WHERE id = $1 AND ${LEADS_ON}
    RETURNING *
  ), money AS (
    SELECT $8::uuid AS transaction_id, 'capture' AS kind, id AS payment_id, NULL::uuid AS operation_id,
           reference, provider, currency, amount
    FROM settled WHERE $2 = 'captured'
  ), ${postingsOf('money')}
  SELECT ${PAYMENT} FROM settled`;
