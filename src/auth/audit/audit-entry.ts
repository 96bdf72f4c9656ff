import { createHash } from 'node:crypto';

/** One act on record, as the database has it. */
export interface AuditEntry {
  id: string;
  /** Its place in the chain; null for the minute at most until it gets one. */
  position: number | null;
  occurredAt: Date;
  actorKind: 'user' | 'key' | 'guest' | 'system';
  actorId: string | null;
  action: string;
  objectType: string | null;
  objectId: string | null;
  address: string | null;
  userAgent: string | null;
  /** What the chain has of where it came from: a hash of that and the salt. Erased with it, the salt is null. */
  personalSalt: Buffer | null;
  personalHash: Buffer | null;
  requestId: string | null;
  /** JSON as text: as it was written, to the letter. */
  before: string | null;
  after: string | null;
  hash: Buffer | null;
}

export const ENTRIES = `
  SELECT id, position, occurred_at AS "occurredAt", actor_kind AS "actorKind", actor_id AS "actorId", action,
         object_type AS "objectType", object_id AS "objectId", address, user_agent AS "userAgent",
         personal_salt AS "personalSalt", personal_hash AS "personalHash",
         request_id AS "requestId", before::text, after::text, hash
  FROM auth.audit_log`;

/** What the first entry follows. */
export const GENESIS = Buffer.alloc(32);

/** The link: a hash over the one before it and all that the entry says. */
export function linkOf(previous: Buffer, position: number, entry: AuditEntry): Buffer {
  const { id, occurredAt, actorKind, actorId, action, objectType, objectId } = entry;
  const { requestId, before, after } = entry;
  const what = [position, id, occurredAt.toISOString(), actorKind, actorId, action, objectType, objectId];
  const content = JSON.stringify([...what, ...whereFrom(entry), requestId, before, after]);
  return createHash('sha256').update(previous).update(content).digest();
}

/** An entry of a release before commitments has where it came from in the chain itself. */
const whereFrom = ({ personalHash, address, userAgent }: AuditEntry): (string | null)[] =>
  personalHash ? [personalHash.toString('hex')] : [address, userAgent];

/** Binds an entry to where it came from, without telling it to who has not the salt. */
export function commitment(salt: Buffer, address: string | null, userAgent: string | null): Buffer {
  return createHash('sha256')
    .update(salt)
    .update(JSON.stringify([address, userAgent]))
    .digest();
}

/** Where it came from is what was written, or has been erased. */
export const keepsItsWord = ({ personalSalt, personalHash, address, userAgent }: AuditEntry): boolean =>
  personalHash === null ||
  (personalSalt === null
    ? address === null && userAgent === null
    : commitment(personalSalt, address, userAgent).equals(personalHash));
