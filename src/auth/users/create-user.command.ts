import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { madePassword, objectionTo } from './account-input.js';
import { UsersService } from './users.service.js';

@CliCommand('user:create <email>', 'Make an account; prints its password when none is given', [
  ['--role <role>', 'admin, staff or support; a shopper without'],
  ['--password <password>', '10 to 200 characters; made up by default'],
  ['--name <name>', 'what to call them'],
])
@Injectable()
export class CreateUserCommand implements CliAction {
  constructor(private readonly users: UsersService) {}

  async run([email = '']: string[], options: { role?: string; password?: string; name?: string }): Promise<number> {
    const { role, name, password = madePassword() } = options;
    const wrong =
      objectionTo({ email, password, ...(name === undefined ? {} : { name }) }) ?? (await this.taken(email));
    const objection = wrong ?? (await this.users.objectionToRole(role));
    if (objection) {
      process.stderr.write(`${objection}\n`);
      return 1;
    }
    const account = await this.users.register(email, password, name ?? null, role ? [role] : []);
    const shown = options.password === undefined ? `, password ${password}` : '';
    process.stdout.write(`Made ${role ?? 'shopper'} ${account.email}${shown}\n`);
    return 0;
  }

  private async taken(email: string): Promise<string | undefined> {
    if (!(await this.users.withEmail(email))) return undefined;
    return 'There is an account with this e-mail address already. "galley user:recover" gives it a new password.';
  }
}
