import { Injectable } from '@nestjs/common';
import { EmailVerified, UsersService } from '../auth/index.js';
import { type Purchase, Purchases } from '../customers/index.js';
import { PaymentCaptured, PaymentRefunded, Payments } from '../payments/index.js';
import { Database, isUuid, On, OnBatch } from '../platform/index.js';
import { OrderPlaced } from './orders.events.js';

const JOIN_ALL = `
  UPDATE orders.orders SET user_id = $1, version = version + 1, updated_at = now()
  WHERE user_id IS NULL AND id IN (
    SELECT id FROM orders.orders WHERE user_id IS NULL AND lower(email) = $2 AND placed_at IS NOT NULL
      AND ($3::timestamptz IS NULL OR created_at >= $3)
    ORDER BY id FOR NO KEY UPDATE
  ) RETURNING id`;

const JOIN_ONE = `
  UPDATE orders.orders SET user_id = $1, version = version + 1, updated_at = now()
  WHERE id = $2 AND user_id IS NULL AND ($3::timestamptz IS NULL OR created_at >= $3)`;

/** In the order of their ids, as everybody locks orders. */
const OWNED = `
  SELECT id AS "orderId", user_id AS "userId", number, currency, placed_at AS "placedAt" FROM orders.orders
  WHERE id = ANY ($1) AND user_id IS NOT NULL AND placed_at IS NOT NULL ORDER BY id FOR NO KEY UPDATE`;

/**
 * Orders find their customers. What a guest ordered belongs to the account with that address once the account has shown
 * that the address is its own, whichever of the two came first; never before, and never what somebody ordered who had the
 * address earlier. Customers learn what was paid for them.
 */
@Injectable()
export class CustomersOrdersListener {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly payments: Payments,
    private readonly purchases: Purchases,
  ) {}

  @On(EmailVerified)
  async verified({ userId }: EmailVerified): Promise<void> {
    const address = await this.users.verifiedAddressOf(userId);
    if (!address) return;
    const joined = await this.database.query<{ id: string }>(JOIN_ALL, [userId, address.email, address.since]);
    await this.report(joined.map(({ id }) => id));
  }

  @On(OrderPlaced)
  async placed({ orderId }: OrderPlaced): Promise<void> {
    const [guest] = await this.database.query<{ email: string }>(
      'SELECT email FROM orders.orders WHERE id = $1 AND user_id IS NULL',
      [orderId],
    );
    const owner = guest && (await this.users.verifiedOwnerOf(guest.email));
    const address = owner && (await this.users.verifiedAddressOf(owner));
    if (address) await this.database.query(JOIN_ONE, [owner, orderId, address.since]);
    await this.report([orderId]);
  }

  @OnBatch(PaymentCaptured)
  async captured(events: PaymentCaptured[]): Promise<void> {
    await this.report(events.map(({ reference }) => reference));
  }

  @OnBatch(PaymentRefunded)
  async refunded(events: PaymentRefunded[]): Promise<void> {
    await this.report(events.map(({ reference }) => reference));
  }

  /** What was paid is read while the orders are locked: of two reports at once, the later one says what is. */
  async report(references: string[]): Promise<void> {
    const ids = [...new Set(references)].filter(isUuid);
    if (ids.length === 0) return;
    await this.database.transaction(async () => {
      const owned = await this.database.query<Omit<Purchase, 'amount'>>(OWNED, [ids]);
      const payments = await this.payments.allFor(owned.map(({ orderId }) => orderId));
      await this.purchases.record(
        owned.map((order) => {
          const paid = (payments.get(order.orderId) ?? []).map(({ captured, refunded }) => captured - refunded);
          return { ...order, amount: paid.reduce((sum, amount) => sum + amount, 0) };
        }),
      );
    });
  }
}
