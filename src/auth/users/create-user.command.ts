import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { UsersService } from './users.service.js';

@CliCommand('user:create <email>', 'Make an account; prints its password when none is given', [
  ['--role <role>', 'admin, staff or support; a shopper without'],
  ['--password <password>', 'at least 10 characters; made up by default'],
  ['--name <name>', 'what to call them'],
])
@Injectable()
export class CreateUserCommand implements CliAction {
  constructor(private readonly users: UsersService) {}

  async run([email = '']: string[], options: { role?: string; password?: string; name?: string }): Promise<number> {
    const { role, name, password = randomBytes(12).toString('base64url') } = options;
    const wrong = await this.objection(email, password, role);
    if (wrong) {
      process.stderr.write(`${wrong}\n`);
      return 1;
    }
    const account = await this.users.register(email, password, name ?? null, role ? [role] : []);
    const shown = options.password ? '' : `, password ${password}`;
    process.stdout.write(`Made ${role ?? 'shopper'} ${account.email}${shown}\n`);
    return 0;
  }

  private async objection(email: string, password: string, role: string | undefined): Promise<string | undefined> {
    if (!isEmail(email)) return `"${email}" is not an e-mail address.`;
    if (password.length < 10) return 'The password needs at least 10 characters.';
    if (role && !(await this.users.knowsRole(role))) return `There is no role "${role}". Try admin, staff or support.`;
    return undefined;
  }
}
