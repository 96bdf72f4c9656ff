import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/index.js';
import { type Device, guestAt } from '../sessions/device.js';
import { SignIns } from '../sessions/sign-ins.service.js';
import type { SignedInAs } from '../sessions/tokens.js';
import { AttemptsService } from '../throttling/attempts.service.js';
import { UsersService } from '../users/users.service.js';
import type { AuthenticationRequest } from './ceremonies.dto.js';
import { SIGN_IN } from './passkey-options.service.js';
import { PasskeyProofs } from './passkey-proofs.service.js';
import { InvalidPasskey } from './passkeys.errors.js';

/** Signing in with a passkey alone. */
@Injectable()
export class PasskeySignIns {
  constructor(
    private readonly database: Database,
    private readonly proofs: PasskeyProofs,
    private readonly users: UsersService,
    private readonly signIns: SignIns,
    private readonly attempts: AttemptsService,
  ) {}

  /** Without a name too: the passkey knows whose it is. @throws {PasskeyChallengeExpired} {InvalidPasskey} */
  async signIn(answer: AuthenticationRequest, device: Device): Promise<SignedInAs> {
    const by = guestAt(device);
    const shown = await this.proofs.check({ answer, use: SIGN_IN, verified: true, by, Wrong: InvalidPasskey });
    const account = await this.users.find(shown.userId);
    if (!account) throw new InvalidPasskey();
    return this.signIns.complete(account, device, {
      methods: [...shown.methods, 'mfa'],
      along: () => this.database.together([shown.use, () => this.attempts.trust(account.email, device.address)]),
    });
  }
}
