import { Injectable } from '@nestjs/common';
import { Database, Every } from '../../platform/index.js';

/** So many sessions at a time: nobody has to wait for a long transaction. */
const BATCH = 5000;

@Injectable()
export class SessionsJobs {
  constructor(private readonly database: Database) {}

  /**
   * Deletes the sessions that have expired, with their refresh tokens. One that was revoked stays until it would have
   * expired: so long its tokens are recognised, and every process can learn that it was revoked.
   */
  @Every('13 * * * *', 'auth.forget-sessions')
  async forget(): Promise<void> {
    for (let deleted = BATCH; deleted === BATCH; ) {
      const gone = await this.database.query(
        `DELETE FROM auth.sessions WHERE id IN (
           SELECT id FROM auth.sessions WHERE expires_at < now() AND tokens_until < now()
           ORDER BY expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
         ) RETURNING id`,
      );
      deleted = gone.length;
    }
  }
}
