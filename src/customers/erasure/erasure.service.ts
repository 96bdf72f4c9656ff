import { Injectable } from '@nestjs/common';
import { UsersService } from '../../auth/index.js';
import { type Caller, Database, NotFoundProblem, People, Stale, Transactional } from '../../platform/index.js';
import { AccountHasRoles } from '../customers.errors.js';

/** Erasing people who ask the shop to do it (GDPR art. 17). */
@Injectable()
export class Erasure {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly people: People,
  ) {}

  /** @throws {NotFoundProblem} {Stale} {AccountHasRoles} {OrdersOnTheirWay} */
  @Transactional()
  async erase(id: string, version: number, caller: Caller): Promise<void> {
    // Nobody gives them roles meanwhile, and of two who erase them the second finds nobody.
    await this.users.holdAlone(id);
    const account = await this.users.find(id);
    const [customer] = await this.database.query<{ version: number; email: string; name: string | null }>(
      'SELECT version, email, name FROM customers.customers WHERE user_id = $1 AND email IS NOT NULL',
      [id],
    );
    if (!account || !customer) throw new NotFoundProblem('Customer', id);
    // What the customer has changed may not have come here yet.
    const followed = customer.email === account.email && customer.name === account.name;
    if (customer.version !== version || !followed) throw new Stale(customer.version);
    if (account.roles.length > 0) throw new AccountHasRoles(account.roles);
    await this.people.erase(id, caller);
  }
}
