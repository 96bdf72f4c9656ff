import { Injectable } from '@nestjs/common';
import { AuditLog, normaliseEmail, UsersService } from '../../auth/index.js';
import type { Caller } from '../../platform/index.js';
import type { Order } from '../order.entity.js';

/** Whose a purchase is: it is not always whoever enters it. */
@Injectable()
export class Buyers {
  constructor(
    private readonly users: UsersService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * The shopper who is signed in. What staff take for somebody else belongs to the account that has shown that the address
   * is its own; to nobody as long as there is none. `held`: as by {@link UsersService.hold}.
   */
  async of(email: string | null, caller: Caller, { held = false } = {}): Promise<string | null> {
    if (!isForAnother(email, caller)) return caller.userId;
    return (await this.users.verifiedOwnerOf(email, { held })) ?? null;
  }

  /** An order that staff have taken does not say who took it. */
  async note({ id, number, email }: Order, caller: Caller): Promise<void> {
    if (!isForAnother(email, caller)) return;
    await this.audit.record('order.taken', { by: caller, on: { type: 'order', id }, after: { number } });
  }
}

/** Whether they enter orders for others: whoever could not see such an order afterwards does not. */
export const takesOrders = ({ userId, can }: Caller): boolean => userId !== null && can('orders:read');

export const isForAnother = (email: string | null | undefined, caller: Caller): email is string =>
  typeof email === 'string' && takesOrders(caller) && normaliseEmail(email) !== caller.email;
