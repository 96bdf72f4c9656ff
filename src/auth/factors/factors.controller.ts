import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  type Caller,
  CurrentUser,
  Enrolling,
  NotStored,
  RecentSignIn,
  Refuses,
  SignedIn,
} from '../../platform/index.js';
import { EmailNotVerified } from '../auth.errors.js';
import {
  CodeRequest,
  FactorAddedResponse,
  FactorsResponse,
  RecoveryCodesLeftResponse,
  RecoveryCodesResponse,
  TotpEnrolmentResponse,
} from './factors.dto.js';
import { NoSecondFactor, TotpActive, TotpNotBegun, WrongCode } from './factors.errors.js';
import { FactorsService } from './factors.service.js';
import { TotpService } from './totp.service.js';

@ApiTags('auth')
@Controller('auth/mfa')
export class FactorsController {
  constructor(
    private readonly factors: FactorsService,
    private readonly totp: TotpService,
  ) {}

  /** Read which second factors you have */
  @Get()
  @SignedIn()
  @Enrolling()
  async read(@CurrentUser() caller: Caller): Promise<FactorsResponse> {
    return FactorsResponse.of(await this.factors.read(caller));
  }

  /**
   * Begin with an authenticator app
   * @remarks Gives what the app has to know. Nothing changes until a code from it confirms that it works, within 15 minutes; beginning again gives another secret.
   */
  @Post('totp')
  @HttpCode(200)
  @SignedIn()
  @Enrolling()
  @RecentSignIn()
  @NotStored()
  @Refuses(TotpActive, EmailNotVerified)
  async beginTotp(@CurrentUser() caller: Caller): Promise<TotpEnrolmentResponse> {
    return TotpEnrolmentResponse.of(await this.totp.begin(caller));
  }

  /**
   * Confirm an authenticator app
   * @remarks From now on signing in asks for a code. With the first second factor come recovery codes, shown this once. Your other sessions end. Refresh the tokens of this one: they say then that it has two factors.
   */
  @Post('totp/confirmation')
  @HttpCode(200)
  @SignedIn()
  @Enrolling()
  @RecentSignIn()
  @NotStored()
  @Refuses(TotpNotBegun, WrongCode, EmailNotVerified)
  async confirmTotp(@Body() { code }: CodeRequest, @CurrentUser() caller: Caller): Promise<FactorAddedResponse> {
    return { recoveryCodes: await this.totp.confirm(caller, code) };
  }

  /**
   * Remove your authenticator app
   * @remarks Needs a recent sign-in with a second factor. Your other sessions end. When it was the last second factor, the recovery codes go too.
   */
  @Delete('totp')
  @HttpCode(204)
  @SignedIn()
  @RecentSignIn()
  async removeTotp(@CurrentUser() caller: Caller): Promise<void> {
    await this.totp.remove(caller);
  }

  /** Count your recovery codes */
  @Get('recovery-codes')
  @SignedIn()
  async countRecoveryCodes(@CurrentUser() caller: Caller): Promise<RecoveryCodesLeftResponse> {
    const { recoveryCodesLeft } = await this.factors.read(caller);
    return { left: recoveryCodesLeft };
  }

  /**
   * Get new recovery codes
   * @remarks Ten, shown this once. Those before are worth nothing from now on. Needs a recent sign-in with a second factor.
   */
  @Post('recovery-codes')
  @HttpCode(200)
  @SignedIn()
  @RecentSignIn()
  @NotStored()
  @Refuses(NoSecondFactor)
  async renewRecoveryCodes(@CurrentUser() caller: Caller): Promise<RecoveryCodesResponse> {
    return { recoveryCodes: await this.factors.renewRecoveryCodes(caller) };
  }
}
