import type { Logger } from 'pino';

type Step = () => Promise<void>;

/** Milliseconds that an orderly end may take, requests and jobs included; then the process just goes. */
const PATIENCE = 30_000;

/** Milliseconds in which a signal that comes again is the same: npm passes on what the terminal sends to all anyway. */
const ECHO = 1_000;

/** How the process ends: once, in the reverse order of its start, whatever the reason. */
export class Ending {
  log: Logger | undefined;
  private readonly steps: Step[] = [];
  private readonly abort = new AbortController();
  private starting: Promise<unknown> = Promise.resolve();
  private ended: Promise<void> | undefined;
  private begunAt = 0;

  /** Aborted when the end begins. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get begun(): boolean {
    return this.abort.signal.aborted;
  }

  /** What has to be done before the process ends; the latest first. */
  before(step: Step): void {
    this.steps.unshift(step);
  }

  /** From now on signals and errors that nobody caught lead here. */
  watch(starting: Promise<unknown>): void {
    this.starting = starting.catch(() => {});
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(name, () => this.signalled(name));
    }
    process.on('uncaughtException', (error) => this.fail(error));
  }

  private signalled(name: NodeJS.Signals): void {
    if (!this.begun) {
      this.begunAt = Date.now();
      this.log?.info({ context: 'Process', signal: name }, 'stopping');
      void this.end(0);
    } else if (name === 'SIGINT' && Date.now() - this.begunAt > ECHO) {
      // Ctrl-C again: they mean it. The embedded PostgreSQL is told on the way out.
      process.exit(130);
    }
  }

  /** Ends because of what should never happen. */
  fail(error: unknown): void {
    this.log?.fatal({ context: 'Process', err: error }, 'Galley cannot go on.');
    void this.end(1);
  }

  end(code: number): Promise<void> {
    this.ended ??= this.run(code);
    return this.ended;
  }

  private async run(code: number): Promise<void> {
    const failed = { code };
    this.abort.abort();
    setTimeout(() => {
      this.log?.fatal({ context: 'Process' }, `Still not done after ${PATIENCE / 1000} s: going anyway.`);
      process.exit(1);
    }, PATIENCE + drainMilliseconds()).unref();
    await this.starting;
    for (const step of this.steps) {
      await step().catch((error: unknown) => {
        failed.code = 1;
        this.log?.error({ context: 'Process', err: error }, 'A part did not stop in order.');
      });
    }
    process.exit(failed.code);
  }
}

function drainMilliseconds(): number {
  return 1000 * (Number(process.env['GALLEY_DRAIN_SECONDS']) || 0);
}
