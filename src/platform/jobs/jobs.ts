import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Relay } from '../events/relay.js';
import { Handlers } from './handlers.js';
import { JobStore } from './job-store.js';
import { Worker } from './worker.js';

/** Work for later. */
@Injectable()
export class Jobs {
  constructor(
    private readonly database: Database,
    private readonly handlers: Handlers,
    private readonly store: JobStore,
    private readonly relay: Relay,
    private readonly worker: Worker,
  ) {}

  /** Adds a job for the method decorated with `@Job(name)`, in the open transaction when there is one. */
  async enqueue(name: string, data: object = {}, { startAfter = 0 } = {}): Promise<void> {
    this.handlers.get(name);
    await this.store.insert(name, [{ data, ...(startAfter > 0 ? { startAfter } : {}) }]);
    this.database.afterCommit(() => this.worker.wake(name));
  }

  /** Runs a job now, whatever the clock says. */
  async run(name: string, data: object = {}): Promise<void> {
    await this.handlers.get(name).run(data);
  }

  /** Relays what was published and runs what is due, until nothing is left: for tests and commands. Gives how many ran. */
  async runDue(): Promise<number> {
    let total = 0;
    for (;;) {
      const relayed = await this.relay.drain();
      let ran = 0;
      const due = await this.store.due();
      for (const handler of this.handlers.all) if (due.has(handler.queue)) ran += await this.worker.runQueue(handler);
      total += ran;
      if (relayed === 0 && ran === 0) return total;
    }
  }
}
