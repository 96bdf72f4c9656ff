import { Injectable } from '@nestjs/common';
import { Database, Every } from '../../platform/index.js';

@Injectable()
export class OidcJobs {
  constructor(private readonly database: Database) {}

  /** Deletes what was begun and not ended. */
  @Every('43 * * * *', 'auth.forget-external-sign-ins')
  async forget(): Promise<void> {
    await this.database.query('DELETE FROM auth.oidc_flows WHERE expires_at < now()');
  }
}
