/**
 * The chart of accounts. `receivable:<provider>` is what a provider has collected for us, an asset; `payments_received`
 * is what payers have given and got back, kept on the credit side. An authorisation is a promise, not money: no entry.
 */
export const PAYMENTS_RECEIVED = 'payments_received';
export const receivable = (provider: string): string => `receivable:${provider}`;

/**
 * Statements for WITH that post to the ledger what the rows of `source` say: `transaction_id, kind, payment_id,
 * operation_id, reference, provider, currency, amount`, with the amount positive when money comes in and negative when
 * it goes back. Being part of the statement that changes the payment, they cannot happen without it or twice.
 */
export function postingsOf(source: string): string {
  return `
    posted AS (
      INSERT INTO payments.ledger_transactions (id, kind, payment_id, operation_id, reference)
      SELECT transaction_id, kind, payment_id, operation_id, reference FROM ${source}
    ), entered AS (
      INSERT INTO payments.ledger_entries (transaction_id, line, account, currency, amount)
      SELECT transaction_id, line, account, currency, amount * sign
      FROM ${source}, LATERAL (VALUES (1, 'receivable:' || provider, 1), (2, '${PAYMENTS_RECEIVED}', -1)) AS side (line, account, sign)
    )`;
}
