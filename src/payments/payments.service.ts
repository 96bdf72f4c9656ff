import { Injectable } from '@nestjs/common';
import { Database, Jobs, type MoneyJson, newId, Transactional } from '../platform/index.js';
import { PAYMENT, Payment } from './payment.entity.js';
import { PaymentInFlight, PaymentOutcomeUnknown } from './payments.errors.js';
import { PaymentsSettings } from './payments.settings.js';
import { ProviderFailed, type ProviderOutcome } from './providers/payment-provider.js';
import { PaymentProviders } from './providers/providers.service.js';
import { type Settled, Settlement } from './settlement.service.js';

export interface BeginPayment {
  /** What the payment is for, in the caller's own words: an order's id. */
  reference: string;
  provider: string;
  amount: MoneyJson;
  /** Take the money at once; by default as GALLEY_CAPTURE says. */
  capture?: boolean;
}

export interface PerformPayment {
  /** The payer's means of payment. Single-use and worthless elsewhere, yet never stored: a retry brings it again. */
  token: string;
  /** An earlier attempt may have reached the provider: ask what became of it first. */
  resume?: boolean;
  /** Where the payer goes after acting. */
  returnUrl?: string;
}

/** Payments in three steps: `begin` saves the intent, `perform` asks the provider, `settle` saves the answer. */
@Injectable()
export class Payments {
  constructor(
    private readonly database: Database,
    private readonly providers: PaymentProviders,
    private readonly settlement: Settlement,
    private readonly settings: PaymentsSettings,
    private readonly jobs: Jobs,
  ) {}

  /**
   * Step one, in the caller's transaction: one INSERT.
   * @throws {PaymentInFlight} when another payment for the reference has not come to an end.
   * @throws {UnknownPaymentProvider}
   */
  async begin({ reference, provider, amount, capture }: BeginPayment): Promise<Payment> {
    const { name } = this.providers.get(provider);
    const [row] = await this.database.query(
      `INSERT INTO payments.payments (id, reference, provider, currency, amount, capture_at_once, due_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
       ON CONFLICT (reference) WHERE status IN ('processing', 'requires_action') DO NOTHING
       RETURNING ${PAYMENT}`,
      [
        newId(),
        reference,
        name,
        amount.currency,
        amount.amount,
        capture ?? this.settings.capture === 'automatic',
        this.settings.lease,
      ],
    );
    if (!row) throw new PaymentInFlight(reference);
    return Payment.fromRow(row);
  }

  /** @throws {UnknownPaymentProvider} */
  demandProvider(name: string): void {
    this.providers.get(name);
  }

  /**
   * For the retry of a request that died after `begin`, in its first transaction: one UPDATE. Makes the sweep and any
   * earlier attempt stand back. The payment's status says whether there is anything left to perform.
   */
  async takeOver(paymentId: string): Promise<Payment | null> {
    const [row] = await this.database.query(
      `UPDATE payments.payments SET
         attempts = CASE WHEN status = 'processing' THEN attempts + 1 ELSE attempts END,
         due_at = CASE WHEN status = 'processing' THEN now() + make_interval(secs => $2) ELSE due_at END
       WHERE id = $1 RETURNING ${PAYMENT}`,
      [paymentId, this.settings.lease],
    );
    return row ? Payment.fromRow(row) : null;
  }

  /**
   * Step two, outside any transaction: asks the provider and touches no table of ours. Safe to repeat, with `resume`.
   * @throws {PaymentOutcomeUnknown} when the provider does not say: repeat later, or leave it to webhook and sweep.
   */
  async perform(payment: Payment, { token, resume = false, returnUrl }: PerformPayment): Promise<ProviderOutcome> {
    this.providers.demandOutside();
    try {
      if (resume) {
        const known = await this.lookup(payment);
        if (known) return known;
      }
      return await this.providers.call(payment.provider, (provider, signal) =>
        provider.authorize(
          {
            idempotencyKey: payment.id,
            amount: payment.money(payment.amount),
            token,
            reference: payment.reference,
            capture: payment.captureAtOnce,
            ...(returnUrl === undefined ? {} : { returnUrl }),
          },
          signal,
        ),
      );
    } catch (error) {
      if (error instanceof ProviderFailed) return this.afterFailure(payment, error);
      throw new PaymentOutcomeUnknown(error);
    }
  }

  /** What became of the attempt; null when the provider has never heard of it. Outside any transaction. */
  lookup({ id, provider }: Payment): Promise<ProviderOutcome | null> {
    return this.providers.call(provider, (found, signal) => found.lookup({ idempotencyKey: id }, signal));
  }

  /**
   * Step three, in the caller's transaction: at most two statements, the second of them the event. Idempotent: when a
   * webhook was faster, `changed` is false and `payment` is as the webhook left it. Go by the payment's status.
   */
  settle(paymentId: string, outcome: ProviderOutcome): Promise<Settled> {
    return this.settlement.settle(paymentId, outcome);
  }

  /**
   * Gives back whatever the reference's payments hold or will yet come to hold: voids what is authorised, refunds what
   * is captured. In the caller's transaction it only saves the intent; a job does it, again and again until it is done.
   */
  @Transactional()
  async voidOrRefund(reference: string): Promise<void> {
    const asked = await this.database.query<{ id: string }>(
      `UPDATE payments.payments SET cancel_requested_at = now(), updated_at = now(),
         due_at = CASE WHEN status = 'processing' THEN due_at ELSE now() END
       WHERE reference = $1 AND cancel_requested_at IS NULL
         AND (status IN ('processing', 'requires_action') OR captured - refunded > 0 OR authorized - captured - voided > 0)
       RETURNING id`,
      [reference],
    );
    for (const { id } of asked) await this.jobs.enqueue('payments.give-back', { paymentId: id });
  }

  /** All payments of each reference, oldest first: one statement for many references. */
  async allFor(references: string[]): Promise<Map<string, Payment[]>> {
    const found = new Map<string, Payment[]>(references.map((reference) => [reference, []]));
    if (references.length === 0) return found;
    const rows = await this.database.query(
      `SELECT ${PAYMENT} FROM payments.payments WHERE reference = ANY ($1) ORDER BY reference, id`,
      [references],
    );
    for (const payment of rows.map(Payment.fromRow)) found.get(payment.reference)?.push(payment);
    return found;
  }

  /** The latest payment of each reference that has one: one statement for many references. */
  async latestFor(references: string[]): Promise<Map<string, Payment>> {
    const all = await this.allFor(references);
    return new Map([...all].flatMap(([reference, payments]) => payments.slice(-1).map((last) => [reference, last])));
  }

  /** The provider answered with an error: it says itself whether anything came of the attempt all the same. */
  private async afterFailure(payment: Payment, error: ProviderFailed): Promise<ProviderOutcome> {
    const known = await this.lookup(payment).catch((failed: unknown) => {
      throw new PaymentOutcomeUnknown(failed);
    });
    return known ?? { status: 'failed', providerReference: null, code: 'provider_error', message: error.message };
  }
}
