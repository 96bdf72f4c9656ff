import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Database } from '../database/database.js';
import type { Caller } from '../http/access.js';
import { Jobs } from '../jobs/jobs.js';
import { erasedBy, givenBy } from './personal-data.decorators.js';

type Part = (userId: string, by?: Caller) => Promise<unknown>;

export const FINISH = 'platform.finish-erasing';
/** Seconds; no request and no job is under way for longer. */
const LATER = 900;

/** What all modules know of a person: given to them, or erased. */
@Injectable()
export class People implements OnModuleInit {
  private readonly giving = new Map<string, Part>();
  private readonly erasing = new Map<string, Part>();
  private readonly erasingLast = new Map<string, Part>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    for (const { instance, metatype } of this.discovery.getProviders()) {
      if (!instance || typeof instance !== 'object' || typeof metatype !== 'function') continue;
      const provider = instance as Record<string, Part>;
      const prototype = Object.getPrototypeOf(instance) as object;
      for (const { name, method } of givenBy(prototype)) this.add(this.giving, name, provider, method);
      for (const { name, method, last = false } of erasedBy(prototype)) {
        this.add(last ? this.erasingLast : this.erasing, name, provider, method);
      }
    }
  }

  /** Everything, by the names of the parts, as it was at one moment. */
  async copyOf(userId: string): Promise<Record<string, unknown>> {
    return this.database.transaction(async () => {
      await this.database.unprepared('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      const copy: Record<string, unknown> = {};
      for (const [name, part] of sorted(this.giving)) copy[name] = await part(userId);
      return copy;
    });
  }

  /**
   * All or nothing. What lies outside the database follows, and what requests and jobs that were under way have written
   * meanwhile is found later. `by` is who does it, when it is not that person. @throws what a module has against it.
   */
  async erase(userId: string, by?: Caller): Promise<void> {
    await this.database.transaction(async () => {
      await this.eraseParts(userId, by);
      await this.jobs.enqueue(FINISH, { userId });
      await this.jobs.enqueue(FINISH, { userId }, { startAfter: LATER });
    });
  }

  /** What is left of somebody who was erased. */
  async eraseAgain(userId: string): Promise<void> {
    await this.database.transaction(() => this.eraseParts(userId));
  }

  private async eraseParts(userId: string, by?: Caller): Promise<void> {
    // Backwards: orders are locked before their customers everywhere.
    for (const [, part] of [...sorted(this.erasing).reverse(), ...sorted(this.erasingLast)]) await part(userId, by);
  }

  private add(parts: Map<string, Part>, name: string, provider: Record<string, Part>, method: string): void {
    if (parts.has(name)) throw new Error(`Two parts of what is known of people are called ${name}.`);
    parts.set(name, async (userId, by) => provider[method]?.(userId, by));
  }
}

const sorted = (parts: Map<string, Part>): [string, Part][] => [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
