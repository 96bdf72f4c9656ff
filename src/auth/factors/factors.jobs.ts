import { Injectable } from '@nestjs/common';
import { Database, Every } from '../../platform/index.js';

@Injectable()
export class FactorsJobs {
  constructor(private readonly database: Database) {}

  /** Deletes what was begun and not ended: sign-ins between two factors, questions to passkeys, and authenticator apps that nobody confirmed. */
  @Every('33 * * * *', 'auth.forget-half-sign-ins')
  async forget(): Promise<void> {
    await this.database.query('DELETE FROM auth.pending_sign_ins WHERE expires_at < now()');
    await this.database.query('DELETE FROM auth.passkey_challenges WHERE expires_at < now()');
    await this.database.query(
      `DELETE FROM auth.totp_factors WHERE confirmed_at IS NULL AND created_at < now() - interval '1 day'`,
    );
  }
}
