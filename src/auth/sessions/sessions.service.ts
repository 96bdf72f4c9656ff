import { Injectable } from '@nestjs/common';
import { type Caller, Transactional } from '../../platform/index.js';
import { AuditLog } from '../audit/audit-log.js';
import { InvalidCredentials } from '../auth.errors.js';
import { AttemptsService } from '../throttling/attempts.service.js';
import { UsersService } from '../users/users.service.js';
import { type Device, guestAt } from './device.js';
import { Revocations } from './revocations.service.js';
import { SignIns } from './sign-ins.service.js';
import type { SignedInAs } from './tokens.js';

/** Signing in with a password, and out. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly users: UsersService,
    private readonly attempts: AttemptsService,
    private readonly signIns: SignIns,
    private readonly revocations: Revocations,
    private readonly audit: AuditLog,
  ) {}

  /** @throws {EmailTaken} {TooManyAttempts} {ValidationFailed} */
  async register(email: string, password: string, name: string | null, device: Device): Promise<SignedInAs> {
    const user = await this.users.prepare(email, password, name);
    // After the hash, which takes longest: it counts until it has succeeded, for the others at this address too.
    const attempt = await this.attempts.beginRegistration(email, device.address);
    const account = await this.users.add(user, [], guestAt(device));
    const along = () => this.attempts.succeed(attempt);
    return this.signIns.complete(account, device, { methods: ['pwd'], along });
  }

  /** One commit that waits for the disk, besides the hash. @throws {InvalidCredentials} {TooManyAttempts} {MfaRequired} */
  async login(email: string, password: string, device: Device): Promise<SignedInAs> {
    const { attempt, candidate: found } = await this.attempts.beginSignIn(email, device.address);
    const account = await this.users.authenticate(found, password);
    if (!account) {
      // What was typed as address is not recorded: it may be a password.
      const on = found && { type: 'user', id: found.id };
      await this.audit.record('session.refused', { by: guestAt(device), on });
      throw new InvalidCredentials();
    }
    return this.signIns.complete(account, device, {
      methods: ['pwd'],
      passwordHash: account.passwordHash,
      attempt,
    });
  }

  /** Ends the caller's session. */
  @Transactional()
  async logout(caller: Caller): Promise<void> {
    if (!caller.sessionId || !(await this.revocations.revoke(caller.sessionId, 'signed out'))) return;
    await this.audit.record('session.ended', { by: caller, on: { type: 'session', id: caller.sessionId } });
  }
}
