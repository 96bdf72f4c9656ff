import { Injectable } from '@nestjs/common';
import { type Caller, Database } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { WrongPassword } from '../auth.errors.js';
import { AttemptsService } from '../throttling/attempts.service.js';
import { PasswordHashes } from './password-hashes.js';

/** Whose password it was, and the hash that it was checked against. */
export interface Proven {
  id: string;
  email: string;
  passwordHash: string;
}

/** Asks someone who is signed in for their password once more. Counts with the attempts to sign in: a stolen token is no way to guess. */
@Injectable()
export class PasswordProofs {
  constructor(
    private readonly database: Database,
    private readonly hashes: PasswordHashes,
    private readonly attempts: AttemptsService,
    private readonly audit: AuditLog,
  ) {}

  /** Outside any transaction: a refusal stays on record. @throws {WrongPassword} {TooManyAttempts} */
  async prove(caller: Caller, password: string): Promise<Proven> {
    const { id, address } = caller;
    const [user] = await this.database.query<Proven>(
      'SELECT id, email, password_hash AS "passwordHash" FROM auth.users WHERE id = $1',
      [id],
    );
    if (!user) throw new WrongPassword();
    const attempt = await this.attempts.begin(user.email, address);
    if (!(await this.hashes.matches(user.passwordHash, password))) {
      await this.audit.record('password.refused', { by: caller, on: { type: 'user', id: user.id } });
      throw new WrongPassword();
    }
    await this.attempts.succeed(attempt);
    return user;
  }
}
