import { Controller, Delete, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { LastAdministrator, UsersService } from '../../auth/index.js';
import {
  type Caller,
  CurrentUser,
  NotSignedIn,
  People,
  RecentSignIn,
  Refuses,
  SignedIn,
} from '../../platform/index.js';

import { OrdersOnTheirWay } from '../customers.errors.js';

@ApiTags('customers')
@Controller('me')
export class ErasureController {
  constructor(
    private readonly people: People,
    private readonly users: UsersService,
  ) {}

  /**
   * Erase your account
   * @remarks For good, at once, and everything that tells who you are with it. Orders keep their numbers and amounts, as
   * the law wants them kept. While an order is still on its way to you, this is refused.
   */
  @Delete()
  @HttpCode(204)
  @SignedIn()
  @RecentSignIn()
  @Refuses(OrdersOnTheirWay, LastAdministrator)
  async erase(@CurrentUser() { userId }: Caller): Promise<void> {
    const account = userId === null ? undefined : await this.users.find(userId);
    if (!account) throw new NotSignedIn();
    await this.people.erase(account.id);
  }
}
