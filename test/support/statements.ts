import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { SET_UP } from '#src/platform/database/data-source-options.js';
import { currentRequestId } from '#src/platform/http/request-context.js';

/** A statement as the application sends it. */
export interface Statement {
  text: string;
  values: unknown[];
}

const called = new AsyncLocalStorage<true>();

/**
 * The SQL statements that an application in this process sends while `fn` runs: those of requests and those of what `fn` calls,
 * not those of work in the background, such as relaying events.
 */
export async function statementsOf(fn: () => Promise<unknown>): Promise<Statement[]> {
  const seen: Statement[] = [];
  const original = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  const spy = function (this: pg.Client, ...args: unknown[]): unknown {
    const [query, given] = args as [string | { text?: string; values?: unknown } | undefined, unknown];
    const { text, values } = typeof query === 'string' ? { text: query, values: given } : { ...query };
    const { application_name: name } = (this as unknown as { connectionParameters: { application_name?: string } })
      .connectionParameters;
    // NOTIFY travels on a connection of its own, after the answer; another connection is not opened for each request.
    if (text && name === 'galley' && text !== SET_UP && (called.getStore() || currentRequestId() !== undefined)) {
      seen.push({ text, values: Array.isArray(values) ? values : [] });
    }
    return original.apply(this, args);
  };
  pg.Client.prototype.query = spy as typeof pg.Client.prototype.query;
  try {
    await called.run(true, fn);
  } finally {
    pg.Client.prototype.query = original as typeof pg.Client.prototype.query;
  }
  return seen;
}
