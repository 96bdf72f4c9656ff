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
import { EmailTaken, InvalidMailToken, TooManyEmailChanges } from '../auth.errors.js';
import { ChangeEmailRequest, ConfirmEmailChangeRequest, EmailChangeResponse } from './email-change.dto.js';
import { EmailChangeService } from './email-change.service.js';

@ApiTags('auth')
@Controller('auth/email/change')
export class EmailChangeController {
  constructor(private readonly changes: EmailChangeService) {}

  /**
   * Ask for another e-mail address
   * @remarks Mails a token to the address that the account has and one to the new address: both have to be confirmed
   * within an hour. An address that was never verified may be mistyped and is not asked: then confirming the new one
   * suffices. A newer request takes the place of the one before; there are at most five in an hour. It is withdrawn by
   * another password, and by whoever signs out everywhere or on another device, or has staff do it. The answer does
   * not tell whether the new address has an account: then it gets a mail that says so.
   */
  @Post()
  @HttpCode(204)
  @SignedIn()
  @RecentSignIn()
  @NotStored()
  @Refuses(TooManyEmailChanges)
  async ask(@CurrentUser() caller: Caller, @Body() { email }: ChangeEmailRequest): Promise<void> {
    await this.changes.ask(caller, email);
  }

  /**
   * Confirm another e-mail address
   * @remarks With the token from one of the mails. The last one that is needed makes the change and ends all sessions.
   * When the old address was verified after the mail had gone out, ask for the change again.
   */
  @Post('confirmation')
  @HttpCode(200)
  @Anonymous()
  @NotStored()
  @Refuses(InvalidMailToken, EmailTaken)
  async confirm(
    @CurrentUser() device: Caller,
    @Body() { token }: ConfirmEmailChangeRequest,
  ): Promise<EmailChangeResponse> {
    return { changed: await this.changes.confirm(token, device) };
  }
}
