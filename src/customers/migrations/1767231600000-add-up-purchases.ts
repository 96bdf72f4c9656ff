import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each customer has spent is added up as purchases are recorded, so that customers can be listed by it. */
export class AddUpPurchases1767231600000 implements MigrationInterface {
  name = 'AddUpPurchases1767231600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(TRIGGERS);
    // Those who have recorded purchases have ended, and those who will record them meet the triggers.
    await runner.query(`
      INSERT INTO customers.spending (user_id, currency, amount, orders)
      SELECT user_id, currency, sum(amount), count(*) FROM customers.purchases GROUP BY user_id, currency`);
    await runner.query('ANALYZE customers.spending');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER tr_purchases_added ON customers.purchases;
      DROP TRIGGER tr_purchases_changed ON customers.purchases;
      DROP TRIGGER tr_purchases_removed ON customers.purchases;
      DROP FUNCTION customers.add_up_purchases();
      DROP TABLE customers.spending;
    `);
  }
}

const TABLE = `
  CREATE TABLE customers.spending (
    user_id uuid NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    orders bigint NOT NULL,
    CONSTRAINT pk_spending PRIMARY KEY (user_id, currency)
  );
  CREATE INDEX ix_spending_amount ON customers.spending (currency, amount, user_id);
  COMMENT ON TABLE customers.spending IS 'Sums of customers.purchases; kept by its triggers.';
`;

// Differences, not sums: two that record for the same customer at once do not see each other's purchases, and the second
// adds to what the first has left. Rows are locked in one order.
const ADD = (differences: string): string => `
  INSERT INTO customers.spending AS s (user_id, currency, amount, orders)
  SELECT user_id, currency, sum(amount), sum(orders) FROM (${differences}) AS d
  GROUP BY user_id, currency HAVING sum(amount) <> 0 OR sum(orders) <> 0 ORDER BY user_id, currency
  ON CONFLICT (user_id, currency) DO UPDATE SET amount = s.amount + excluded.amount, orders = s.orders + excluded.orders;`;

const MORE = 'SELECT user_id, currency, amount, 1 AS orders FROM after';
const LESS = 'SELECT user_id, currency, -amount AS amount, -1 AS orders FROM before';
const FORGET = `
  DELETE FROM customers.spending s USING before b
  WHERE s.user_id = b.user_id AND s.currency = b.currency AND s.orders = 0;`;

const TRIGGERS = `
  CREATE FUNCTION customers.add_up_purchases() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    CASE TG_OP
      WHEN 'INSERT' THEN ${ADD(MORE)}
      WHEN 'UPDATE' THEN ${ADD(`${MORE} UNION ALL ${LESS}`)} ${FORGET}
      WHEN 'DELETE' THEN ${ADD(LESS)} ${FORGET}
    END CASE;
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER tr_purchases_added AFTER INSERT ON customers.purchases
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION customers.add_up_purchases();
  CREATE TRIGGER tr_purchases_changed AFTER UPDATE ON customers.purchases
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION customers.add_up_purchases();
  CREATE TRIGGER tr_purchases_removed AFTER DELETE ON customers.purchases
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION customers.add_up_purchases();
`;
