import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  type Caller,
  currentRequestId,
  Database,
  decodeCursor,
  isId,
  newId,
  paginate,
  whereOf,
} from '../../platform/index.js';
import type { ListAuditQuery } from './audit.dto.js';
import { type AuditEntry, commitment, ENTRIES } from './audit-entry.js';

/** Who does something, and from where. */
export type Actor = Pick<Caller, 'id' | 'userAgent'> & { kind: AuditEntry['actorKind']; address: string | null };

/** Galley itself: commands and jobs. */
export const SYSTEM: Actor = { kind: 'system', id: null, address: null, userAgent: null };

export interface Act {
  by: Actor;
  on?: { type: string; id: string } | undefined;
  /** What was and what is now. No secrets, no names, no addresses of mail: nothing can be taken out again. */
  before?: object;
  after?: object;
}

const COLUMNS = [
  ...['id uuid', 'occurred_at timestamptz', 'actor_kind text', 'actor_id uuid', 'action text', 'object_type text'],
  ...['object_id text', 'address text', 'user_agent text', 'request_id text', 'before json', 'after json'],
  ...['personal_salt bytea', 'personal_hash bytea'],
].map((column) => column.split(' '));

/** Writes an entry whose values are the parameters from `first` on, as part of a statement of somebody else. */
export const entryFrom = (first: number): string =>
  `INSERT INTO auth.audit_log (${COLUMNS.map(([name]) => name).join(', ')})
   SELECT ${COLUMNS.map(([, type], index) => `$${first + index}::${type}`).join(', ')}`;

const INSERT = entryFrom(1);

const INSERT_ALL = `
  INSERT INTO auth.audit_log (${COLUMNS.map(([name]) => name).join(', ')})
  SELECT * FROM unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})`;

/**
 * The record of what was done to accounts, permissions and money. It costs an act one INSERT that travels with its
 * COMMIT, and no lock: entries are chained afterwards (audit-chain.ts), because one that had to know the entry before
 * it would make all sign-ins and refunds of the shop wait in one line.
 */
@Injectable()
export class AuditLog {
  constructor(private readonly database: Database) {}

  /** In the open transaction, so that neither the act nor its record is there without the other; at once when there is none. */
  async record(action: `${string}.${string}`, act: Act): Promise<void> {
    await this.write(INSERT, valuesOf(action, act));
  }

  /** The same for each of many acts, in one statement. */
  async recordAll(action: `${string}.${string}`, acts: Act[]): Promise<void> {
    if (acts.length === 0) return;
    const entries = acts.map((act) => valuesOf(action, act));
    await this.write(
      INSERT_ALL,
      COLUMNS.map((_, column) => entries.map((entry) => entry[column])),
    );
  }

  /** Newest first, one statement. */
  async list(query: ListAuditQuery): Promise<{ data: AuditEntry[]; nextCursor: string | null }> {
    const { actorId, action, objectType, objectId, from, to, limit, cursor } = query;
    const bind = JSON.stringify(['audit', actorId, action, objectType, objectId, from, to]);
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId]);
    const { where, params } = whereOf([
      ['actor_id = ?', actorId],
      ['action = ?', action],
      ['object_type = ?', objectType],
      ['object_id = ?', objectId],
      ['occurred_at >= ?', from && new Date(from)],
      ['occurred_at < ?', to && new Date(to)],
      ['id < ?', after],
    ]);
    const rows = await this.database.query<AuditEntry>(
      `${ENTRIES} ${where} ORDER BY id DESC LIMIT ${limit + 1}`,
      params,
    );
    return paginate({ rows, limit, bind, cursorOf: ({ id }) => [id] });
  }

  private async write(sql: string, params: unknown[]): Promise<void> {
    if (this.database.inTransaction) this.database.withCommit(() => ({ sql, params }));
    else await this.database.query(sql, params);
  }
}

/** What {@link entryFrom} takes. */
export function valuesOf(action: string, { by, on, before, after }: Act): unknown[] {
  const salt = randomBytes(16);
  return [
    newId(),
    new Date(),
    by.kind,
    by.id,
    action,
    on?.type ?? null,
    on?.id ?? null,
    by.address,
    by.userAgent,
    currentRequestId() ?? null,
    before ? JSON.stringify(before) : null,
    after ? JSON.stringify(after) : null,
    salt,
    commitment(salt, by.address, by.userAgent),
  ];
}
