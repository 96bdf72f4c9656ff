import { Injectable } from '@nestjs/common';
import { type CliAction, CliCommand } from '../../platform/index.js';
import { madePassword, objectionTo } from './account-input.js';
import { AccountRecovery } from './account-recovery.service.js';
import { UsersService } from './users.service.js';

@CliCommand(
  'user:recover <email>',
  'Let the owner of an account in again: new password, no second factors, no sessions',
  [
    ['--role <role>', 'give them this role as well: admin, staff or support'],
    ['--password <password>', '10 to 200 characters; made up and printed by default'],
  ],
)
@Injectable()
export class RecoverUserCommand implements CliAction {
  constructor(
    private readonly users: UsersService,
    private readonly recovery: AccountRecovery,
  ) {}

  async run([email = '']: string[], options: { role?: string; password?: string }): Promise<number> {
    const { role, password = madePassword() } = options;
    const wrong = objectionTo({ email, password }) ?? (await this.users.objectionToRole(role));
    const account = wrong ? undefined : await this.recovery.recover(email, password, role);
    if (!account) {
      process.stderr.write(
        `${wrong ?? 'There is no account with this e-mail address. "galley user:create" makes one.'}\n`,
      );
      return 1;
    }
    const shown = options.password === undefined ? `, password ${password}` : '';
    process.stdout.write(`Recovered ${account.email}${role ? `, now ${role}` : ''}${shown}\n`);
    return 0;
  }
}
