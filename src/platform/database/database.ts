import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { TransactionHost } from '@nestjs-cls/transactional';
import type { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import type { Pool, PoolClient, QueryResult } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

export { Transactional } from '@nestjs-cls/transactional';

/** The database as the current request sees it: inside a transaction, that transaction; elsewhere the pool. */
@Injectable()
export class Database {
  private readonly names = new Map<string, string>();

  constructor(
    private readonly host: TransactionHost<TransactionalAdapterTypeOrm>,
    @InjectDataSource() private readonly source: DataSource,
  ) {}

  get manager(): EntityManager {
    return this.host.tx;
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
    const client = await this.client();
    const result = await client.query({ name: this.nameOf(sql), text: sql, values: params });
    return result.rows as T[];
  }

  /** For text that is made anew each time, or holds several statements (then the rows of all): nothing is kept prepared. */
  async unprepared<T = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<T[]> {
    const client = await this.client();
    const results = [(await client.query(sql, params.length > 0 ? params : undefined)) as QueryResult | QueryResult[]];
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

  /** Runs `fn` once the open transaction has committed; at once when there is none. `fn` must not throw. */
  afterCommit(fn: () => void): void {
    if (!this.inTransaction) fn();
    else this.hooks.after.push(fn);
  }

  /** Runs `fn` as the last thing in the open transaction; when it throws, there is no commit. */
  beforeCommit(fn: () => Promise<void>): void {
    if (!this.inTransaction) throw new Error('There is no transaction to commit.');
    this.hooks.before.push(fn);
  }

  private get hooks(): CommitHooks {
    return commitHooksOf(this.host.tx.queryRunner as QueryRunner);
  }

  private async client(): Promise<Pool | PoolClient> {
    const runner = this.host.isTransactionActive() ? this.host.tx.queryRunner : undefined;
    return runner ? ((await runner.connect()) as PoolClient) : this.pool;
  }

  /** Names of prepared statements: the same text has the same name on each connection. */
  private nameOf(sql: string): string {
    let name = this.names.get(sql);
    if (name === undefined) {
      name = `g_${createHash('sha1').update(sql).digest('base64url').slice(0, 16)}`;
      // A statement built from many optional filters must not fill the memory of server and process.
      if (this.names.size > 2000) this.names.clear();
      this.names.set(sql, name);
    }
    return name;
  }
}

export interface CommitHooks {
  before: (() => Promise<void>)[];
  after: (() => void)[];
}

const HOOKS = 'galleyCommitHooks';

/** What waits for this transaction's commit. */
export function commitHooksOf(runner: QueryRunner): CommitHooks {
  const data = runner.data as Record<string, CommitHooks | undefined>;
  data[HOOKS] ??= { before: [], after: [] };
  return data[HOOKS];
}
