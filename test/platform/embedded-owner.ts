import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../support/until.js';

interface Report {
  event: 'ready' | 'refused' | 'restart' | 'failure' | 'log';
  url: string;
  milliseconds: number;
  name: string;
  message: string;
  line: string;
}

/** A process of its own that owns (or is refused) the PostgreSQL of a data directory, so that it can be killed. */
export class OwnerProcess {
  readonly reports: Report[] = [];
  private readonly child: ChildProcess;
  private ended = false;

  constructor(dataDir: string, options: { project?: string; node?: string; spawn?: SpawnOptions } = {}) {
    const script = join(options.project ?? join(import.meta.dirname, '../..'), 'test/platform/embedded-owner.mjs');
    this.child = spawn(options.node ?? process.execPath, [script, dataDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...options.spawn,
    });
    this.child.once('exit', () => {
      this.ended = true;
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.reports.push(JSON.parse(line)));
  }

  get pid(): number {
    return this.child.pid!;
  }

  async report(...events: Report['event'][]): Promise<Report> {
    return until(() => this.reports.find(({ event }) => events.includes(event)) ?? null);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.ended) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }
}
