import { Injectable, Logger } from '@nestjs/common';
import { Database, Every, Job } from '../platform/index.js';
import { Inbox } from './inbox/inbox.service.js';
import { Operation } from './operations/operation.entity.js';
import { Operations } from './operations/operations.service.js';
import { PAYMENT, Payment } from './payment.entity.js';
import { PaymentsSettings } from './payments.settings.js';
import { Recovery } from './recovery.service.js';

const BATCH = 100;
const AT_ONCE = 5;

/** What payments does because time passed. */
@Injectable()
export class PaymentsJobs {
  private readonly logger = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly recovery: Recovery,
    private readonly operations: Operations,
    private readonly inbox: Inbox,
    private readonly settings: PaymentsSettings,
  ) {}

  @Job('payments.give-back')
  async giveBack({ paymentId }: { paymentId: string }): Promise<void> {
    await this.recovery.giveBack(paymentId);
  }

  @Every('* * * * *', 'payments.sweep')
  async sweep(): Promise<void> {
    const payments = await this.claim('payments', PAYMENT);
    await this.each(payments.map(Payment.fromRow), (payment) => this.recovery.attend(payment));
    const operations = await this.claim('operations', 'id');
    await this.each(operations as { id: string }[], ({ id }) => this.retry(id));
    await this.inbox.retry();
  }

  private async retry(id: string): Promise<void> {
    const operation = await this.database.manager.findOneByOrFail(Operation, { id });
    const payment = await this.database.manager.findOneByOrFail(Payment, { id: operation.paymentId });
    await this.operations.settle(id, await this.operations.perform({ payment, operation }));
  }

  /** Takes what is due: nobody else does before the back-off ends, which doubles up to ten minutes. */
  private claim(table: 'payments' | 'operations', columns: string): Promise<object[]> {
    return this.database.query(
      `UPDATE payments.${table} SET attempts = attempts + 1,
         due_at = now() + make_interval(secs => least(600, $1::float8 * power(2, least(attempts, 10) - 1)))
       WHERE id IN (SELECT id FROM payments.${table} WHERE due_at <= now()
                    ORDER BY due_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING ${columns}`,
      [this.settings.lease],
    );
  }

  /** A few at a time. One that cannot be finished now does not hold up the others: it comes again when it is due. */
  private async each<T extends { id: string }>(items: T[], finish: (item: T) => Promise<void>): Promise<void> {
    const waiting = [...items];
    const worker = async (): Promise<void> => {
      for (let item = waiting.shift(); item; item = waiting.shift()) {
        const { id } = item;
        await finish(item).catch((error: unknown) =>
          this.logger.warn({ err: error }, `${id} has to wait: ${String(error)}`),
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }
}
