import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, ParseUuid, RecentSignIn, Refuses, Requires } from '../../platform/index.js';
import { PermissionNotHeld } from '../auth.errors.js';
import { FactorRemoval } from './factor-removal.service.js';

@ApiTags('staff')
@Controller('users/:id/mfa')
export class UserFactorsController {
  constructor(private readonly removal: FactorRemoval) {}

  /**
   * Remove all second factors of an account
   * @remarks For somebody who has lost them, recovery codes included: be sure who asks. All sessions of the account end, a change of its e-mail address that is open is withdrawn, and its owner is told by mail. You can do it for those only whose permissions you all hold. Whoever has a role that requires a second factor has to set one up at the next sign-in.
   */
  @Delete()
  @HttpCode(204)
  @Requires('users:write')
  @RecentSignIn()
  @Refuses(PermissionNotHeld)
  async removeAll(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<void> {
    await this.removal.removeAllOf(id, caller);
  }
}
