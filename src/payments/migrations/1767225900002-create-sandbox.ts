import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The sandbox plays a payment provider. These tables are that provider's own and no other code reads them. */
export class CreateSandbox1767225900002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE DOMAIN payments.sandbox_charge_status AS text
        CONSTRAINT ck_sandbox_charge_status CHECK (VALUE IN ('requires_action', 'authorized', 'captured', 'declined', 'voided'));

      CREATE TABLE payments.sandbox_charges (
        id uuid NOT NULL CONSTRAINT pk_sandbox_charges PRIMARY KEY,
        idempotency_key text NOT NULL CONSTRAINT uq_sandbox_charges_idempotency_key UNIQUE,
        reference text NOT NULL,
        token text NOT NULL,
        currency text NOT NULL,
        amount bigint NOT NULL,
        capture_at_once boolean NOT NULL,
        status payments.sandbox_charge_status NOT NULL,
        captured bigint NOT NULL DEFAULT 0,
        voided bigint NOT NULL DEFAULT 0,
        refunded bigint NOT NULL DEFAULT 0,
        failure_code text,
        return_url text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_sandbox_charges_amount CHECK (amount > 0),
        CONSTRAINT ck_sandbox_charges_captured CHECK (captured + voided <= amount AND refunded <= captured)
      );

      CREATE TABLE payments.sandbox_operations (
        id uuid NOT NULL CONSTRAINT pk_sandbox_operations PRIMARY KEY,
        idempotency_key text NOT NULL CONSTRAINT uq_sandbox_operations_idempotency_key UNIQUE,
        charge_id uuid NOT NULL CONSTRAINT fk_sandbox_operations_charge REFERENCES payments.sandbox_charges (id),
        kind text NOT NULL,
        amount bigint NOT NULL,
        failure_code text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_sandbox_operations_kind CHECK (kind IN ('capture', 'refund', 'void')),
        CONSTRAINT ck_sandbox_operations_amount CHECK (amount > 0)
      );
      CREATE INDEX ix_sandbox_operations_charge_id ON payments.sandbox_operations (charge_id);

      -- Webhooks to deliver. One event may have several rows: providers do send the same event twice.
      CREATE TABLE payments.sandbox_webhooks (
        id uuid NOT NULL CONSTRAINT pk_sandbox_webhooks PRIMARY KEY,
        event_id text NOT NULL,
        payload jsonb NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz DEFAULT now(),
        delivered_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX ix_sandbox_webhooks_due_at ON payments.sandbox_webhooks (due_at, id) WHERE due_at IS NOT NULL;

      CREATE TABLE payments.sandbox_secret (
        only_one boolean NOT NULL DEFAULT true CONSTRAINT pk_sandbox_secret PRIMARY KEY,
        webhook_secret text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_sandbox_secret_only_one CHECK (only_one)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE payments.sandbox_secret, payments.sandbox_webhooks, payments.sandbox_operations, payments.sandbox_charges;
    `);
  }
}
