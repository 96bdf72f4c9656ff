import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Relay } from '../events/relay.js';
import { JobStore } from './job-store.js';
import { RoleSettings } from './role.settings.js';
import { Worker } from './worker.js';

/** Starts relay and worker when the application serves, and lets running jobs finish before it goes. */
@Injectable()
export class BackgroundWork implements BeforeApplicationShutdown {
  constructor(
    private readonly relay: Relay,
    private readonly worker: Worker,
    private readonly store: JobStore,
    private readonly role: RoleSettings,
  ) {}

  async start(): Promise<void> {
    if (!this.role.works) return;
    await this.worker.start();
    this.relay.start();
  }

  /** Takes no further work and lets what runs finish, for as many milliseconds. Harmless to repeat. */
  async stop(patience: number): Promise<void> {
    await this.relay.stop();
    await this.store.boss.stop({ graceful: true, timeout: patience, close: false });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop(20_000);
  }
}
