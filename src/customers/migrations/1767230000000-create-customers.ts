import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCustomers1767230000000 implements MigrationInterface {
  name = 'CreateCustomers1767230000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA customers;

      -- One row for each account that has told something: its lock is what changes of one customer queue up behind.
      CREATE TABLE customers.customers (
        user_id uuid NOT NULL CONSTRAINT pk_customers PRIMARY KEY,
        language text,
        currency text,
        notifications jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );

      CREATE TABLE customers.addresses (
        id uuid NOT NULL CONSTRAINT pk_addresses PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_addresses_customer REFERENCES customers.customers,
        name text NOT NULL,
        line1 text NOT NULL,
        line2 text,
        city text NOT NULL,
        region text,
        postal_code text,
        country text NOT NULL,
        phone text,
        default_shipping boolean NOT NULL DEFAULT false,
        default_billing boolean NOT NULL DEFAULT false,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT ck_addresses_country CHECK (country ~ '^[A-Z]{2}$')
      );
      CREATE INDEX ix_addresses_user ON customers.addresses (user_id, id);
      CREATE UNIQUE INDEX uq_addresses_default_shipping ON customers.addresses (user_id) WHERE default_shipping;
      CREATE UNIQUE INDEX uq_addresses_default_billing ON customers.addresses (user_id) WHERE default_billing;

      -- Every yes and no to marketing, so that a consent can be proven (GDPR art. 7 (1)). The newest is what holds.
      CREATE TABLE customers.consents (
        id uuid NOT NULL CONSTRAINT pk_consents PRIMARY KEY,
        user_id uuid NOT NULL CONSTRAINT fk_consents_customer REFERENCES customers.customers,
        marketing boolean NOT NULL,
        source text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX ix_consents_user ON customers.consents (user_id, id DESC);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA customers CASCADE');
  }
}
