import { Injectable } from '@nestjs/common';
import { type Caller, Database, Events, newId, Transactional } from '../../platform/index.js';
import { AccountMail } from '../account-mail/account-mail.js';
import { MailedTokens } from '../account-mail/mailed-tokens.js';
import { AuditLog } from '../audit/audit-log.js';
import { InvalidMailToken, WrongPassword } from '../auth.errors.js';
import { AccountTakenOver, EmailVerified, PasswordChanged } from '../auth.events.js';
import { EmailChangeService } from '../email-change/email-change.service.js';
import { FactorRemoval } from '../factors/factor-removal.service.js';
import { type Device, guestAt } from '../sessions/device.js';
import { Revocations } from '../sessions/revocations.service.js';
import { User } from '../users/user.entity.js';
import { PasswordHashes } from './password-hashes.js';
import { refuseGuessable } from './password-policy.js';
import { PasswordProofs, type Proven } from './password-proofs.service.js';

// Whoever has the token reads the mail of the address: it is theirs.
const RESET = `
  UPDATE auth.users SET password_hash = $2, email_verified_at = coalesce(email_verified_at, now()),
    version = version + 1, updated_at = now()
  WHERE id = $1 RETURNING email_verified_at = now() AS proved, now() AS at`;

/** A password forgotten, reset or changed by whom it belongs to. */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly database: Database,
    private readonly hashes: PasswordHashes,
    private readonly tokens: MailedTokens,
    private readonly mail: AccountMail,
    private readonly revocations: Revocations,
    private readonly events: Events,
    private readonly audit: AuditLog,
    private readonly proofs: PasswordProofs,
    private readonly factors: FactorRemoval,
    private readonly emailChanges: EmailChangeService,
  ) {}

  /**
   * Does the same for an unknown address as for a known one, so that neither the answer nor its time tells: looks it
   * up and stores a job. For an unknown one the job names nobody, and ends without a mail.
   */
  async forgot(email: string): Promise<void> {
    const [found] = await this.database.query<{ id: string }>('SELECT id FROM auth.users WHERE email = $1', [
      User.normalise(email),
    ]);
    await this.mail.ask('reset_password', found?.id ?? newId());
  }

  /** @throws {InvalidMailToken} {ValidationFailed} A password that is refused leaves the token as it is. */
  async reset(token: string, password: string, device: Device): Promise<void> {
    const owner = await this.tokens.find('reset_password', token);
    if (!owner) throw new InvalidMailToken();
    await refuseGuessable(password, owner.email);
    // Before the transaction: none is held open for as long as a hash takes.
    await this.replace(token, await this.hashes.hash(password), device);
  }

  /** @throws {WrongPassword} {TooManyAttempts} {ValidationFailed} */
  async change(caller: Caller, current: string, wanted: string): Promise<void> {
    const user = await this.proofs.prove(caller, current);
    await refuseGuessable(wanted, user.email, 'newPassword');
    await this.exchange(user, await this.hashes.hash(wanted), caller);
  }

  /** Of many who reset with one token at once, one does. */
  @Transactional()
  protected async replace(token: string, hash: string, device: Device): Promise<void> {
    const { userId } = await this.tokens.use('reset_password', token);
    const by = guestAt(device);
    const [user] = await this.database.query<{ proved: boolean; at: Date }>(RESET, [userId, hash]);
    await this.factors.removeUnproved(userId, by);
    await this.emailChanges.withdraw(userId);
    await this.revocations.revokeAllOf(userId, 'password reset');
    await this.audit.record('password.reset', { by, on: { type: 'user', id: userId } });
    this.events.publish(new PasswordChanged(userId));
    if (user?.proved)
      this.events.publish(new EmailVerified(userId), new AccountTakenOver(userId, user.at.toISOString()));
  }

  /** @throws {WrongPassword} when the password was changed or reset in between. {NotSignedIn} when the session has ended. */
  @Transactional()
  protected async exchange(user: Proven, hash: string, caller: Caller): Promise<void> {
    const changed = await this.database.query(
      `UPDATE auth.users SET password_hash = $3, version = version + 1, updated_at = now()
       WHERE id = $1 AND password_hash = $2 RETURNING id`,
      [user.id, user.passwordHash, hash],
    );
    if (changed.length === 0) throw new WrongPassword();
    await this.revocations.demandGoingOn(caller);
    await this.tokens.withdraw('reset_password', user.id);
    await this.emailChanges.withdraw(user.id);
    await this.revocations.revokeAllOf(user.id, 'password changed', { except: caller.sessionId });
    await this.audit.record('password.changed', { by: caller, on: { type: 'user', id: user.id } });
    this.events.publish(new PasswordChanged(user.id));
  }
}
