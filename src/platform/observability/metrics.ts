import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ReadCache } from '../cache/read-cache.js';
import { Database } from '../database/database.js';
import { Worker } from '../jobs/worker.js';

interface Waiting {
  name: string;
  waiting: number;
}

interface Observed {
  method: string;
  route: string;
  status: number;
  seconds: number;
}

const OBSERVED_AT_ONCE = 100;

const WAITING = `
  SELECT q.name, count(j.id)::int AS waiting
  FROM jobs.queue q LEFT JOIN jobs.job j ON j.name = q.name AND j.state < 'active' GROUP BY q.name`;

/** Undefined without a database: the scrape goes on, since this is when it matters. */
const asked = <T>(ask: () => Promise<T>): Promise<T | undefined> => ask().catch(() => undefined);

/** What Prometheus scrapes. Figures that have a source of their own are read when asked for. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'galley_http_request_duration_seconds',
    help: 'Time to answer, by route, method and status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
    collect: () => this.settle(),
  });
  /** Not in the histogram yet: many at once cost a third of what each costs between two requests. */
  private observed: Observed[] = [];

  constructor(
    private readonly database: Database,
    private readonly cache: ReadCache,
    private readonly worker: Worker,
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.pool();
    this.readCache();
    this.background();
  }

  observe(method: string, route: string, status: number, seconds: number): void {
    if (this.observed.push({ method, route, status, seconds }) >= OBSERVED_AT_ONCE) this.settle();
  }

  private settle(): void {
    for (const { method, route, status, seconds } of this.observed)
      this.requests.labels(method, route, String(status)).observe(seconds);
    this.observed = [];
  }

  private pool(): void {
    const { database } = this;
    new Gauge({
      name: 'galley_pool_connections',
      help: 'Connections to PostgreSQL by state; waiting counts requests that wait for one.',
      labelNames: ['state'] as const,
      registers: [this.registry],
      collect() {
        const { totalCount, idleCount, waitingCount } = database.pool;
        this.labels('busy').set(totalCount - idleCount);
        this.labels('idle').set(idleCount);
        this.labels('waiting').set(waitingCount);
      },
    });
  }

  private readCache(): void {
    const { cache } = this;
    new Counter({
      name: 'galley_cache_lookups_total',
      help: 'Look-ups of finished answers, by result; drop counts entries dropped by writes.',
      labelNames: ['result'] as const,
      registers: [this.registry],
      collect() {
        this.reset();
        this.labels('hit').inc(cache.stats.hits);
        this.labels('miss').inc(cache.stats.misses);
        this.labels('drop').inc(cache.stats.drops);
      },
    });
    new Gauge({
      name: 'galley_cache_bytes',
      help: 'Memory held by finished answers.',
      registers: [this.registry],
      collect() {
        this.set(cache.bytes);
      },
    });
  }

  private background(): void {
    const { database, worker } = this;
    new Counter({
      name: 'galley_jobs_total',
      help: 'Jobs that this process ran, by result.',
      labelNames: ['result'] as const,
      registers: [this.registry],
      collect() {
        this.reset();
        this.labels('completed').inc(worker.stats.completed);
        this.labels('failed').inc(worker.stats.failed);
      },
    });
    new Gauge({
      name: 'galley_queue_jobs',
      help: 'Jobs that wait, by queue; those in dead-letters failed for good.',
      labelNames: ['queue'] as const,
      registers: [this.registry],
      async collect() {
        this.reset();
        for (const { name, waiting } of (await asked(() => database.query<Waiting>(WAITING))) ?? [])
          this.labels(name).set(waiting);
      },
    });
    new Gauge({
      name: 'galley_events_unrelayed',
      help: 'Committed events that are not in the feed yet.',
      registers: [this.registry],
      async collect() {
        const unrelayed = 'SELECT count(*)::int AS count FROM platform.events WHERE position IS NULL';
        const rows = await asked(() => database.query<{ count: number }>(unrelayed));
        this.set(rows?.[0]?.count ?? Number.NaN);
      },
    });
    new Gauge({
      name: 'galley_database_up',
      help: '1 when PostgreSQL answered this scrape, 0 when it did not.',
      registers: [this.registry],
      async collect() {
        this.set((await asked(() => database.query('SELECT 1'))) ? 1 : 0);
      },
    });
  }
}
