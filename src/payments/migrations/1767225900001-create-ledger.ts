import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLedger1767225900001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payments.ledger_transactions (
        id uuid NOT NULL CONSTRAINT pk_ledger_transactions PRIMARY KEY,
        kind text NOT NULL,
        payment_id uuid NOT NULL CONSTRAINT fk_ledger_transactions_payment REFERENCES payments.payments (id),
        operation_id uuid CONSTRAINT fk_ledger_transactions_operation REFERENCES payments.operations (id),
        reference text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ck_ledger_transactions_kind CHECK (kind IN ('capture', 'refund')),
        -- Whatever moved money moved it once: an operation, or the authorization that captured at once.
        CONSTRAINT uq_ledger_transactions_cause UNIQUE NULLS NOT DISTINCT (payment_id, operation_id)
      );

      CREATE INDEX ix_ledger_transactions_reference ON payments.ledger_transactions (reference, id);

      -- Debits are positive, credits negative.
      CREATE TABLE payments.ledger_entries (
        transaction_id uuid NOT NULL
          CONSTRAINT fk_ledger_entries_transaction REFERENCES payments.ledger_transactions (id),
        line smallint NOT NULL,
        account text NOT NULL,
        currency text NOT NULL,
        amount bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_ledger_entries PRIMARY KEY (transaction_id, line),
        CONSTRAINT ck_ledger_entries_line CHECK (line > 0),
        CONSTRAINT ck_ledger_entries_account CHECK (length(account) BETWEEN 1 AND 100),
        CONSTRAINT ck_ledger_entries_currency CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_ledger_entries_amount CHECK (amount <> 0)
      );
      CREATE INDEX ix_ledger_entries_account ON payments.ledger_entries (account, currency, transaction_id, line)
        INCLUDE (amount);

      -- Looked at when the transaction commits, so that its entries may come in any order and number.
      CREATE FUNCTION payments.must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        concerned uuid;
        wrong record;
      BEGIN
        IF TG_TABLE_NAME = 'ledger_entries' THEN
          concerned := NEW.transaction_id;
        ELSE
          concerned := NEW.id;
        END IF;
        SELECT currency, sum(amount) AS total INTO wrong FROM payments.ledger_entries
          WHERE transaction_id = concerned GROUP BY currency HAVING sum(amount) <> 0 LIMIT 1;
        IF FOUND THEN
          RAISE EXCEPTION 'ledger transaction % is out of balance by % %', concerned, wrong.total, wrong.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
        END IF;
        IF NOT EXISTS (SELECT FROM payments.ledger_entries WHERE transaction_id = concerned) THEN
          RAISE EXCEPTION 'ledger transaction % has no entries', concerned
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER ck_ledger_entries_balance AFTER INSERT ON payments.ledger_entries
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments.must_balance();
      CREATE CONSTRAINT TRIGGER ck_ledger_transactions_balance AFTER INSERT ON payments.ledger_transactions
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments.must_balance();

      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments.ledger_transactions
        FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
      CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.ledger_transactions
        FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments.ledger_entries
        FOR EACH ROW EXECUTE FUNCTION platform.refuse_change();
      CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.ledger_entries
        FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
      REVOKE UPDATE, DELETE, TRUNCATE ON payments.ledger_entries, payments.ledger_transactions FROM CURRENT_USER;
      -- Foreign keys lock the row they point to, which PostgreSQL allows only to a role that may update some column.
      GRANT UPDATE (id) ON payments.ledger_transactions TO CURRENT_USER;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE payments.ledger_entries;
      DROP TABLE payments.ledger_transactions;
      DROP FUNCTION payments.must_balance;
    `);
  }
}
