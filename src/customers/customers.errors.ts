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
