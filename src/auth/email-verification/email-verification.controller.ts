import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Anonymous, type Caller, CurrentUser, Enrolling, NotStored, Refuses, SignedIn } from '../../platform/index.js';
import { InvalidMailToken } from '../auth.errors.js';
import { VerifyEmailRequest } from './email-verification.dto.js';
import { EmailVerificationService } from './email-verification.service.js';

@ApiTags('auth')
@Controller('auth/email')
export class EmailVerificationController {
  constructor(private readonly verification: EmailVerificationService) {}

  /**
   * Verify an e-mail address
   * @remarks Uses up the token from the mail that follows a registration.
   */
  @Post('verify')
  @HttpCode(204)
  @Anonymous()
  @NotStored()
  @Refuses(InvalidMailToken)
  async verify(@Body() { token }: VerifyEmailRequest): Promise<void> {
    await this.verification.verify(token);
  }

  /**
   * Ask for the mail to verify your address again
   * @remarks Only the newest mail counts; after a few in an hour no more are sent, nor when the address is verified already.
   */
  @Post('verification')
  @HttpCode(204)
  @SignedIn()
  @Enrolling()
  @NotStored()
  async ask(@CurrentUser() caller: Caller): Promise<void> {
    await this.verification.ask(caller);
  }
}
