import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, NotStored, Refuses, SignedIn } from '../../platform/index.js';
import { TooManyAttempts, WrongPassword } from '../auth.errors.js';
import { StepUpRequest, StepUpResponse } from './step-up.dto.js';
import { StepUpService } from './step-up.service.js';

@ApiTags('auth')
@Controller('auth/step-up')
export class StepUpController {
  constructor(private readonly stepUps: StepUpService) {}

  /**
   * Prove again who you are
   * @remarks For what is sensitive and answers `recent_sign_in_required`. The session stays the same; use the new access token, and go on with the refresh token that you have.
   */
  @Post()
  @HttpCode(200)
  @SignedIn()
  @NotStored()
  @Refuses(WrongPassword, TooManyAttempts)
  async create(@CurrentUser() caller: Caller, @Body() { password }: StepUpRequest): Promise<StepUpResponse> {
    return StepUpResponse.of(await this.stepUps.withPassword(caller, password));
  }
}
