import { Conflict, Problem } from '../platform/index.js';

@Problem({
  code: 'too_many_addresses',
  title: 'Too many addresses',
  cause: 'A customer keeps a bounded number of addresses, and that is reached.',
  remedy: 'Remove or replace an address that is no longer needed.',
})
export class TooManyAddresses extends Conflict {
  constructor(most: number) {
    super(`You have ${most} addresses already: remove one first.`);
  }
}

@Problem({
  code: 'orders_on_their_way',
  title: 'Orders are on their way',
  cause: 'An order is not paid or not sent yet, and its address is still needed.',
  remedy: 'Wait until it has arrived, or cancel it; then repeat the request.',
  extra: { orders: { type: 'array', items: { type: 'string' }, description: 'Their numbers.' } },
})
export class OrdersOnTheirWay extends Conflict {
  constructor(numbers: string[]) {
    super(`${numbers.slice(0, 10).join(', ')}: not sent yet.`, { extra: { orders: numbers.slice(0, 100) } });
  }
}

@Problem({
  code: 'account_has_roles',
  title: 'The account has roles',
  cause: 'Whose account it is works in the shop, and accounts with roles are not erased as those of customers.',
  remedy: 'Take the roles away with `PATCH /v1/users/{id}` first, then read the customer and repeat the request.',
  extra: { roles: { type: 'array', items: { type: 'string' }, description: 'The roles that it has.' } },
})
export class AccountHasRoles extends Conflict {
  constructor(roles: string[]) {
    super(`The account has roles: ${roles.join(', ')}. Take them away first.`, { extra: { roles } });
  }
}
