import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { badSetting, Database, ValidationFailed } from '../../platform/index.js';
import { EmailTaken } from '../auth.errors.js';
import { AuthSettings } from '../auth.settings.js';
import { UsersService } from './users.service.js';

/** Someone must be able to sign in to a new Galley. */
@Injectable()
export class FirstAdministrator {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly settings: AuthSettings,
  ) {}

  /** Makes an administrator when there is none. Gives the sign-in once: the password is stored nowhere. */
  async ensure(): Promise<{ email: string; password: string } | undefined> {
    const [existing] = await this.database.query(
      `SELECT FROM auth.user_roles ur JOIN auth.roles r ON r.name = ur.role WHERE '*' = ANY (r.permissions) LIMIT 1`,
    );
    if (existing) return undefined;
    const email = this.settings.adminEmail;
    const password = this.settings.adminPassword ?? randomBytes(12).toString('base64url');
    try {
      await this.users.register(email, password, null, ['admin']);
    } catch (error) {
      // Another process that starts for the first time was quicker.
      if (error instanceof EmailTaken) return undefined;
      if (error instanceof ValidationFailed) {
        throw badSetting('GALLEY_ADMIN_PASSWORD', {}, 'one that is not easily guessed', true);
      }
      throw error;
    }
    return { email, password };
  }
}
