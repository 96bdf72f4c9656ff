import { Injectable } from '@nestjs/common';
import { On } from '../../platform/index.js';
import { PasswordChanged, UserRegistered } from '../auth.events.js';
import { AccountMail } from './account-mail.js';

/** Mail that follows from what happened to an account. */
@Injectable()
export class AccountMailListener {
  constructor(private readonly mail: AccountMail) {}

  /** Nothing is sent to whom somebody vouched for: their address is verified. */
  @On(UserRegistered)
  async verify({ userId }: UserRegistered): Promise<void> {
    await this.mail.ask('verify_email', userId);
  }

  @On(PasswordChanged)
  async tell({ userId }: PasswordChanged): Promise<void> {
    await this.mail.notice(userId, 'password_changed');
  }
}
