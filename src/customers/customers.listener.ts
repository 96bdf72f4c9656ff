import { Injectable } from '@nestjs/common';
import { AccountTakenOver, EmailChanged, UserRegistered, UserRenamed, UsersService } from '../auth/index.js';
import { Database, newId, On } from '../platform/index.js';

// What was changed since is the owner's.
const FORGET_DEFAULTS = `
  UPDATE customers.addresses SET default_shipping = false, default_billing = false, updated_at = now()
  WHERE user_id = $1 AND updated_at < $2 AND (default_shipping OR default_billing)`;

const FORGET_CONSENT = `
  INSERT INTO customers.consents (id, user_id, marketing, source, created_at)
  SELECT $3, user_id, false, 'account taken over', clock_timestamp() FROM (
    SELECT user_id, marketing, created_at FROM customers.consents WHERE user_id = $1
    ORDER BY created_at DESC, id DESC LIMIT 1
  ) latest WHERE marketing AND created_at < $2`;

// Whoever erases a customer means the one they were shown.
const FOLLOW = `
  UPDATE customers.customers
  SET email = $2, name = $3, registered_at = $4, updated_at = now(),
    version = version + (email IS NOT NULL AND (email, name) IS DISTINCT FROM ($2, $3))::int
  WHERE user_id = $1`;

/** Follows what accounts are called, for the search over customers. */
@Injectable()
export class CustomersListener {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
  ) {}

  @On(UserRegistered)
  async registered({ userId }: UserRegistered): Promise<void> {
    await this.follow(userId);
  }

  @On(EmailChanged)
  async emailChanged({ userId }: EmailChanged): Promise<void> {
    await this.follow(userId);
  }

  @On(UserRenamed)
  async renamed({ userId }: UserRenamed): Promise<void> {
    await this.follow(userId);
  }

  /** A parcel must not go to the address of a stranger, nor mail to somebody because a stranger agreed. */
  @On(AccountTakenOver)
  async takenOver({ userId, at }: AccountTakenOver): Promise<void> {
    await this.database.query('SELECT FROM customers.customers WHERE user_id = $1 FOR NO KEY UPDATE', [userId]);
    await this.database.query(FORGET_DEFAULTS, [userId, at]);
    await this.database.query(FORGET_CONSENT, [userId, at, newId()]);
  }

  /** As the account is now, so that events may come twice and in any order. */
  private async follow(userId: string): Promise<void> {
    await this.database.query('INSERT INTO customers.customers (user_id) VALUES ($1) ON CONFLICT DO NOTHING', [userId]);
    await this.database.query('SELECT FROM customers.customers WHERE user_id = $1 FOR NO KEY UPDATE', [userId]);
    const account = await this.users.find(userId);
    // Erased meanwhile: the row that was just made goes with it.
    if (!account) {
      await this.database.query('DELETE FROM customers.customers WHERE user_id = $1', [userId]);
      return;
    }
    await this.database.query(FOLLOW, [userId, account.email, account.name, account.createdAt]);
  }
}
