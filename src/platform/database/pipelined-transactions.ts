import { getDataSourceToken } from '@nestjs/typeorm';
import type { TransactionalAdapter, TransactionalAdapterOptions } from '@nestjs-cls/transactional';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { OpenTransaction } from './open-transaction.js';

type Ambient = OpenTransaction | undefined;

/**
 * Ambient transactions on TypeORM's connections, without waiting where nothing is to be learned: BEGIN travels with the
 * first statement, COMMIT with the last. A round trip costs several times what PostgreSQL needs for a short statement.
 */
export class PipelinedTransactions implements TransactionalAdapter<DataSource, Ambient, object> {
  readonly connectionToken = getDataSourceToken();

  readonly optionsFactory = (source: DataSource): TransactionalAdapterOptions<Ambient, object> => ({
    wrapWithTransaction: (_options, work, enter) => transact(source, work, enter),
    getFallbackInstance: () => undefined,
  });
}

async function transact<T>(
  source: DataSource,
  work: () => Promise<T>,
  enter: (transaction: Ambient) => void,
): Promise<T> {
  const runner = source.createQueryRunner();
  const client = (await runner.connect()) as PoolClient;
  const transaction = new OpenTransaction(runner, client);
  const discard = () => void client.end().catch(() => {});
  try {
    // TypeORM asks this before it locks rows or opens a transaction of its own.
    Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
    const begun = transaction.query({ text: 'BEGIN' });
    // Without it what follows would commit by itself: the connection is of no use any more.
    begun.catch(discard);
    enter(transaction);
    const result = await work();
    await transaction.commit(begun);
    enter(undefined);
    for (const hook of transaction.afterCommit) hook();
    return result;
  } catch (error) {
    await transaction.rollBack().catch(discard);
    throw error;
  } finally {
    Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
    await runner.release();
  }
}
