import type { AddressInfo } from 'node:net';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Database, Every, HttpSettings } from '../../platform/index.js';
import { SandboxSettings } from './sandbox.settings.js';
import type { WebhookRow } from './sandbox-charge.js';
import { SandboxSecret } from './sandbox-secret.service.js';

const BATCH = 40;
const AT_ONCE = 4;
const GIVE_UP_AFTER = 12;
const DEADLINE_MS = 5000;

/** Delivers the sandbox's webhooks over HTTP to Galley itself, as a real provider would: again until they arrive. */
@Injectable()
export class SandboxWebhooks implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Sandbox');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly secret: SandboxSecret,
    private readonly settings: SandboxSettings,
    private readonly http: HttpSettings,
    private readonly host: HttpAdapterHost,
  ) {}

  /** There is something to deliver. Many pokes become one run. */
  poke(): void {
    const { webhookDelayMs } = this.settings;
    if (this.stopped || this.timer || webhookDelayMs < 0) return;
    this.timer = setTimeout(() => {
      this.running = this.deliver()
        .catch((error: unknown) => this.logger.warn(`Webhooks wait: ${String(error)}`))
        .finally(() => {
          this.timer = undefined;
        });
    }, webhookDelayMs);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  @Every('* * * * *', 'payments.sandbox-webhooks')
  async sweep(): Promise<void> {
    if (this.settings.webhookDelayMs < 0) return;
    await this.deliver();
    await this.database.query(`DELETE FROM payments.sandbox_webhooks WHERE delivered_at < now() - interval '7 days'`);
  }

  /** Delivers what is due, until nothing is. Gives how many arrived. */
  deliver(): Promise<number> {
    return this.database.detached(async () => {
      let arrived = 0;
      while (!this.stopped) {
        const due = await this.claim();
        arrived += await this.deliverAll(due);
        if (due.length < BATCH) break;
      }
      return arrived;
    });
  }

  private async deliverAll(due: WebhookRow[]): Promise<number> {
    const arrived: string[] = [];
    // What tells of one charge goes out in the order in which the sandbox wants it to come: also when that is wrong.
    const waiting = [...Map.groupBy(due, ({ payload }) => payload.data.id).values()];
    const courier = async (): Promise<void> => {
      for (let group = waiting.shift(); group; group = waiting.shift()) {
        for (const webhook of group) if (await this.post(webhook)) arrived.push(webhook.id);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, courier));
    if (arrived.length === 0) return 0;
    await this.database.query(
      'UPDATE payments.sandbox_webhooks SET delivered_at = now(), due_at = NULL, updated_at = now() WHERE id = ANY ($1)',
      [arrived],
    );
    return arrived.length;
  }

  private async post({ eventId, payload }: WebhookRow): Promise<boolean> {
    const body = JSON.stringify(payload);
    try {
      const response = await fetch(`${this.target()}/v1/payments/webhooks/sandbox`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await this.secret.sign(eventId, body)) },
        body,
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) this.logger.warn(`Webhook ${eventId} was answered ${response.status}.`);
      return response.ok;
    } catch (error) {
      this.logger.debug(`Webhook ${eventId} did not arrive: ${String(error)}`);
      return false;
    }
  }

  /** Takes what is due: it comes again, with back-off, unless it arrives. */
  private async claim(): Promise<WebhookRow[]> {
    const rows = await this.database.query<WebhookRow>(
      `UPDATE payments.sandbox_webhooks SET attempts = attempts + 1, updated_at = now(),
         due_at = CASE WHEN attempts < ${GIVE_UP_AFTER} THEN now() + make_interval(secs => 10 * power(2, attempts)) END
       WHERE id IN (SELECT id FROM payments.sandbox_webhooks WHERE due_at <= now()
                    ORDER BY due_at, id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING id, event_id AS "eventId", payload`,
    );
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private target(): string {
    if (this.settings.webhookUrl) return this.settings.webhookUrl.replace(/\/$/, '');
    const server = this.host.httpAdapter?.getHttpServer() as { address?(): AddressInfo | string | null } | undefined;
    const address = server?.address?.();
    const port = address && typeof address === 'object' ? address.port : this.http.port;
    return `http://127.0.0.1:${port}`;
  }
}
