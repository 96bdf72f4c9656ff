import { Injectable } from '@nestjs/common';
import type { Caller } from '../../platform/index.js';
import { MfaSignIns } from '../factors/mfa-sign-ins.service.js';
import { PendingSignIns } from '../factors/pending-sign-ins.service.js';
import { type Device, guestAt } from '../sessions/device.js';
import type { SignedInAs } from '../sessions/tokens.js';
import { type RenewedAccess, StepUpService } from '../step-up/step-up.service.js';
import type { AuthenticationRequest } from './ceremonies.dto.js';
import type { RequestOptionsResponse } from './passkey-options.dto.js';
import { PasskeyOptions, secondFactorOf, stepUpOf } from './passkey-options.service.js';
import { PasskeyProofs } from './passkey-proofs.service.js';
import { InvalidPasskey, WrongPasskey } from './passkeys.errors.js';

/** A passkey of an account that is known already: after its password, or in a session of its owner. */
@Injectable()
export class PasskeySecondFactor {
  constructor(
    private readonly proofs: PasskeyProofs,
    private readonly options: PasskeyOptions,
    private readonly pending: PendingSignIns,
    private readonly signIns: MfaSignIns,
    private readonly stepUps: StepUpService,
  ) {}

  /** @throws {InvalidMfaToken} */
  async optionsFor(mfaToken: string): Promise<RequestOptionsResponse> {
    return this.options.asSecondFactor(await this.pending.find(mfaToken));
  }

  /** After the password. @throws {InvalidMfaToken} {PasskeyChallengeExpired} {InvalidPasskey} */
  async signIn(mfaToken: string, answer: AuthenticationRequest, device: Device): Promise<SignedInAs> {
    const pending = await this.pending.find(mfaToken);
    const use = secondFactorOf(pending);
    const shown = await this.proofs.check({ answer, use, verified: false, by: guestAt(device), Wrong: InvalidPasskey });
    return this.signIns.complete(pending, shown, device);
  }

  /** In place of password and code. @throws {PasskeyChallengeExpired} {WrongPasskey} */
  async stepUp(caller: Caller, answer: AuthenticationRequest): Promise<RenewedAccess> {
    const use = stepUpOf(caller);
    const shown = await this.proofs.check({ answer, use, verified: true, by: caller, Wrong: WrongPasskey });
    return this.stepUps.complete(caller, [...shown.methods, 'mfa'], shown.use);
  }
}
