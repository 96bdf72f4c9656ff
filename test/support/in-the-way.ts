import { expect } from 'vitest';
import type { TestApp } from './app.js';

interface InTheWay {
  sql: string;
  params?: unknown[];
  waiting: number;
  /** What is done while they wait. */
  meanwhile?: () => Promise<unknown>;
}

/** Keeps a transaction open in which `sql` has run, until as many statements of the requests wait for its locks. */
export async function inTheWayOf<T>(
  app: TestApp,
  { sql, params = [], waiting, meanwhile }: InTheWay,
  requests: () => Promise<T>,
): Promise<T> {
  const client = await app.db.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(sql, params);
    const answers = requests();
    const blocked = async () => {
      const [row] = await app.db.query<{ count: number }>(
        `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return row?.count;
    };
    await expect.poll(blocked, { interval: 5, timeout: 10_000 }).toBe(waiting);
    await meanwhile?.();
    await client.query('COMMIT');
    return await answers;
  } finally {
    client.release(true);
  }
}
