import type { Duplex } from 'node:stream';
import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';

/**
 * A transaction and the connection that it has to itself. Statements go out in the order in which they are asked for,
 * without waiting for the answers to those before them, and those of one turn of the event loop in one packet.
 */
export class OpenTransaction {
  /** Statements that are sent with COMMIT: nothing needs their answers. */
  readonly lastly: (() => QueryConfig)[] = [];
  readonly afterCommit: (() => void)[] = [];
  private gathering = false;
  private ended = false;

  constructor(
    private readonly runner: QueryRunner,
    private readonly client: PoolClient,
  ) {}

  /** For TypeORM's own statements, which go out on the same connection. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** @throws when the transaction has ended: by then the connection may be in somebody else's. */
  query(statement: QueryConfig): Promise<QueryResult> {
    if (this.ended)
      return Promise.reject(new Error('This transaction has ended: somebody did not wait for a statement.'));
    this.gather();
    return this.client.query(statement);
  }

  /** Sends what has to be said last, and COMMIT. @throws when one of these fails, or nothing could be committed. */
  async commit(begun: Promise<unknown>): Promise<void> {
    const last = this.lastly.splice(0).map((statement) => this.query(statement()));
    const committed = this.query({ text: 'COMMIT' });
    this.ended = true;
    const answers = await Promise.allSettled([begun, ...last, committed]);
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    // What PostgreSQL answers when a statement had failed, and somebody has swallowed the error.
    if ((await committed).command === 'ROLLBACK') throw new Error('A statement failed: nothing was committed.');
  }

  async rollBack(): Promise<void> {
    this.ended = true;
    await this.client.query('ROLLBACK');
  }

  /** One write to the socket for all that this turn of the event loop sends: it costs as much as the statement itself. */
  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    const { stream } = (this.client as unknown as { connection: { stream: Duplex } }).connection;
    stream.cork();
    process.nextTick(() => {
      this.gathering = false;
      stream.uncork();
    });
  }
}
