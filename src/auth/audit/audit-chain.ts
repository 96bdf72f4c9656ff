import { Injectable } from '@nestjs/common';
import { Database, Every } from '../../platform/index.js';
import { type AuditEntry, ENTRIES, GENESIS, keepsItsWord, linkOf } from './audit-entry.js';

const CHAIN_LOCK = 0x6175_6474; // "audt"
const BATCH = 1000;

export interface BrokenLink {
  position: number;
  /** The entry that is there; undefined when one is missing. */
  id: string | undefined;
}

export interface Verified {
  /** How many links hold, from the first on. */
  length: number;
  /** The last hash: who notes it elsewhere can tell later that nothing up to here was written anew. */
  head: string;
  broken?: BrokenLink;
  /** Whether `looked` is one of the hashes. */
  found: boolean;
}

/**
 * Each entry's hash covers its content and the hash before it, so that no entry can be changed, taken out or put in
 * without all after it giving it away. One process at a time chains what has been committed (advisory lock), so the
 * chain cannot fork, and an entry that commits late is chained later.
 */
@Injectable()
export class AuditChain {
  constructor(private readonly database: Database) {}

  /** Chains what is not chained yet. */
  @Every('* * * * *', 'auth.chain_audit_log')
  async extend(): Promise<void> {
    while ((await this.batch()) === BATCH) {
      // As long as there is a full batch, there may be another.
    }
  }

  /** Walks the whole chain up to its first broken link. */
  async verify(looked?: string): Promise<Verified> {
    let previous: Buffer = GENESIS;
    let [length, found] = [0, false];
    for (;;) {
      const entries = await this.database.query<AuditEntry>(
        `${ENTRIES} WHERE position > $1 ORDER BY position LIMIT ${BATCH}`,
        [length],
      );
      for (const entry of entries) {
        const { id, position, hash } = entry;
        if (position !== length + 1) return { ...ended(), broken: { position: length + 1, id: undefined } };
        const link = linkOf(previous, position, entry);
        if (!hash?.equals(link) || !keepsItsWord(entry)) return { ...ended(), broken: { position, id } };
        [previous, length] = [link, position];
        found ||= link.toString('hex') === looked;
      }
      if (entries.length < BATCH) return ended();
    }

    function ended(): Verified {
      return { length, head: previous.toString('hex'), found };
    }
  }

  private batch(): Promise<number> {
    return this.database.detached(() =>
      this.database.transaction(async () => {
        // A statement of its own: what the one before us has chained is seen only by those that start after it.
        await this.database.query('SELECT pg_advisory_xact_lock($1)', [CHAIN_LOCK]);
        const [last] = await this.database.query<AuditEntry>(
          `${ENTRIES} WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1`,
        );
        const entries = await this.database.query<AuditEntry>(
          `${ENTRIES} WHERE position IS NULL ORDER BY id LIMIT ${BATCH}`,
        );
        await this.chain(entries, last?.hash ?? GENESIS, last?.position ?? 0);
        return entries.length;
      }),
    );
  }

  private async chain(entries: AuditEntry[], hash: Buffer, position: number): Promise<void> {
    if (entries.length === 0) return;
    const links: Buffer[] = [];
    for (const entry of entries) links.push(linkOf(links.at(-1) ?? hash, position + links.length + 1, entry));
    await this.database.query(
      `UPDATE auth.audit_log a SET position = $3 + n.ordinality, hash = n.hash
       FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY AS n (id, hash, ordinality) WHERE a.id = n.id`,
      [entries.map(({ id }) => id), links, position],
    );
  }
}
