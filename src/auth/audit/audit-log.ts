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

const INSERT = `
  INSERT INTO auth.audit_log (id, occurred_at, actor_kind, actor_id, action, object_type, object_id, address, user_agent,
                              request_id, before, after, personal_salt, personal_hash)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;

/**
 * The record of what was done to accounts, permissions and money. It costs an act one INSERT that travels with its
 * COMMIT, and no lock: entries are chained afterwards (audit-chain.ts), because one that had to know the entry before
 * it would make all sign-ins and refunds of the shop wait in one line.
 */
@Injectable()
export class AuditLog {
  constructor(private readonly database: Database) {}

  /** In the open transaction, so that neither the act nor its record is there without the other; at once when there is none. */
  async record(action: `${string}.${string}`, { by, on, before, after }: Act): Promise<void> {
    const salt = randomBytes(16);
    const params = [
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
    if (this.database.inTransaction) this.database.withCommit(() => ({ sql: INSERT, params }));
    else await this.database.query(INSERT, params);
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
}
