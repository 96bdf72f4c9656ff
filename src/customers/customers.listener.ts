import { Injectable } from '@nestjs/common';
import { EmailChanged, UserRegistered, UserRenamed, UsersService } from '../auth/index.js';
import { Database, On } from '../platform/index.js';

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
    await this.database.query(
      'UPDATE customers.customers SET email = $2, name = $3, registered_at = $4, updated_at = now() WHERE user_id = $1',
      [userId, account.email, account.name, account.createdAt],
    );
  }
}
