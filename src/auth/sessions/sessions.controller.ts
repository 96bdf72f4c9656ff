import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Anonymous, type Caller, CurrentUser, Enrolling, NotStored, Refuses, SignedIn } from '../../platform/index.js';
import {
  EmailTaken,
  InvalidCredentials,
  InvalidRefreshToken,
  RefreshTokenReused,
  TooManyAttempts,
} from '../auth.errors.js';
import { MfaRequired } from '../factors/factors.errors.js';
import { RefreshService } from './refresh.service.js';
import { LoginRequest, RefreshRequest, RegisterRequest, SessionResponse } from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('auth')
@Controller('auth')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly refreshes: RefreshService,
  ) {}

  /**
   * Make an account and sign in
   * @remarks Any shopper may. Roles are given by staff. That an address has an account counts as a failed sign-in from where it was asked: after many, the next has to wait.
   */
  @Post('register')
  @Anonymous()
  @NotStored()
  @Refuses(EmailTaken, TooManyAttempts)
  async register(
    @Body() { email, password, name }: RegisterRequest,
    @CurrentUser() device: Caller,
  ): Promise<SessionResponse> {
    return SessionResponse.of(await this.sessions.register(email, password, name ?? null, device));
  }

  /**
   * Sign in
   * @remarks After several failures the next attempt has to wait, longer each time; until then it is not looked at. An account with a second factor answers 401 `mfa_required`; go on with `POST /v1/auth/login/mfa`.
   */
  @Post('login')
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(InvalidCredentials, MfaRequired, TooManyAttempts)
  async login(@Body() { email, password }: LoginRequest, @CurrentUser() device: Caller): Promise<SessionResponse> {
    return SessionResponse.of(await this.sessions.login(email, password, device));
  }

  /**
   * Get new tokens
   * @remarks Each refresh token is replaced by the one in the answer. Requests that run side by side with the same token
   * get the same successor; a token that comes later than that, or after its successor was used, ends the session.
   */
  @Post('refresh')
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(InvalidRefreshToken, RefreshTokenReused)
  async refresh(@Body() { refreshToken }: RefreshRequest, @CurrentUser() device: Caller): Promise<SessionResponse> {
    return SessionResponse.of(await this.refreshes.refresh(refreshToken, device));
  }

  /**
   * Sign out
   * @remarks Ends the session of the access token: that and its refresh token stop working.
   */
  @Post('logout')
  @HttpCode(204)
  @SignedIn()
  @Enrolling()
  @NotStored()
  async logout(@CurrentUser() caller: Caller): Promise<void> {
    await this.sessions.logout(caller);
  }
}
