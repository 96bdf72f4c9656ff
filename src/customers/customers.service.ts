import { Injectable } from '@nestjs/common';
import { type Caller, Database, NotSignedIn } from '../platform/index.js';

/** The customer that an account is: there from the first thing that it tells. */
@Injectable()
export class Customers {
  constructor(private readonly database: Database) {}

  /** Makes whatever else would change this customer wait until the open transaction has ended. Gives the id of the account. */
  async lock({ userId }: Caller): Promise<string> {
    if (userId === null) throw new NotSignedIn();
    await this.database.query(
      `INSERT INTO customers.customers AS c (user_id) VALUES ($1)
       ON CONFLICT (user_id) DO UPDATE SET updated_at = now()`,
      [userId],
    );
    return userId;
  }
}
