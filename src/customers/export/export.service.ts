import { Injectable } from '@nestjs/common';
import { AccountMail } from '../../auth/index.js';
import {
  type Caller,
  Database,
  Every,
  Job,
  Jobs,
  NotFoundProblem,
  newId,
  People,
  Transactional,
} from '../../platform/index.js';
import { Customers } from '../customers.service.js';

const EXPORT = 'customers.export';
/** How long a copy may be fetched. */
const KEPT = `interval '24 hours'`;

export interface ExportRow {
  id: string;
  readyAt: Date | null;
  expiresAt: Date | null;
  createdAt: Date;
}

const ROW = `id, ready_at AS "readyAt", expires_at AS "expiresAt", created_at AS "createdAt"`;

/** How long one that is ready stands for another. */
const FRESH = `interval '1 hour'`;

// By when it expires, which has an index.
const ASK = `
  WITH fresh AS (
    SELECT ${ROW} FROM customers.exports WHERE user_id = $2 AND expires_at > now() + ${KEPT} - ${FRESH}
    ORDER BY expires_at DESC LIMIT 1
  ), begun AS (
    INSERT INTO customers.exports (id, user_id) SELECT $1::uuid, $2::uuid WHERE NOT EXISTS (SELECT FROM fresh)
    ON CONFLICT (user_id) WHERE document IS NULL DO UPDATE SET updated_at = now() RETURNING ${ROW}
  )
  SELECT * FROM fresh UNION ALL SELECT * FROM begun`;

/** Copies of all that is known of a person, for themselves (GDPR art. 15 and 20). */
@Injectable()
export class ExportService {
  constructor(
    private readonly database: Database,
    private readonly people: People,
    private readonly jobs: Jobs,
    private readonly mail: AccountMail,
    private readonly customers: Customers,
  ) {}

  /** A job makes it. One that is being made, or has just been made, is not begun anew. */
  @Transactional()
  async ask(caller: Caller): Promise<ExportRow> {
    const userId = await this.customers.lock(caller);
    const [row] = await this.database.query<ExportRow>(ASK, [newId(), userId]);
    if (row?.readyAt === null) await this.jobs.enqueue(EXPORT, { exportId: row.id });
    return row as ExportRow;
  }

  /** @throws {NotFoundProblem} also for that of someone else, and for one that has expired. */
  async find({ userId }: Caller, id: string): Promise<ExportRow> {
    const [row] = await this.database.query<ExportRow>(
      `SELECT ${ROW} FROM customers.exports
       WHERE id = $1 AND user_id = $2 AND (expires_at IS NULL OR expires_at > now())`,
      [id, userId],
    );
    if (!row) throw new NotFoundProblem('Export', id);
    return row;
  }

  /** @throws {NotFoundProblem} as long as it is not ready, too. */
  async document({ userId }: Caller, id: string): Promise<string> {
    const [row] = await this.database.query<{ document: string }>(
      `SELECT document FROM customers.exports WHERE id = $1 AND user_id = $2 AND expires_at > now()`,
      [id, userId],
    );
    if (!row) throw new NotFoundProblem('Export', id);
    return row.document;
  }

  @Job(EXPORT)
  async make({ exportId }: { exportId: string }): Promise<void> {
    const [waiting] = await this.database.query<{ userId: string }>(
      'SELECT user_id AS "userId" FROM customers.exports WHERE id = $1 AND document IS NULL',
      [exportId],
    );
    if (!waiting) return;
    const document = JSON.stringify(await this.people.copyOf(waiting.userId), null, 2);
    await this.keep(exportId, waiting.userId, document);
  }

  @Every('41 * * * *', 'customers.forget-exports')
  async forget(): Promise<void> {
    await this.database.query('DELETE FROM customers.exports WHERE expires_at < now()');
  }

  @Transactional()
  protected async keep(id: string, userId: string, document: string): Promise<void> {
    const kept = await this.database.query(
      `UPDATE customers.exports SET document = $2, ready_at = now(), expires_at = now() + ${KEPT}, updated_at = now()
       WHERE id = $1 AND document IS NULL RETURNING id`,
      [id, document],
    );
    if (kept.length > 0) await this.mail.notice(userId, 'export_ready');
  }
}
