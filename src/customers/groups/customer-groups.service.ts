import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuditLog } from '../../auth/index.js';
import { type Caller, Database, NotFoundProblem, Notifications, Stale, Transactional } from '../../platform/index.js';

const CHANNEL = 'galley_customer_groups';
/** Milliseconds that groups are believed unasked, should a notice get lost. */
const BELIEVED_MS = 30_000;

const CHANGE = `
  WITH before AS (
    SELECT user_id, groups FROM customers.customers
    WHERE user_id = $1 AND version = $2::bigint AND email IS NOT NULL FOR UPDATE
  )
  UPDATE customers.customers c SET groups = $3, version = version + 1, updated_at = now()
  FROM before WHERE c.user_id = before.user_id AND before.groups <> $3::text[]
  RETURNING before.groups`;

/**
 * Which groups customers belong to: staff say so, prices ask. Every cart of a shopper asks and groups change rarely, so
 * they are remembered for a short time and forgotten in every process when one changes.
 */
@Injectable()
export class CustomerGroups {
  private readonly known = new LRUCache<string, Promise<string[]>>({ max: 10_000, ttl: BELIEVED_MS });

  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    notifications: Notifications,
  ) {
    notifications.listen(CHANNEL, () => this.known.clear());
    notifications.onReconnect(() => this.known.clear());
  }

  /** What is being loaded is forgotten with the rest: who comes after a change never meets what was read before it. */
  of(userId: string): Promise<string[]> {
    const known = this.known.get(userId);
    if (known) return known;
    const loading = this.load(userId);
    this.known.set(userId, loading);
    loading.catch(() => this.known.delete(userId));
    return loading;
  }

  /** These and no others. @throws {NotFoundProblem} {Stale} */
  @Transactional()
  async change(id: string, version: number, groups: string[], caller: Caller): Promise<void> {
    const wanted = [...new Set(groups)].sort();
    const [changed] = await this.database.query<{ groups: string[] }>(CHANGE, [id, version, wanted]);
    if (!changed) return this.demandVersion(id, version);
    await this.database.query('SELECT pg_notify($1, $2)', [CHANNEL, '']);
    this.database.afterCommit(() => this.known.clear());
    const on = { type: 'customer', id };
    await this.audit.record('customer.grouped', { by: caller, on, before: changed, after: { groups: wanted } });
  }

  /** Nothing was changed: because it is so already, or because somebody was faster. */
  private async demandVersion(id: string, version: number): Promise<void> {
    const [row] = await this.database.query<{ version: number }>(
      'SELECT version FROM customers.customers WHERE user_id = $1 AND email IS NOT NULL',
      [id],
    );
    if (!row) throw new NotFoundProblem('Customer', id);
    if (row.version !== version) throw new Stale(row.version);
  }

  private async load(userId: string): Promise<string[]> {
    const [row] = await this.database.query<{ groups: string[] }>(
      'SELECT groups FROM customers.customers WHERE user_id = $1',
      [userId],
    );
    return row?.groups ?? [];
  }
}
