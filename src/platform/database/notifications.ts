import type { Duplex } from 'node:stream';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { DatabaseSettings } from './database.settings.js';

type Handler = (payload: string) => void;

/** A network may drop a connection on which nothing is sent without telling: it is tried now and then. */
const CHECK_EVERY_MS = 10_000;
const PATIENCE_MS = 5_000;

/** LISTEN and NOTIFY on one connection of their own, made again when it breaks. */
@Injectable()
export class Notifications implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Notifications.name);
  private readonly handlers = new Map<string, Handler[]>();
  private readonly reconnected: (() => void)[] = [];
  private readonly connected: (() => Promise<void>)[] = [];
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private checks: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly settings: DatabaseSettings) {}

  /** Call before the application has started. */
  listen(channel: string, handler: Handler): void {
    this.handlers.set(channel, [...(this.handlers.get(channel) ?? []), handler]);
  }

  /** What was sent while the connection was down is lost: whoever depends on it starts afresh. */
  onReconnect(handler: () => void): void {
    this.reconnected.push(handler);
  }

  /**
   * Runs each time that this process begins to listen: what happens from then on is heard, what happened before can be
   * read. At the start nothing is served before it has run; when it fails later, the connection is made again.
   */
  onConnect(handler: () => Promise<void>): void {
    this.connected.push(handler);
  }

  /**
   * NOTIFY, outside of any transaction (there it makes commits queue up), on the listening connection. Rejects while that is
   * down: nobody has been told.
   */
  async send(channel: string, payload = ''): Promise<void> {
    if (!this.client) throw new Error('The listening connection is down.');
    await this.client.query('SELECT pg_notify($1, $2)', [channel, payload]);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.connect();
    this.checks = setInterval(() => void this.check(PATIENCE_MS), CHECK_EVERY_MS).unref();
  }

  /** Makes the connection again unless it answers in time (milliseconds). */
  async check(patience: number): Promise<void> {
    const { client } = this;
    if (!client) return;
    // When it fails the connection has broken, which is noticed by itself.
    await inTime(client, patience, client.query('SELECT 1')).catch(() => {});
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.checks);
    clearTimeout(this.retry);
    if (this.client) await inTime(this.client, PATIENCE_MS, this.client.end());
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.settings.url,
      application_name: 'galley-listen',
      keepAlive: true,
      connectionTimeoutMillis: PATIENCE_MS,
    });
    client.on('error', (error) => this.logger.warn(`The listening connection broke: ${error.message}`));
    client.on('end', () => this.again());
    client.on('notification', ({ channel, payload = '' }) => {
      for (const handler of this.handlers.get(channel) ?? []) handler(payload);
    });
    await client.connect();
    this.client = client;
    for (const channel of this.handlers.keys()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    try {
      for (const handler of this.connected) await handler();
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  private again(): void {
    if (this.stopped || this.retry) return;
    this.client = undefined;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.connect().then(
        () => {
          for (const handler of this.reconnected) handler();
        },
        () => this.again(),
      );
    }, 500);
  }
}

/** Breaks the connection when what was asked of it takes longer than that (milliseconds). */
async function inTime(client: pg.Client, patience: number, asked: Promise<unknown>): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection;
  const late = setTimeout(() => stream.destroy(), patience);
  await asked.finally(() => clearTimeout(late));
}
