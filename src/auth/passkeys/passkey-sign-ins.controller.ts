import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Anonymous, type Caller, CurrentUser, Enrolling, NotStored, Refuses, SignedIn } from '../../platform/index.js';
import { InvalidCredentials } from '../auth.errors.js';
import { InvalidMfaToken } from '../factors/factors.errors.js';
import { MfaTokenRequest } from '../factors/mfa-sign-ins.dto.js';
import { SessionResponse } from '../sessions/sessions.dto.js';
import { StepUpResponse } from '../step-up/step-up.dto.js';
import { RequestOptionsResponse } from './passkey-options.dto.js';
import { PasskeyOptions } from './passkey-options.service.js';
import { PasskeySecondFactor } from './passkey-second-factor.service.js';
import { PasskeySignIns } from './passkey-sign-ins.service.js';
import { UsePasskeyRequest } from './passkeys.dto.js';
import { InvalidPasskey, PasskeyChallengeExpired, WrongPasskey } from './passkeys.errors.js';

@ApiTags('auth')
@Controller('auth')
export class PasskeySignInsController {
  constructor(
    private readonly options: PasskeyOptions,
    private readonly signIns: PasskeySignIns,
    private readonly secondFactor: PasskeySecondFactor,
  ) {}

  /**
   * Begin to sign in with a passkey
   * @remarks Gives what the browser has to be asked for: any passkey of this shop.
   */
  @Post('passkeys/sign-in/options')
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  async optionsToSignIn(): Promise<RequestOptionsResponse> {
    return this.options.toSignIn();
  }

  /**
   * Sign in with a passkey
   * @remarks Without e-mail address and password. The passkey makes sure who uses it, so it counts as two factors.
   */
  @Post('passkeys/sign-in')
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(PasskeyChallengeExpired, InvalidPasskey, InvalidCredentials)
  async create(@Body() { passkey }: UsePasskeyRequest, @CurrentUser() device: Caller): Promise<SessionResponse> {
    return SessionResponse.of(await this.signIns.signIn(passkey, device));
  }

  /**
   * Begin with a passkey as second factor
   * @remarks Gives what the browser has to be asked for: a passkey of the account that is signing in.
   */
  @Post('login/mfa/passkey/options')
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(InvalidMfaToken)
  async optionsForMfa(@Body() { mfaToken }: MfaTokenRequest): Promise<RequestOptionsResponse> {
    return this.secondFactor.optionsFor(mfaToken);
  }

  /**
   * Begin to prove again who you are with a passkey
   * @remarks Gives what the browser has to be asked for: a passkey of yours.
   */
  @Post('step-up/passkey/options')
  @HttpCode(200)
  @SignedIn()
  @Enrolling()
  @NotStored()
  async optionsToStepUp(@CurrentUser() caller: Caller): Promise<RequestOptionsResponse> {
    return this.options.toStepUp(caller);
  }

  /**
   * Prove again who you are with a passkey
   * @remarks In place of password and code. The session stays the same; use the new access token, and go on with the refresh token that you have.
   */
  @Post('step-up/passkey')
  @HttpCode(200)
  @SignedIn()
  @Enrolling()
  @NotStored()
  @Refuses(PasskeyChallengeExpired, WrongPasskey)
  async stepUp(@Body() { passkey }: UsePasskeyRequest, @CurrentUser() caller: Caller): Promise<StepUpResponse> {
    return StepUpResponse.of(await this.secondFactor.stepUp(caller, passkey));
  }
}
