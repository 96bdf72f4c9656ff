import { Injectable } from '@nestjs/common';
import { DEAD_LETTERS, JobStore } from './job-store.js';

export interface DeadLetter {
  id: string;
  /** Where it failed: a job's name, or `event/Listener.method`. */
  queue: string;
  /** When it failed for the last time. */
  failedAt: Date;
  data: object;
  error: string;
}

/** Jobs that failed again and again, and wait for someone to look at them. */
@Injectable()
export class DeadLetters {
  constructor(private readonly store: JobStore) {}

  /** The latest first. */
  async list(limit = 100): Promise<DeadLetter[]> {
    const jobs = await this.store.boss.findJobs<object>(DEAD_LETTERS, { queued: true, limit });
    return jobs
      .map(({ id, createdOn, data, output, sourceName, sourceOutput }) => ({
        id,
        queue: sourceName ?? 'unknown',
        failedAt: createdOn,
        data,
        error: ((sourceOutput ?? output) as { message?: string } | null)?.message ?? '',
      }))
      .sort((a, b) => b.failedAt.getTime() - a.failedAt.getTime());
  }

  /** Puts them back to where they failed, as if new: all of a queue, or these. Gives how many. */
  async redrive({ queue, ids }: { queue?: string; ids?: string[] } = {}): Promise<number> {
    return this.store.boss.redrive(DEAD_LETTERS, {
      ...(queue ? { sourceName: queue } : {}),
      ...(ids?.length ? { ids } : {}),
    });
  }
}
