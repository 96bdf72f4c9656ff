import { Injectable } from '@nestjs/common';
import {
  type Caller,
  Database,
  decodeCursor,
  isId,
  NotFoundProblem,
  newId,
  type PageQuery,
  paginate,
  refusing,
} from '../../platform/index.js';
import { IdentityLinked, TooManyIdentities } from './oidc.errors.js';
import type { Identified } from './oidc-provider.js';

export interface Identity {
  id: string;
  provider: string;
  lastUsedAt: Date | null;
  createdAt: Date;
}

const COLUMNS = 'id, provider, last_used_at AS "lastUsedAt", created_at AS "createdAt"';

const LIST = `
  SELECT ${COLUMNS} FROM auth.identities WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`;

// The account's row is locked, so nobody adds another while these are counted.
const ADD = `
  INSERT INTO auth.identities (id, user_id, provider, issuer, subject)
  SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM auth.identities WHERE user_id = $2) < 20
  RETURNING id`;

const USE = `
  UPDATE auth.identities SET last_used_at = now(), updated_at = now()
  WHERE issuer = $1 AND subject = $2 AND user_id = $3
  RETURNING id`;

/** Who somebody is at providers of external sign-in. An identity is an issuer and what it calls the person; never an e-mail address. */
@Injectable()
export class IdentitiesService {
  constructor(private readonly database: Database) {}

  /** Newest first, one statement: ids are made in the order of time. */
  async list({ id }: Caller, { limit, cursor }: PageQuery): Promise<{ data: Identity[]; nextCursor: string | null }> {
    const bind = JSON.stringify(['identities', id]);
    const [after = null] = cursor === undefined ? [] : decodeCursor(cursor, bind, [isId]);
    const rows = await this.database.query<Identity>(LIST, [id, after, limit + 1]);
    return paginate({ rows, limit, bind, cursorOf: (row) => [row.id] });
  }

  /** @throws {NotFoundProblem} also for that of someone else. */
  async read(caller: Caller, id: string): Promise<Identity> {
    const [identity] = await this.database.query<Identity>(
      `SELECT ${COLUMNS} FROM auth.identities WHERE id = $1 AND user_id = $2`,
      [id, caller.id],
    );
    if (!identity) throw new NotFoundProblem('Identity', id);
    return identity;
  }

  /** @throws {IdentityLinked} {TooManyIdentities} */
  async add(userId: string, provider: string, { issuer, subject }: Identified): Promise<string> {
    const id = newId();
    const adding = this.database.query(ADD, [id, userId, provider, issuer, subject]);
    const added = await refusing(adding, { uq_identities_subject: () => new IdentityLinked() });
    if (added.length === 0) throw new TooManyIdentities();
    return id;
  }

  /** False when it is no longer linked to this account. */
  async use(userId: string, { issuer, subject }: Identified): Promise<boolean> {
    return (await this.database.query(USE, [issuer, subject, userId])).length > 0;
  }
}
