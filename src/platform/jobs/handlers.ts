import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Database } from '../database/database.js';
import { listenersOf, typeOf } from '../events/domain-event.js';
import { jobsOf } from './job.decorators.js';

export interface Handler {
  queue: string;
  cron?: string;
  /** The event type it listens to, for listeners. */
  event?: string;
  run(data: object): Promise<void>;
  /** Many at once, all or none; for listeners that ask for it. */
  runAll?(data: object[]): Promise<void>;
}

/** Every listener and job of every module, found once at start. Each has a queue of its own. */
@Injectable()
export class Handlers implements OnModuleInit {
  private readonly byQueue = new Map<string, Handler>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    for (const { instance, metatype } of this.discovery.getProviders()) {
      if (!instance || typeof instance !== 'object' || typeof metatype !== 'function') continue;
      this.addListeners(instance as Record<string, never>, metatype.name);
      this.addJobs(instance as Record<string, never>);
    }
  }

  get all(): Handler[] {
    return [...this.byQueue.values()];
  }

  get(queue: string): Handler {
    const handler = this.byQueue.get(queue);
    if (!handler) throw new Error(`There is no job ${queue}.`);
    return handler;
  }

  listeningTo(type: string): Handler[] {
    return this.all.filter(({ event }) => event === type);
  }

  private addListeners(instance: Record<string, (events: object) => Promise<void>>, owner: string): void {
    for (const { event, method, batch } of listenersOf(Object.getPrototypeOf(instance) as object)) {
      const one = (data: object) => this.database.transaction(async () => instance[method]?.(revive(event, data)));
      const many = async (data: object[]) => instance[method]?.(data.map((payload) => revive(event, payload)));
      this.add({
        queue: `${typeOf(event)}/${owner}.${method}`,
        event: typeOf(event),
        run: (data) => (batch ? many([data]) : one(data)),
        ...(batch ? { runAll: many } : {}),
      });
    }
  }

  private addJobs(instance: Record<string, (data: object) => Promise<void>>): void {
    for (const { name, method, cron } of jobsOf(Object.getPrototypeOf(instance) as object)) {
      this.add({ queue: name, ...(cron ? { cron } : {}), run: async (data) => instance[method]?.(data) });
    }
  }

  private add(handler: Handler): void {
    if (this.byQueue.has(handler.queue)) throw new Error(`Two jobs are called ${handler.queue}.`);
    this.byQueue.set(handler.queue, handler);
  }
}

/** The event as its class knows it, from the JSON that was stored. */
function revive(event: Type, payload: object): object {
  return Object.assign(Object.create(event.prototype as object) as object, payload);
}
