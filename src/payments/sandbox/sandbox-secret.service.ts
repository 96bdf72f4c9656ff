import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { Database } from '../../platform/index.js';
import { WebhookSignatureInvalid } from '../inbox/inbox.errors.js';
import type { SandboxEvent } from './sandbox-charge.js';

/** Signs the sandbox's webhooks and checks them (Standard Webhooks). The secret is made once and kept in the database. */
@Injectable()
export class SandboxSecret {
  private webhook: Webhook | undefined;

  constructor(private readonly database: Database) {}

  async sign(eventId: string, body: string, at = new Date()): Promise<Record<string, string>> {
    const webhook = await this.load();
    return {
      'webhook-id': eventId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': webhook.sign(eventId, at, body),
    };
  }

  /** @throws {WebhookSignatureInvalid} */
  async verify(rawBody: Buffer, headers: Record<string, string>): Promise<{ id: string; event: SandboxEvent }> {
    const webhook = await this.load();
    try {
      return { id: headers['webhook-id'] ?? '', event: webhook.verify(rawBody, headers) as SandboxEvent };
    } catch (error) {
      throw new WebhookSignatureInvalid(error instanceof WebhookVerificationError ? `${error.message}.` : undefined);
    }
  }

  private async load(): Promise<Webhook> {
    this.webhook ??= await this.database.detached(async () => {
      await this.database.query(
        'INSERT INTO payments.sandbox_secret (webhook_secret) VALUES ($1) ON CONFLICT DO NOTHING',
        [`whsec_${randomBytes(32).toString('base64')}`],
      );
      const [row] = await this.database.query<{ secret: string }>(
        'SELECT webhook_secret AS secret FROM payments.sandbox_secret',
      );
      return new Webhook(row!.secret);
    });
    return this.webhook;
  }
}
