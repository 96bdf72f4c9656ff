import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { Handlers } from '../jobs/handlers.js';
import { JobStore } from '../jobs/job-store.js';
import { RoleSettings } from '../jobs/role.settings.js';
import { Worker } from '../jobs/worker.js';

const RELAY_LOCK = 0x72656c79; // "rely"
const CHANNEL = 'galley_events';
const BATCH = 500;
const GATHER_MS = 150;

interface Unrelayed {
  id: string;
  type: string;
  payload: object;
}

/**
 * Takes committed events into the feed. One relay at a time (advisory lock) numbers them and hands each to its
 * listeners as jobs, in one transaction: a reader of positions never skips an event that committed late, and each
 * listener gets each event once, however often a relay dies on the way.
 */
@Injectable()
export class Relay {
  private readonly logger = new Logger(Relay.name);
  private running: Promise<void> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly store: JobStore,
    private readonly handlers: Handlers,
    private readonly worker: Worker,
    private readonly notifications: Notifications,
    private readonly role: RoleSettings,
  ) {
    this.notifications.listen(CHANNEL, () => this.poke());
  }

  /** Relays now and then once a second, which also finds what a process that died did not announce. */
  start(): void {
    this.timer = setInterval(() => this.poke(), 1000);
    this.poke();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** There is something to relay. Cheap: many pokes become one run. */
  poke(): void {
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = this.run()
      .catch((error: unknown) => this.logger.warn(`Events wait: ${String(error)}`))
      .finally(() => {
        this.running = undefined;
        if (this.again) {
          this.again = false;
          this.poke();
        }
      });
  }

  /** Relays until nothing is left. Gives how many. */
  async drain(): Promise<number> {
    let total = 0;
    for (;;) {
      const count = await this.batch();
      total += count;
      if (count < BATCH) return total;
    }
  }

  private async run(): Promise<void> {
    // The timer of a worker covers the rest; an API process without a worker only tells those that have one.
    if (this.role.works) await this.drain();
    else if (this.role.role === 'api') await this.notifications.send(CHANNEL);
    // Leaves room for more events to gather, so that a busy shop relays in batches.
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
  }

  private batch(): Promise<number> {
    return this.database.detached(() =>
      this.database.transaction(async () => {
        // A statement of its own: one that also reads would see the events as they were before it had the lock, among
        // them those that the relay before us has just taken.
        const [lock] = await this.database.query<{ ours: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS ours', [
          RELAY_LOCK,
        ]);
        if (!lock?.ours) return 0;
        const events = await this.database.query<Unrelayed>(
          'SELECT id, type, payload FROM platform.events WHERE position IS NULL ORDER BY id LIMIT $1',
          [BATCH],
        );
        if (events.length === 0) return 0;
        await this.database.query(
          `UPDATE platform.events e SET position = last.position + n.ordinality
           FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id),
                (SELECT coalesce(max(position), 0) AS position FROM platform.events) AS last
           WHERE e.id = n.id`,
          [events.map(({ id }) => id)],
        );
        for (const [queue, jobs] of this.jobsFor(events)) {
          await this.store.insert(queue, jobs);
          this.database.afterCommit(() => this.worker.wake(queue));
        }
        return events.length;
      }),
    );
  }

  private jobsFor(events: Unrelayed[]): Map<string, { data: object }[]> {
    const jobs = new Map<string, { data: object }[]>();
    for (const { type, payload } of events) {
      for (const { queue } of this.handlers.listeningTo(type)) {
        jobs.set(queue, [...(jobs.get(queue) ?? []), { data: payload }]);
      }
    }
    return jobs;
  }
}
