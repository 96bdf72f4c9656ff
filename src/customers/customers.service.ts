import { Injectable } from '@nestjs/common';
import { UsersService } from '../auth/index.js';
import { type Caller, Database, NotSignedIn } from '../platform/index.js';

const LOCK = `
  INSERT INTO customers.customers (user_id) VALUES ($1) ON CONFLICT (user_id) DO UPDATE SET updated_at = now()`;

/** The customer that an account is: there from the first thing that it tells. */
@Injectable()
export class Customers {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
  ) {}

  /** Makes whatever else would change this customer wait until the open transaction has ended. Gives the id of the account. */
  async lock({ userId }: Caller): Promise<string> {
    if (userId === null) throw new NotSignedIn();
    // Who waited for the lock while the account was erased must not bring anything back: read after it, in one round trip.
    const [, account] = await this.database.together([
      () => this.database.query(LOCK, [userId]),
      () => this.users.find(userId),
    ]);
    if (!account) throw new NotSignedIn();
    return userId;
  }
}
