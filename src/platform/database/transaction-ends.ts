import { type EntitySubscriberInterface, EventSubscriber, type TransactionCommitEvent } from 'typeorm';
import { commitHooksOf } from './database.js';

/** TypeORM tells when a transaction commits; a rollback simply forgets what was waiting. */
@EventSubscriber()
export class TransactionEnds implements EntitySubscriberInterface {
  async beforeTransactionCommit({ queryRunner }: TransactionCommitEvent): Promise<void> {
    const { before } = commitHooksOf(queryRunner);
    for (let hook = before.shift(); hook; hook = before.shift()) await hook();
  }

  afterTransactionCommit({ queryRunner }: TransactionCommitEvent): void {
    for (const hook of commitHooksOf(queryRunner).after.splice(0)) hook();
  }

  afterTransactionRollback({ queryRunner }: TransactionCommitEvent): void {
    const hooks = commitHooksOf(queryRunner);
    hooks.before.length = 0;
    hooks.after.length = 0;
  }
}
