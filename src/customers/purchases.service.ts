import { Injectable } from '@nestjs/common';
import { Database } from '../platform/index.js';

/** An order of a customer, and what was paid for it and not given back, in minor units. */
export interface Purchase {
  orderId: string;
  userId: string;
  number: string;
  currency: string;
  amount: number;
  placedAt: Date;
}

const RECORD = `
  INSERT INTO customers.purchases AS p (order_id, user_id, number, currency, amount, placed_at)
  SELECT "orderId", "userId", number, currency, amount, "placedAt"
  FROM jsonb_to_recordset($1::jsonb) AS r ("orderId" uuid, "userId" uuid, number text, currency text, amount bigint,
    "placedAt" timestamptz)
  ORDER BY 1
  ON CONFLICT (order_id) DO UPDATE
    SET user_id = excluded.user_id, amount = excluded.amount, updated_at = now()
    WHERE (p.user_id, p.amount) IS DISTINCT FROM (excluded.user_id, excluded.amount)`;

/** What customers have bought, as far as the back office wants to see it beside them. */
@Injectable()
export class Purchases {
  constructor(private readonly database: Database) {}

  /** As they are now; repeating it changes nothing. One statement. */
  async record(purchases: Purchase[]): Promise<void> {
    if (purchases.length > 0) await this.database.query(RECORD, [JSON.stringify(purchases)]);
  }
}
