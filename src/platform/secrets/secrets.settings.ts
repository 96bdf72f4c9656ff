import { Matches } from 'class-validator';
import { Env } from '../config/settings.js';

const KEY = '[A-Za-z0-9+/_-]{43}=?';

export class SecretsSettings {
  @Matches(new RegExp(`^${KEY}(,${KEY})*$`))
  @Env('GALLEY_SECRETS_KEY', {
    does: 'key that secrets in the database are encrypted with, the same for all processes; required in production, by default made in GALLEY_DATA_DIR; older keys may follow it, to read what they encrypted',
    takes: '32 random bytes in base64, such as `openssl rand -base64 32` prints, or several with commas between',
    secret: true,
  })
  secretsKey: string;

  /** The newest first. */
  get keys(): Buffer[] {
    return (this.secretsKey ?? '').split(',').flatMap((key) => (key ? [Buffer.from(key, 'base64')] : []));
  }
}
