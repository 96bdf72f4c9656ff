import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { ensureCluster } from './cluster.js';
import { applicationUrl } from './credentials.js';
import { EmbeddedPostgresError, messageOf } from './errors.js';
import type { Home } from './home.js';
import type { LogFile } from './log-file.js';
import { claim } from './owner.js';
import { pickFreePort } from './port.js';
import { findPostmaster, type Postmaster, removeStalePidFile, signalPostmaster, stopPostmaster } from './postmaster.js';
import { launch, launchError } from './server-process.js';

export interface SupervisorOptions {
  fast: boolean;
  log: (line: string) => void;
  /** PostgreSQL was gone and is back, on the same port; all sessions were lost. */
  onRestart: () => void;
  /** PostgreSQL is gone and does not come back, or another process owns it now. */
  onFailure: (error: EmbeddedPostgresError) => void;
}

/** Milliseconds that a server may refuse connections, or take to stop, before it is stopped by force. */
const PATIENCE = 15_000;
/** Restarts, and the milliseconds in which so many of them mean that it will never work. */
const RESTARTS = 5;
const RESTART_WINDOW = 60_000;

/**
 * Keeps one PostgreSQL running and owns its data directory. Whoever holds the lock inside the running server is the
 * owner; which process happened to start that server does not matter. So a first start, a start beside an orphan, two
 * starts at once and a restart after a crash are all the same loop: find a server or start one, then claim it.
 */
export class Supervisor {
  private port?: number;
  /** Why the server last refused us. */
  private refusal = 'no reason given';
  private pid?: number;
  private connection?: pg.Client;
  /** The start or restart that is under way. */
  private busy?: Promise<void>;
  private restarts: number[] = [];
  private readonly stopping = new AbortController();
  private readonly onExit = () => this.pid && signalPostmaster(this.pid, 'fast');
  private housekeeping?: NodeJS.Timeout;

  constructor(
    private readonly home: Home,
    private readonly logFile: LogFile,
    private readonly options: SupervisorOptions,
  ) {}

  async start(): Promise<void> {
    process.on('exit', this.onExit);
    this.busy = this.prepare();
    try {
      await this.busy;
      this.stopping.signal.throwIfAborted();
    } catch (error) {
      await this.shutDown();
      if (!this.stopping.signal.aborted) throw error;
      throw new EmbeddedPostgresError('PostgreSQL was stopped while it was starting: start Galley again.');
    }
    this.housekeeping = setInterval(() => this.logFile.keepBounded().catch(() => {}), 60_000).unref();
  }

  private async prepare(): Promise<void> {
    await ensureCluster(this.home, { fast: this.options.fast, signal: this.stopping.signal });
    await this.obtain();
  }

  get url(): string {
    return applicationUrl(this.home.credentials, this.port ?? 0);
  }

  /** Also ends a start or a restart that is under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.pid) signalPostmaster(this.pid, 'fast');
    await this.busy?.catch(() => {});
    await this.shutDown();
  }

  private async shutDown(): Promise<void> {
    clearInterval(this.housekeeping);
    if (this.pid) await stopPostmaster(this.pid, this.home.data);
    this.pid = undefined;
    await this.connection?.end().catch(() => {});
    process.off('exit', this.onExit);
  }

  /** Ends when we own a running server. */
  private async obtain(): Promise<void> {
    let silentSince = Date.now();
    let last: number | undefined;
    for (let replaced = 0; ; await pause(10)) {
      this.stopping.signal.throwIfAborted();
      const postmaster = await findPostmaster(this.home.data);
      if (postmaster?.pid !== last) silentSince = Date.now();
      last = postmaster?.pid;
      if (!postmaster) await this.launch();
      else if (postmaster.status === 'ready' && (await this.own(postmaster))) return;
      else if (postmaster.status !== 'starting' && Date.now() - silentSince > PATIENCE) {
        if (replaced++ > 0) throw launchError(this.refusal, this.logFile);
        await this.replace(postmaster);
      }
    }
  }

  private async launch(): Promise<void> {
    const fixed = this.port;
    for (let attempt = 0; attempt < 20; attempt++) {
      this.stopping.signal.throwIfAborted();
      await removeStalePidFile(this.home.data);
      const port = fixed ?? (await pickFreePort());
      const { fast } = this.options;
      const started = (pid: number) => {
        this.pid = pid;
        if (this.stopping.signal.aborted) signalPostmaster(pid, 'fast');
      };
      const outcome = await launch(this.home, { port, fast, logFile: this.logFile, started });
      if (outcome.kind === 'ready') return;
      this.pid = undefined;
      if (outcome.kind === 'failed') throw launchError(outcome.reason, this.logFile);
      if (outcome.kind === 'occupied' && (await findPostmaster(this.home.data))) return;
      // The port is held by a passing connection, or processes of a killed server have not ended yet.
      await pause(Math.min(50 * 2 ** attempt, 1_000));
    }
    throw launchError('its port or its memory stays in use', this.logFile);
  }

  private async own(postmaster: Postmaster): Promise<boolean> {
    const answer = await claim(this.home.credentials, postmaster.port);
    if (answer.kind === 'owner') {
      this.pid = postmaster.pid;
      this.port = postmaster.port;
      this.connection = answer.connection;
      answer.connection.once('end', () => this.recover());
      return true;
    }
    if (answer.kind === 'unreachable' && !answer.passwordRefused) {
      this.refusal = answer.reason;
      return false;
    }
    // One that somebody else uses must not be signalled when this process ends, even if this process started it. One that
    // this process started and cannot use is stopped again.
    if (answer.kind === 'taken' || this.pid !== postmaster.pid) this.pid = undefined;
    throw new EmbeddedPostgresError(
      answer.kind === 'taken'
        ? `The data directory ${this.home.dataDir} is in use by another Galley (pid ${answer.by}): stop that one, or choose another with GALLEY_DATA_DIR.`
        : `PostgreSQL in ${this.home.data} does not take the password in ${this.home.dataDir}/postgres.json: restore that file, or choose another GALLEY_DATA_DIR.`,
    );
  }

  private async replace(postmaster: Postmaster): Promise<void> {
    this.options.log(`PostgreSQL (pid ${postmaster.pid}) does not answer (${this.refusal}) and is restarted.`);
    await stopPostmaster(postmaster.pid, this.home.data);
  }

  /** Our connection has ended: the server was killed, it reset itself after a crash, or someone cut the connection. */
  private recover(): void {
    if (this.stopping.signal.aborted) return;
    this.options.log('The connection to PostgreSQL is lost; recovering.');
    this.busy = this.restart().catch((error) => {
      if (!this.stopping.signal.aborted) this.options.onFailure(error);
    });
  }

  private async restart(): Promise<void> {
    for (;;) {
      const now = Date.now();
      this.restarts = [...this.restarts.filter((time) => now - time < RESTART_WINDOW), now];
      // At once the first time, then 0.2 s, 0.4 s, … later.
      const delay = this.restarts.length === 1 ? 0 : 50 * 2 ** this.restarts.length;
      await pause(delay, undefined, { signal: this.stopping.signal });
      try {
        await this.obtain();
        break;
      } catch (error) {
        if (this.restarts.length >= RESTARTS || this.stopping.signal.aborted) throw error;
        this.options.log(messageOf(error));
      }
    }
    this.options.log('PostgreSQL is back.');
    this.options.onRestart();
  }
}
