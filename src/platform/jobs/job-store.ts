import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type JobInsert, PgBoss } from 'pg-boss';
import { Database } from '../database/database.js';
import { Handlers } from './handlers.js';
import { RoleSettings } from './role.settings.js';

/** Where jobs end that failed again and again. `galley jobs:dead` shows them. */
export const DEAD_LETTERS = 'dead-letters';

/** Milliseconds between two complaints. */
const QUIET_MS = 10_000;

/** The job queue (pg-boss), in the same database and, inside a transaction, in the same transaction. */
@Injectable()
export class JobStore implements OnApplicationBootstrap {
  private readonly logger = new Logger('Jobs');
  readonly boss: PgBoss;
  private complainedAt = 0;

  constructor(
    private readonly database: Database,
    private readonly handlers: Handlers,
    role: RoleSettings,
  ) {
    this.boss = new PgBoss({
      db: { executeSql: (text, values) => this.database.detached(() => this.execute(text, values)) },
      schema: 'jobs',
      supervise: role.works,
      schedule: role.works,
      registerInstance: false,
      openTelemetry: { enabled: false },
    });
    this.boss.on('error', (error) => this.complain(error));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.boss.start();
    const known = new Set((await this.boss.getQueues()).map(({ name }) => name));
    if (!known.has(DEAD_LETTERS)) await this.boss.createQueue(DEAD_LETTERS, { retentionSeconds: 365 * 86_400 });
    for (const { queue, cron } of this.handlers.all) {
      const settings = {
        retryLimit: cron ? 0 : 12,
        retryDelay: 1,
        retryBackoff: true,
        retryDelayMax: 3600,
        expireInSeconds: 300,
        // A worker that was killed is noticed by its silence; one that lives tells so twice as often.
        heartbeatSeconds: 20,
        deleteAfterSeconds: 3600,
      };
      const fixed = { policy: cron ? ('stately' as const) : ('standard' as const) };
      if (known.has(queue)) await this.boss.updateQueue(queue, settings);
      else await this.boss.createQueue(queue, { ...settings, ...fixed, ...(cron ? {} : { deadLetter: DEAD_LETTERS }) });
    }
  }

  /** Its pollers fail several times a second while there is no database: once in some seconds says as much. */
  private complain(error: unknown): void {
    if (Date.now() - this.complainedAt < QUIET_MS) return;
    this.complainedAt = Date.now();
    this.logger.warn({ err: error }, 'The job queue fails.');
  }

  /** Adds jobs, in the open transaction when there is one. */
  async insert(queue: string, jobs: JobInsert[]): Promise<void> {
    await this.boss.insert(queue, jobs, { db: { executeSql: (text, values) => this.execute(text, values) } });
  }

  /** Queues that have something due, of the many that have not. */
  async due(): Promise<Set<string>> {
    const queues = await this.database.detached(() =>
      this.database.query<{ name: string }>(
        `SELECT DISTINCT name FROM jobs.job WHERE state < 'active' AND start_after <= now()`,
      ),
    );
    return new Set(queues.map(({ name }) => name));
  }

  private async execute(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }> {
    return { rows: await this.database.unprepared(text, values) };
  }
}
