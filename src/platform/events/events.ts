import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { currentRequestId } from '../http/request-context.js';
import { newId } from '../ids.js';
import { typeOf } from './domain-event.js';
import { Relay } from './relay.js';

interface Row {
  id: string;
  type: string;
  payload: string;
}

/** Publishes what happened, in the transaction in which it happened: a rollback takes the event away again. */
@Injectable()
export class Events {
  /** What the open transactions have published so far; each writes its own at once, with its COMMIT. */
  private readonly published = new WeakMap<EntityManager, Row[]>();

  constructor(
    private readonly database: Database,
    private readonly relay: Relay,
  ) {}

  /** One INSERT for a transaction, however many events. @throws outside of one: an event without its effect is a lie. */
  publish(...events: object[]): void {
    if (!this.database.inTransaction) throw new Error('Events are published inside a transaction only.');
    const rows = events.map((event) => ({ id: newId(), type: typeOf(event), payload: JSON.stringify(event) }));
    const { manager } = this.database;
    const earlier = this.published.get(manager);
    if (earlier) {
      earlier.push(...rows);
      return;
    }
    this.published.set(manager, rows);
    this.database.withCommit(() => insertOf(rows));
    this.database.afterCommit(() => this.relay.poke());
  }
}

const insertOf = (rows: Row[]) => ({
  sql: `INSERT INTO platform.events (id, type, payload, request_id)
        SELECT id, type, payload, $4 FROM unnest($1::uuid[], $2::text[], $3::jsonb[]) AS e (id, type, payload)`,
  params: [
    rows.map(({ id }) => id),
    rows.map(({ type }) => type),
    rows.map(({ payload }) => payload),
    currentRequestId() ?? null,
  ],
});
