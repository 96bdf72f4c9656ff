import { Injectable } from '@nestjs/common';
import { type Account, UsersService } from '../auth/index.js';
import { type Caller, NotSignedIn } from '../platform/index.js';

/** The shopper's own data. The account itself belongs to auth. */
@Injectable()
export class ProfileService {
  constructor(private readonly users: UsersService) {}

  /** @throws {NotSignedIn} when the account is gone although its token still lives. */
  async read({ id }: Caller): Promise<Account> {
    const account = id === null ? undefined : await this.users.find(id);
    if (!account) throw new NotSignedIn();
    return account;
  }

  async change(caller: Caller, { name }: { name?: string | null }): Promise<Account> {
    if (name !== undefined && caller.id !== null) await this.users.rename(caller.id, name);
    return this.read(caller);
  }
}
