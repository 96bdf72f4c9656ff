import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  Anonymous,
  type Caller,
  CurrentUser,
  NotStored,
  RecentSignIn,
  Refuses,
  SignedIn,
} from '../../platform/index.js';
import { InvalidMailToken, TooManyAttempts, WrongPassword } from '../auth.errors.js';
import { ChangePasswordRequest, ForgotPasswordRequest, ResetPasswordRequest } from './passwords.dto.js';
import { PasswordsService } from './passwords.service.js';

@ApiTags('auth')
@Controller('auth/password')
export class PasswordsController {
  constructor(private readonly passwords: PasswordsService) {}

  /**
   * Ask for a mail to reset a password
   * @remarks The answer is the same whether there is such an account or not. Only the newest mail counts; after a few in an hour no more are sent.
   */
  @Post('forgot')
  @HttpCode(204)
  @Anonymous()
  @NotStored()
  async forgot(@Body() { email }: ForgotPasswordRequest): Promise<void> {
    await this.passwords.forgot(email);
  }

  /**
   * Reset a password
   * @remarks Uses up the token from the mail and ends all sessions of the account. Sign in with the new password afterwards.
   */
  @Post('reset')
  @HttpCode(204)
  @Anonymous()
  @NotStored()
  @Refuses(InvalidMailToken)
  async reset(@Body() { token, password }: ResetPasswordRequest, @CurrentUser() device: Caller): Promise<void> {
    await this.passwords.reset(token, password, device);
  }

  /**
   * Change your password
   * @remarks Needs the current one. All your other sessions end; this one goes on.
   */
  @Post('change')
  @HttpCode(204)
  @SignedIn()
  @NotStored()
  @RecentSignIn()
  @Refuses(WrongPassword, TooManyAttempts)
  async change(
    @CurrentUser() caller: Caller,
    @Body() { currentPassword, newPassword }: ChangePasswordRequest,
  ): Promise<void> {
    await this.passwords.change(caller, currentPassword, newPassword);
  }
}
