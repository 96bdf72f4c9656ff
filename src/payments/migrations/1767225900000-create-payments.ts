import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePayments1767225900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA payments;

      -- A domain rather than a CHECK of the table: a session reads it once, not with each statement.
      CREATE DOMAIN payments.payment_status AS text
        CONSTRAINT ck_payment_status CHECK (VALUE IN ('processing', 'requires_action', 'authorized', 'partially_captured',
          'captured', 'partially_refunded', 'refunded', 'voided', 'declined', 'failed'));

      -- The *_pending columns reserve what operations under way will take, so that no two of them take the same money.
      CREATE TABLE payments.payments (
        id uuid NOT NULL CONSTRAINT pk_payments PRIMARY KEY,
        reference text NOT NULL,
        provider text NOT NULL,
        provider_reference text,
        status payments.payment_status NOT NULL DEFAULT 'processing',
        currency text NOT NULL,
        amount bigint NOT NULL,
        capture_at_once boolean NOT NULL,
        authorized bigint NOT NULL DEFAULT 0,
        captured bigint NOT NULL DEFAULT 0,
        voided bigint NOT NULL DEFAULT 0,
        refunded bigint NOT NULL DEFAULT 0,
        capture_pending bigint NOT NULL DEFAULT 0,
        void_pending bigint NOT NULL DEFAULT 0,
        refund_pending bigint NOT NULL DEFAULT 0,
        failure_code text,
        failure_message text,
        next_action jsonb,
        cancel_requested_at timestamptz,
        -- How often somebody has set out to find what became of it; also the fencing token of whoever did so last.
        attempts integer NOT NULL DEFAULT 1,
        -- When the sweep looks after it; null: nothing is left to do.
        due_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_payments_reference CHECK (length(reference) BETWEEN 1 AND 200),
        CONSTRAINT ck_payments_currency CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_payments_amount CHECK (amount > 0),
        CONSTRAINT ck_payments_not_negative CHECK (least(authorized, captured, voided, refunded,
          capture_pending, void_pending, refund_pending) >= 0),
        CONSTRAINT ck_payments_authorized CHECK (authorized <= amount),
        CONSTRAINT ck_payments_captured CHECK (captured <= authorized),
        CONSTRAINT ck_payments_capturable CHECK (captured + capture_pending + voided + void_pending <= authorized),
        CONSTRAINT ck_payments_refunded CHECK (refunded <= captured),
        CONSTRAINT ck_payments_refundable CHECK (refunded + refund_pending <= captured)
      );
      CREATE UNIQUE INDEX uq_payments_in_flight ON payments.payments (reference)
        WHERE status IN ('processing', 'requires_action');
      CREATE UNIQUE INDEX uq_payments_provider_reference ON payments.payments (provider, provider_reference)
        WHERE provider_reference IS NOT NULL;
      CREATE INDEX ix_payments_reference ON payments.payments (reference, id);
      CREATE INDEX ix_payments_status ON payments.payments (status, id);
      CREATE INDEX ix_payments_due_at ON payments.payments (due_at) WHERE due_at IS NOT NULL;

      -- One attempt to capture, refund or void. Its id is the idempotency key that the provider gets.
      CREATE TABLE payments.operations (
        id uuid NOT NULL CONSTRAINT pk_operations PRIMARY KEY,
        payment_id uuid NOT NULL CONSTRAINT fk_operations_payment REFERENCES payments.payments (id),
        kind text NOT NULL,
        amount bigint NOT NULL,
        reason text,
        status text NOT NULL DEFAULT 'processing',
        provider_reference text,
        failure_code text,
        failure_message text,
        requested_by text,
        attempts integer NOT NULL DEFAULT 1,
        due_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_operations_kind CHECK (kind IN ('capture', 'refund', 'void')),
        CONSTRAINT ck_operations_amount CHECK (amount > 0),
        CONSTRAINT ck_operations_status CHECK (status IN ('processing', 'succeeded', 'failed')),
        CONSTRAINT ck_operations_due_at CHECK ((status = 'processing') = (due_at IS NOT NULL))
      );
      CREATE INDEX ix_operations_payment_id ON payments.operations (payment_id, id);
      CREATE UNIQUE INDEX uq_operations_void_open ON payments.operations (payment_id)
        WHERE kind = 'void' AND status = 'processing';
      CREATE INDEX ix_operations_due_at ON payments.operations (due_at) WHERE due_at IS NOT NULL;

      -- What providers told us. The key makes each of their events count once.
      CREATE TABLE payments.inbox (
        provider text NOT NULL,
        event_id text NOT NULL,
        payload jsonb NOT NULL,
        -- What the payload means, as it was understood when its signature was checked.
        notice jsonb NOT NULL,
        attempts integer NOT NULL DEFAULT 1,
        processed_at timestamptz,
        -- When an event that nothing here matched is tried again; null: never.
        due_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_inbox PRIMARY KEY (provider, event_id),
        CONSTRAINT ck_inbox_event_id CHECK (length(event_id) BETWEEN 1 AND 255)
      );
      CREATE INDEX ix_inbox_due_at ON payments.inbox (due_at) WHERE due_at IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA payments CASCADE');
  }
}
