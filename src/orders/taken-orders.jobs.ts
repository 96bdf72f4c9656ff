import { Injectable } from '@nestjs/common';
import { normaliseEmail, type StaffTime, UsersService } from '../auth/index.js';
import { Purchases } from '../customers/index.js';
import { Database, Every } from '../platform/index.js';
import { CustomersOrdersListener } from './customers.listener.js';

const BATCH = 500;

const UNDER_WAY = `SELECT after FROM orders.passes WHERE name = 'give-taken' AND done_at IS NULL`;

const NEXT = `
  SELECT id, user_id AS "userId", email, created_at AS "createdAt" FROM orders.orders
  WHERE id > $1 ORDER BY id LIMIT ${BATCH}`;

// Accounts are held before orders are locked, here and where they are erased. What has changed meanwhile stays.
const WRITE = `
  WITH given AS (
    SELECT id, "userId", owner, email
    FROM jsonb_to_recordset($1::jsonb) AS g (id uuid, "userId" uuid, owner uuid, email text)
  ), locked AS (
    SELECT id FROM orders.orders WHERE id IN (SELECT id FROM given) ORDER BY id FOR NO KEY UPDATE
  )
  UPDATE orders.orders o SET user_id = given.owner, version = version + 1, updated_at = now()
  FROM locked JOIN given USING (id) WHERE o.id = locked.id AND o.user_id = given."userId" AND o.email = given.email
  RETURNING o.id, o.user_id AS owner`;

const MOVE_ON = `UPDATE orders.passes SET after = $1, updated_at = now() WHERE name = 'give-taken'`;

// Processes of the release before may take orders for a while yet.
const END = `
  UPDATE orders.passes SET done_at = now(), updated_at = now()
  WHERE name = 'give-taken' AND created_at < now() - interval '1 hour'`;

const LET_GO = `
  UPDATE orders.orders SET user_id = NULL, version = version + 1, updated_at = now()
  WHERE id IN (
    SELECT id FROM orders.orders
    WHERE user_id = $1 AND lower(email) <> $2 AND created_at >= $3 AND ($4::timestamptz IS NULL OR created_at < $4)
    ORDER BY id FOR NO KEY UPDATE
  )`;

/**
 * Orders that staff took for others, from before these belonged to the customers: they go to the account that has shown
 * that the address is its own, else to nobody. An address that staff had before their present one looks like that of
 * somebody else; what they ordered with it is nobody's afterwards, because it may be a customer's.
 */
@Injectable()
export class TakenOrders {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly purchases: Purchases,
    private readonly customers: CustomersOrdersListener,
  ) {}

  @Every('* * * * *', 'orders.give-taken')
  async give(): Promise<void> {
    while (await this.database.transaction(() => this.giveSome()));
  }

  /** In the caller's transaction, with the account held alone: what a customer ordered is not erased with who took it. */
  async letGo(userId: string): Promise<void> {
    const [pass] = await this.database.query(UNDER_WAY);
    const time = pass && (await this.users.staffTimes([userId])).get(userId);
    if (time) await this.database.query(LET_GO, [userId, time.email, time.since, time.until]);
  }

  /** False when there is nothing left, or somebody else is at it. */
  private async giveSome(): Promise<boolean> {
    const [pass] = await this.database.query<{ after: string }>(`${UNDER_WAY} FOR UPDATE SKIP LOCKED`);
    if (!pass) return false;
    const orders = await this.database.query<{ id: string; userId: string | null; email: string; createdAt: Date }>(
      NEXT,
      [pass.after],
    );
    const last = orders.at(-1);
    if (!last) {
      await this.database.query(END);
      return false;
    }
    const times = await this.users.staffTimes(orders.flatMap(({ userId }) => userId ?? []));
    const taken = orders.filter(({ userId, email, createdAt }) => wasTaken(email, createdAt, times.get(userId ?? '')));
    if (taken.length > 0) await this.giveAll(taken);
    await this.database.query(MOVE_ON, [last.id]);
    return true;
  }

  private async giveAll(taken: { id: string; userId: string | null; email: string }[]): Promise<void> {
    const owners = await this.users.verifiedOwnersOf(taken.map(({ email }) => email));
    const given = taken.map(({ id, userId, email }) => {
      return { id, userId, email, owner: owners.get(normaliseEmail(email)) ?? null };
    });
    const written = await this.database.query<{ id: string; owner: string | null }>(WRITE, [JSON.stringify(given)]);
    await this.purchases.forget(written.flatMap(({ id, owner }) => (owner === null ? id : [])));
    await this.customers.report(written.map(({ id }) => id));
  }
}

const wasTaken = (email: string, at: Date, staff: StaffTime | undefined): boolean =>
  staff !== undefined &&
  at >= staff.since &&
  (staff.until === null || at < staff.until) &&
  normaliseEmail(email) !== staff.email;
