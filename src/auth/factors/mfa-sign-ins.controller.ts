import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Anonymous, type Caller, CurrentUser, NotStored, Refuses, ValidationFailed } from '../../platform/index.js';
import { InvalidCredentials, TooManyAttempts } from '../auth.errors.js';
import { PasskeySecondFactor } from '../passkeys/passkey-second-factor.service.js';
import { InvalidPasskey, PasskeyChallengeExpired } from '../passkeys/passkeys.errors.js';
import { SessionResponse } from '../sessions/sessions.dto.js';
import { InvalidCode, InvalidMfaToken } from './factors.errors.js';
import { MfaLoginRequest } from './mfa-sign-ins.dto.js';
import { MfaSignIns } from './mfa-sign-ins.service.js';

const NOTHING_SHOWN = { pointer: '/code', code: 'required', message: 'is required, unless there is a passkey.' };

@ApiTags('auth')
@Controller('auth/login/mfa')
export class MfaSignInsController {
  constructor(
    private readonly signIns: MfaSignIns,
    private readonly passkeys: PasskeySecondFactor,
  ) {}

  /**
   * Sign in with the second factor
   * @remarks Goes on where another way to sign in answered `mfa_required`, with a code or with a passkey. After several wrong codes the next one has to wait, longer each time, whatever token it comes with; after five with one token, begin again. One that has to wait is not looked at and does not count: send it again with the same token.
   */
  @Post()
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(InvalidMfaToken, InvalidCode, PasskeyChallengeExpired, InvalidPasskey, InvalidCredentials, TooManyAttempts)
  async create(
    @Body() { mfaToken, code, passkey }: MfaLoginRequest,
    @CurrentUser() device: Caller,
  ): Promise<SessionResponse> {
    if (passkey) return SessionResponse.of(await this.passkeys.signIn(mfaToken, passkey, device));
    if (code === undefined) throw new ValidationFailed([NOTHING_SHOWN]);
    return SessionResponse.of(await this.signIns.withCode(mfaToken, code, device));
  }
}
