import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Anonymous, type Caller, CurrentUser, NotStored, Refuses } from '../../platform/index.js';
import { InvalidCredentials, TooManyAttempts } from '../auth.errors.js';
import { SessionResponse } from '../sessions/sessions.dto.js';
import { InvalidCode, InvalidMfaToken } from './factors.errors.js';
import { MfaLoginRequest } from './mfa-sign-ins.dto.js';
import { MfaSignIns } from './mfa-sign-ins.service.js';

@ApiTags('auth')
@Controller('auth/login/mfa')
export class MfaSignInsController {
  constructor(private readonly signIns: MfaSignIns) {}

  /**
   * Sign in with the second factor
   * @remarks Goes on where another way to sign in answered `mfa_required`. After several wrong codes the next one has to wait, longer each time, whatever token it comes with; after five with one token, begin again.
   */
  @Post()
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(InvalidMfaToken, InvalidCode, InvalidCredentials, TooManyAttempts)
  async create(@Body() { mfaToken, code }: MfaLoginRequest, @CurrentUser() device: Caller): Promise<SessionResponse> {
    return SessionResponse.of(await this.signIns.withCode(mfaToken, code, device));
  }
}
