import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePurchases1767230000001 implements MigrationInterface {
  name = 'CreatePurchases1767230000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- As auth says it, for search: followed by its events.
      ALTER TABLE customers.customers
        ADD COLUMN email text,
        ADD COLUMN name text,
        ADD COLUMN registered_at timestamptz(3),
        ADD COLUMN search text GENERATED ALWAYS AS (lower(coalesce(name, '') || ' ' || coalesce(email, ''))) STORED;
      CREATE INDEX ix_customers_search ON customers.customers USING gin (search gin_trgm_ops);
      INSERT INTO customers.customers (user_id, email, name, registered_at)
        SELECT id, email, name, created_at FROM auth.users
        ON CONFLICT (user_id) DO UPDATE
          SET email = excluded.email, name = excluded.name, registered_at = excluded.registered_at;

      -- Orders of customers, as orders reports them: what was paid for each and not given back.
      CREATE TABLE customers.purchases (
        order_id uuid NOT NULL CONSTRAINT pk_purchases PRIMARY KEY,
        user_id uuid NOT NULL,
        number text NOT NULL,
        currency text NOT NULL,
        amount bigint NOT NULL,
        placed_at timestamptz(3) NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT ck_purchases_amount CHECK (amount >= 0)
      );
      CREATE INDEX ix_purchases_user ON customers.purchases (user_id, placed_at DESC);
      CREATE INDEX ix_purchases_number ON customers.purchases (number);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE customers.purchases;
      ALTER TABLE customers.customers DROP COLUMN search, DROP COLUMN email, DROP COLUMN name, DROP COLUMN registered_at;
    `);
  }
}
