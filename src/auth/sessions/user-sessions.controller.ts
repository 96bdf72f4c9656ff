import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, ParseUuid, RecentSignIn, Refuses, Requires } from '../../platform/index.js';
import { PermissionNotHeld } from '../auth.errors.js';
import { UserSessionsService } from './user-sessions.service.js';

@ApiTags('staff')
@Controller('users/:id/sessions')
export class UserSessionsController {
  constructor(private readonly sessions: UserSessionsService) {}

  /**
   * Sign an account out everywhere
   * @remarks For an account that somebody else has taken over. Ends all of its sessions; their tokens stop working everywhere within a second. A change of its e-mail address that is open is withdrawn. Whoever knows the password can sign in again. You can do it for those only whose permissions you all hold.
   */
  @Delete()
  @HttpCode(204)
  @Requires('users:write')
  @RecentSignIn()
  @Refuses(PermissionNotHeld)
  async revokeAll(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<void> {
    await this.sessions.revokeAllOf(id, caller);
  }
}
