import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { NotAvailable } from '../../platform/index.js';

/** How many hashes run at once: fewer than libuv's four threads, so that a flood of sign-ins leaves one for the rest. */
const AT_ONCE = 2;

/** How many run while the process has other things to do: each takes a processor, and the answers need theirs. */
const AT_ONCE_WHEN_BUSY = 1;

/** Share of the time that the event loop is at work; above it, the process is busy. */
const BUSY = 0.6;
const LOOK_EVERY_MS = 50;

/** How many may wait: with the default parameters, those who can be served before they give up. */
const MOST_WAITING = 500;

/** Bounds how many passwords are hashed at once, so that a flood of sign-ins does not starve the rest of the API. */
export class HashSlots {
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private seen: EventLoopUtilization = performance.eventLoopUtilization();
  private lookedAt = performance.now();
  private busy = false;

  /** @throws {NotAvailable} when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting.length >= MOST_WAITING) throw new NotAvailable('Too many passwords are being checked.');
    if (this.running >= this.slots()) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      return await work();
    } finally {
      this.running--;
      this.admit();
    }
  }

  private admit(): void {
    while (this.running < this.slots()) {
      const next = this.waiting.shift();
      if (!next) return;
      this.running++;
      next();
    }
  }

  private slots(): number {
    const now = performance.now();
    if (now - this.lookedAt >= LOOK_EVERY_MS) {
      const { utilization } = performance.eventLoopUtilization(this.seen);
      this.busy = utilization > BUSY;
      this.seen = performance.eventLoopUtilization();
      this.lookedAt = now;
    }
    return this.busy ? AT_ONCE_WHEN_BUSY : AT_ONCE;
  }
}
