import { Injectable } from '@nestjs/common';
import { UsersService, withDnsDomain } from '../auth/index.js';
import { Database, Every } from '../platform/index.js';
import { CustomersOrdersListener } from './customers.listener.js';

const BATCH = 500;

const TAKE = `SELECT after FROM orders.passes WHERE name = 'join-earlier' AND done_at IS NULL FOR UPDATE SKIP LOCKED`;

const NEXT = `
  SELECT id, user_id AS "userId", email FROM orders.orders WHERE id > $1 ORDER BY id LIMIT ${BATCH}`;

// Accounts are held before orders are locked, here and where they are erased. What has changed meanwhile stays.
const WRITE = `
  WITH given AS (
    SELECT id, "userId", email, typed
    FROM jsonb_to_recordset($1::jsonb) AS g (id uuid, "userId" uuid, email text, typed text)
  ), locked AS (
    SELECT id FROM orders.orders WHERE id IN (SELECT id FROM given) ORDER BY id FOR NO KEY UPDATE
  )
  UPDATE orders.orders o SET user_id = coalesce(o.user_id, given."userId"), email = given.email,
    version = version + 1, updated_at = now()
  FROM locked JOIN given USING (id) WHERE o.id = locked.id AND o.email = given.typed`;

const MOVE_ON = `
  UPDATE orders.passes SET after = coalesce($1, after), done_at = CASE WHEN $1::uuid IS NULL THEN now() END, updated_at = now()
  WHERE name = 'join-earlier'`;

/**
 * Orders from before customers were told of them: they find their accounts, and are counted. Some at a time, going on
 * where a process has stopped. Afterwards it finds nothing to do.
 */
@Injectable()
export class EarlierOrders {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly customers: CustomersOrdersListener,
  ) {}

  @Every('* * * * *', 'orders.join-earlier')
  async join(): Promise<void> {
    while (await this.database.transaction(() => this.joinSome()));
  }

  /** False when there is nothing left, or somebody else is at it. */
  private async joinSome(): Promise<boolean> {
    const [pass] = await this.database.query<{ after: string }>(TAKE);
    if (!pass) return false;
    const orders = await this.database.query<{ id: string; userId: string | null; email: string }>(NEXT, [pass.after]);
    const guests = orders.filter(({ userId }) => userId === null).map(({ email }) => withDnsDomain(email));
    const owners = await this.users.verifiedOwnersOf(guests);
    const found = orders.map(({ id, userId, email: typed }) => {
      const email = withDnsDomain(typed);
      return { id, userId: userId ?? owners.get(email.toLowerCase()) ?? null, email, typed };
    });
    const changed = found.filter(({ userId, email, typed }, at) => userId !== orders[at]?.userId || email !== typed);
    if (changed.length > 0) await this.database.query(WRITE, [JSON.stringify(changed)]);
    await this.customers.report(orders.map(({ id }) => id));
    await this.database.query(MOVE_ON, [orders.at(-1)?.id ?? null]);
    return orders.length > 0;
  }
}
