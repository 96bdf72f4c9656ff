import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, Enrolling, NotStored, Refuses, SignedIn } from '../../platform/index.js';
import { TooManyAttempts, WrongPassword } from '../auth.errors.js';
import { CodeRequired, WrongCode } from '../factors/factors.errors.js';
import { StepUpRequest, StepUpResponse } from './step-up.dto.js';
import { StepUpService } from './step-up.service.js';

@ApiTags('auth')
@Controller('auth/step-up')
export class StepUpController {
  constructor(private readonly stepUps: StepUpService) {}

  /**
   * Prove again who you are
   * @remarks For what is sensitive and answers `recent_sign_in_required`. An account with a second factor needs a code as well, or a passkey. The session stays the same; use the new access token, and go on with the refresh token that you have.
   */
  @Post()
  @HttpCode(200)
  @SignedIn()
  @Enrolling()
  @NotStored()
  @Refuses(WrongPassword, CodeRequired, WrongCode, TooManyAttempts)
  async create(@CurrentUser() caller: Caller, @Body() { password, code }: StepUpRequest): Promise<StepUpResponse> {
    return StepUpResponse.of(await this.stepUps.withPassword(caller, password, code));
  }
}
