import { Injectable } from '@nestjs/common';
import { Database, On } from '../../platform/index.js';
import { PasswordChanged, UserRegistered } from '../auth.events.js';
import { AccountMail } from './account-mail.js';

/** Mail that follows from what happened to an account. */
@Injectable()
export class AccountMailListener {
  constructor(
    private readonly database: Database,
    private readonly mail: AccountMail,
  ) {}

  /** Who has a role from the start was entered by an operator, and did not ask for mail. */
  @On(UserRegistered)
  async verify({ userId }: UserRegistered): Promise<void> {
    const [role] = await this.database.query('SELECT 1 FROM auth.user_roles WHERE user_id = $1 LIMIT 1', [userId]);
    if (!role) await this.mail.ask('verify_email', userId);
  }

  @On(PasswordChanged)
  async tell({ userId }: PasswordChanged): Promise<void> {
    await this.mail.notice(userId, 'password_changed');
  }
}
