import { Injectable, Logger } from '@nestjs/common';
import { Database, isUuid, NotFoundProblem, Transactional } from '../../platform/index.js';
import { Operations } from '../operations/operations.service.js';
import type { ProviderNotice } from '../providers/payment-provider.js';
import { PaymentProviders } from '../providers/providers.service.js';
import { Settlement } from '../settlement.service.js';

const BATCH = 50;
const GIVE_UP_AFTER = 10;

interface Waiting {
  provider: string;
  eventId: string;
  notice: ProviderNotice;
}

/** What providers tell by themselves. Each event counts once, and nothing that was signed is lost. */
@Injectable()
export class Inbox {
  private readonly logger = new Logger(Inbox.name);

  constructor(
    private readonly database: Database,
    private readonly providers: PaymentProviders,
    private readonly settlement: Settlement,
    private readonly operations: Operations,
  ) {}

  /** @throws {WebhookSignatureInvalid} before anything is stored. */
  async receive(providerName: string, rawBody: Buffer, headers: Record<string, string>): Promise<void> {
    const provider = this.providers.find(providerName);
    if (!provider) throw new NotFoundProblem('Payment provider', providerName);
    const { id, notice } = await provider.verifyWebhook(rawBody, headers);
    await this.accept(provider.name, id, notice, rawBody.toString());
  }

  /** Tries again what nothing matched when it came. */
  async retry(): Promise<void> {
    const waiting = await this.database.query<Waiting>(
      `UPDATE payments.inbox SET attempts = attempts + 1, updated_at = now(),
         due_at = CASE WHEN attempts < ${GIVE_UP_AFTER} THEN now() + make_interval(secs => 60 * power(2, attempts)) END
       WHERE (provider, event_id) IN (SELECT provider, event_id FROM payments.inbox WHERE due_at <= now()
                                      ORDER BY due_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING provider, event_id AS "eventId", notice`,
    );
    for (const event of waiting) {
      await this.again(event).catch((error: unknown) =>
        this.logger.warn({ err: error }, `Event ${event.eventId} of ${event.provider} has to wait: ${String(error)}`),
      );
    }
  }

  /** The row and its effect in one transaction: neither exists without the other, and a repeated event finds the row. */
  @Transactional()
  private async accept(provider: string, eventId: string, notice: ProviderNotice, payload: string): Promise<void> {
    const [fresh] = await this.database.query(
      `INSERT INTO payments.inbox (provider, event_id, payload, notice, processed_at) VALUES ($1, $2, $3, $4, now())
       ON CONFLICT DO NOTHING RETURNING event_id`,
      [provider, eventId, payload, JSON.stringify(notice)],
    );
    if (!fresh || (await this.apply(notice))) return;
    await this.database.query(
      `UPDATE payments.inbox SET processed_at = NULL, due_at = now() + interval '1 minute'
       WHERE provider = $1 AND event_id = $2`,
      [provider, eventId],
    );
  }

  @Transactional()
  private async again({ provider, eventId, notice }: Waiting): Promise<void> {
    if (!(await this.apply(notice))) return;
    await this.database.query(
      'UPDATE payments.inbox SET processed_at = now(), due_at = NULL WHERE provider = $1 AND event_id = $2',
      [provider, eventId],
    );
  }

  /** False when there is nothing here that the notice is about. */
  private async apply(notice: ProviderNotice): Promise<boolean> {
    try {
      if (notice.kind === 'payment') {
        if (!isUuid(notice.paymentId)) return false;
        await this.settlement.settle(notice.paymentId, notice.outcome);
      } else if (notice.kind === 'operation') {
        if (!isUuid(notice.operationId)) return false;
        await this.operations.settle(notice.operationId, notice.outcome);
      }
      return true;
    } catch (error) {
      if (error instanceof NotFoundProblem) return false;
      throw error;
    }
  }
}
