import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { type Device, guestAt } from '../sessions/device.js';
import { SignIns } from '../sessions/sign-ins.service.js';
import { hashOf, type SignedInAs } from '../sessions/tokens.js';
import { attemptKeys } from '../throttling/attempt-keys.js';
import { AttemptsService } from '../throttling/attempts.service.js';
import { UsersService } from '../users/users.service.js';
import { CodeProofs, type ShownFactor } from './code-proofs.service.js';
import { InvalidCode, InvalidMfaToken } from './factors.errors.js';
import { type PendingSignIn, PendingSignIns } from './pending-sign-ins.service.js';

/** The second half of a sign-in. */
@Injectable()
export class MfaSignIns {
  constructor(
    private readonly pending: PendingSignIns,
    private readonly codes: CodeProofs,
    private readonly users: UsersService,
    private readonly signIns: SignIns,
    private readonly attempts: AttemptsService,
    private readonly database: Database,
  ) {}

  /** @throws {InvalidMfaToken} {InvalidCode} {TooManyAttempts} */
  async withCode(token: string, code: string, device: Device): Promise<SignedInAs> {
    const { pending, attempt } = await this.pending.try(token);
    const { userId } = pending;
    const shown = await this.codes.check({ userId, code, attempt, by: guestAt(device), Wrong: InvalidCode });
    return this.complete(pending, shown, device);
  }

  /** @throws {InvalidMfaToken} when the password is another by now, or somebody used the token in between. */
  async complete(pending: PendingSignIn, shown: ShownFactor, device: Device): Promise<SignedInAs> {
    const account = await this.users.find(pending.userId);
    const { passwordMark, methods } = pending;
    const passwordHash = passwordMark ? account?.passwordHash : null;
    if (!account || (passwordMark && !(passwordHash && hashOf(passwordHash).equals(passwordMark)))) {
      throw new InvalidMfaToken();
    }
    return this.signIns.complete(account, device, {
      methods: [...methods, ...shown.methods, 'mfa'],
      ...(passwordHash ? { passwordHash } : {}),
      along: () =>
        this.database.together([
          () => this.pending.use(pending),
          shown.use,
          () => this.succeed(account.email, pending),
        ]),
    });
  }

  /** Only now has the attempt at the password succeeded. */
  private async succeed(email: string, { address, trusted }: PendingSignIn): Promise<void> {
    if (address !== null) await this.attempts.succeed({ ...attemptKeys(email, address), trusted });
  }
}
