import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { TransactionHost } from '@nestjs-cls/transactional';
import type { Pool, QueryConfig, QueryResult } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { literal } from './literal.js';
import type { PipelinedTransactions } from './pipelined-transactions.js';

export { Transactional } from '@nestjs-cls/transactional';

/** Statements that have a name; later ones are parsed each time. */
const MOST_PREPARED = 1000;

/** The database as the current request sees it: inside a transaction, that transaction; elsewhere the pool. */
@Injectable()
export class Database {
  private readonly names = new Map<string, string>();

  constructor(
    private readonly host: TransactionHost<PipelinedTransactions>,
    @InjectDataSource() private readonly source: DataSource,
  ) {}

  get manager(): EntityManager {
    return this.host.tx?.manager ?? this.source.manager;
  }

  get inTransaction(): boolean {
    return this.host.isTransactionActive();
  }

  /** The pool itself, for what must not join a transaction: LISTEN, health, metrics. */
  get pool(): Pool {
    return (this.source.driver as unknown as { master: Pool }).master;
  }

  /**
   * One statement, prepared once per connection, so its text must not carry values.
   * Gives the rows, also for UPDATE and DELETE with RETURNING.
   */
  async query<T = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<T[]> {
    const { rows } = await this.send(this.prepared(sql, params));
    return rows as T[];
  }

  /**
   * One statement, planned for these very values, which go into its text. What is prepared has one plan for all values: a bad
   * one where some fit one row in a million and others every second. Costs the planning each time, a millisecond or so.
   */
  async planned<T = Record<string, unknown>>(sql: string, params: unknown[]): Promise<T[]> {
    return this.unprepared<T>(sql.replace(/\$(\d+)/g, (_, number) => literal(params[Number(number) - 1])));
  }

  /** For text that is made anew each time, or holds several statements (then the rows of all): nothing is kept prepared. */
  async unprepared<T = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<T[]> {
    const statement = { text: sql, ...(params.length > 0 ? { values: params } : {}) };
    const results = [(await this.send(statement)) as QueryResult | QueryResult[]];
    return results.flat().flatMap(({ rows }) => rows as T[]);
  }

  /** Runs `fn` in a transaction, or in the one that is open. */
  transaction<T>(fn: () => Promise<T>): Promise<T> {
    return this.host.withTransaction(fn);
  }

  /** Runs `fn` outside any transaction, also when called inside one: for tables that play the outside world. */
  detached<T>(fn: () => Promise<T>): Promise<T> {
    return this.host.withoutTransaction(fn);
  }

  /**
   * Runs what does not need each other's results side by side: in a transaction their statements share a round trip,
   * in the order given here. Waits for all of them, so that none goes on when another has ended the transaction.
   * @throws the first error.
   */
  async together<T extends readonly unknown[]>(calls: { [K in keyof T]: () => Promise<T[K]> }): Promise<T> {
    const answers = await Promise.allSettled(calls.map((call) => call()));
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    return answers.map((answer) => (answer as PromiseFulfilledResult<unknown>).value) as unknown as T;
  }

  /** Runs `fn` once the open transaction has committed; at once when there is none. `fn` must not throw. */
  afterCommit(fn: () => void): void {
    const { tx } = this.host;
    if (tx) tx.afterCommit.push(fn);
    else fn();
  }

  /** Sends a statement with the COMMIT of the open transaction, made up only then. When it fails, nothing is committed. */
  withCommit(statement: () => { sql: string; params: unknown[] }): void {
    const { tx } = this.host;
    if (!tx) throw new Error('There is no transaction to commit.');
    tx.lastly.push(() => {
      const { sql, params } = statement();
      return this.prepared(sql, params);
    });
  }

  private send(statement: QueryConfig): Promise<QueryResult> {
    return (this.host.tx ?? this.pool).query(statement);
  }

  private prepared(sql: string, params: unknown[]): QueryConfig {
    const name = this.nameOf(sql);
    return { ...(name && { name }), text: sql, values: params };
  }

  /** Names of prepared statements: the same text has the same name on each connection. */
  private nameOf(sql: string): string | undefined {
    const known = this.names.get(sql);
    // A connection forgets no statement: one built from many optional filters must not fill the memory of the server.
    if (known !== undefined || this.names.size >= MOST_PREPARED) return known;
    const name = `g_${createHash('sha1').update(sql).digest('base64url').slice(0, 16)}`;
    this.names.set(sql, name);
    return name;
  }
}
