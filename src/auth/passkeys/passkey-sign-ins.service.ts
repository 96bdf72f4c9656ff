import { Injectable } from '@nestjs/common';
import { type Caller, Database } from '../../platform/index.js';
import { MfaSignIns } from '../factors/mfa-sign-ins.service.js';
import { PendingSignIns } from '../factors/pending-sign-ins.service.js';
import { type Device, guestAt } from '../sessions/device.js';
import { SignIns } from '../sessions/sign-ins.service.js';
import type { SignedInAs } from '../sessions/tokens.js';
import { type RenewedAccess, StepUpService } from '../step-up/step-up.service.js';
import { AttemptsService } from '../throttling/attempts.service.js';
import { UsersService } from '../users/users.service.js';
import type { AuthenticationRequest, RequestOptionsResponse } from './ceremonies.dto.js';
import { PasskeyOptions, SIGN_IN, secondFactorOf, stepUpOf } from './passkey-options.service.js';
import { PasskeyProofs } from './passkey-proofs.service.js';
import { InvalidPasskey, WrongPasskey } from './passkeys.errors.js';

/** What passkeys are good for. */
@Injectable()
export class PasskeySignIns {
  constructor(
    private readonly database: Database,
    private readonly proofs: PasskeyProofs,
    private readonly options: PasskeyOptions,
    private readonly pending: PendingSignIns,
    private readonly mfa: MfaSignIns,
    private readonly users: UsersService,
    private readonly signIns: SignIns,
    private readonly attempts: AttemptsService,
    private readonly stepUps: StepUpService,
  ) {}

  /** Without a password, and without a name: the passkey knows whose it is. @throws {PasskeyChallengeExpired} {InvalidPasskey} */
  async signIn(answer: AuthenticationRequest, device: Device): Promise<SignedInAs> {
    const shown = await this.proofs.check({
      answer,
      use: SIGN_IN,
      verified: true,
      by: guestAt(device),
      Wrong: InvalidPasskey,
    });
    const account = await this.users.find(shown.userId);
    if (!account) throw new InvalidPasskey();
    return this.signIns.complete(account, device, {
      methods: [...shown.methods, 'mfa'],
      along: () => this.database.together([shown.use, () => this.attempts.trust(account.email, device.address)]),
    });
  }

  /** @throws {InvalidMfaToken} */
  async optionsFor(mfaToken: string): Promise<RequestOptionsResponse> {
    return this.options.asSecondFactor(await this.pending.find(mfaToken));
  }

  /** After the password. @throws {InvalidMfaToken} {PasskeyChallengeExpired} {InvalidPasskey} */
  async asSecondFactor(mfaToken: string, answer: AuthenticationRequest, device: Device): Promise<SignedInAs> {
    const pending = await this.pending.find(mfaToken);
    const use = secondFactorOf(pending);
    const shown = await this.proofs.check({ answer, use, verified: false, by: guestAt(device), Wrong: InvalidPasskey });
    return this.mfa.complete(pending, shown, device);
  }

  /** @throws {PasskeyChallengeExpired} {WrongPasskey} */
  async stepUp(caller: Caller, answer: AuthenticationRequest): Promise<RenewedAccess> {
    const use = stepUpOf(caller);
    const shown = await this.proofs.check({ answer, use, verified: true, by: caller, Wrong: WrongPasskey });
    return this.stepUps.complete(caller, [...shown.methods, 'mfa'], shown.use);
  }
}
