import { Injectable, Logger } from '@nestjs/common';
import type { Job, JobResult, WorkOptions } from 'pg-boss';
import { runInRequest } from '../http/request-context.js';
import { type Handler, Handlers } from './handlers.js';
import { JobStore } from './job-store.js';

const BATCH = 50;

/** Runs jobs: each on its own, so that one that fails does not take its batch along. */
@Injectable()
export class Worker {
  private readonly logger = new Logger('Jobs');
  private readonly workers = new Map<string, string>();
  readonly stats = { completed: 0, failed: 0 };

  constructor(
    private readonly handlers: Handlers,
    private readonly store: JobStore,
  ) {}

  async start(): Promise<void> {
    const schedules = new Map((await this.store.boss.getSchedules()).map(({ name, cron }) => [name, cron]));
    const scheduled = new Set(this.handlers.all.flatMap(({ queue, cron }) => (cron ? [queue] : [])));
    for (const name of schedules.keys()) if (!scheduled.has(name)) await this.store.boss.unschedule(name);
    for (const handler of this.handlers.all) {
      if (handler.cron && schedules.get(handler.queue) !== handler.cron) {
        await this.store.boss.schedule(handler.queue, handler.cron);
      }
      const id = await this.store.boss.work<object, unknown, WorkOptions & { perJobResults: true }>(
        handler.queue,
        { perJobResults: true, batchSize: BATCH, pollingIntervalSeconds: 2, burstWhenBatchFull: true },
        (jobs) => this.runBatch(handler, jobs),
      );
      this.workers.set(handler.queue, id);
    }
  }

  /** Jobs were added here just now: no need to wait for the next poll. */
  wake(queue: string): void {
    const id = this.workers.get(queue);
    if (id) this.store.boss.notifyWorker(id);
  }

  /** Runs what is due in one queue, once. Gives how many. */
  async runQueue(handler: Handler): Promise<number> {
    const jobs = await this.store.boss.fetch<object>(handler.queue, { batchSize: BATCH });
    const results = await this.runBatch(handler, jobs);
    for (const { id, status, output } of results) {
      if (status === 'completed') await this.store.boss.complete(handler.queue, id);
      else await this.store.boss.fail(handler.queue, id, output as object);
    }
    return jobs.length;
  }

  private async runBatch(handler: Handler, jobs: Job<object>[]): Promise<JobResult[]> {
    if (handler.runAll && jobs.length > 1 && (await this.runTogether(handler.runAll, jobs))) {
      return jobs.map(({ id }) => ({ id, status: 'completed' }));
    }
    const results: JobResult[] = [];
    for (const job of jobs) results.push(await this.runOne(handler, job));
    return results;
  }

  /** False when they have to be run one by one. */
  private async runTogether(runAll: NonNullable<Handler['runAll']>, jobs: Job<object>[]): Promise<boolean> {
    try {
      await runInRequest(jobs[0]?.id ?? '', () => runAll(jobs.map(({ data }) => data)));
      this.stats.completed += jobs.length;
      return true;
    } catch {
      return false;
    }
  }

  private async runOne(handler: Handler, { id, data, retryCount }: Job<object>): Promise<JobResult> {
    try {
      await runInRequest(id, () => handler.run(data ?? {}));
      this.stats.completed++;
      return { id, status: 'completed' };
    } catch (error) {
      this.stats.failed++;
      this.logger.warn({ err: error, queue: handler.queue, job: id, retryCount }, `Job ${handler.queue} failed.`);
      return { id, status: 'failed', output: { message: String(error) } };
    }
  }
}
