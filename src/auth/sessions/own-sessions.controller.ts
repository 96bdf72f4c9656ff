import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, PageQuery, ParseUuid, SignedIn } from '../../platform/index.js';
import { OwnSessionListResponse } from './own-sessions.dto.js';
import { OwnSessionsService } from './own-sessions.service.js';

@ApiTags('auth')
@Controller('auth/sessions')
export class OwnSessionsController {
  constructor(private readonly sessions: OwnSessionsService) {}

  /**
   * List where you are signed in
   * @remarks One session for each device, the newest sign-in first. Those that have ended are left out.
   */
  @Get()
  @SignedIn()
  async list(@Query() query: PageQuery, @CurrentUser() caller: Caller): Promise<OwnSessionListResponse> {
    return this.sessions.list(caller, query);
  }

  /**
   * Sign out on one device
   * @remarks Ends one of your sessions. Its tokens stop working everywhere within a second. When it is not the one that asks, a change of your e-mail address that is open is withdrawn: it may have been asked for there.
   */
  @Delete(':id')
  @HttpCode(204)
  @SignedIn()
  async revoke(@Param('id', ParseUuid) id: string, @CurrentUser() caller: Caller): Promise<void> {
    await this.sessions.revoke(caller, id);
  }

  /**
   * Sign out everywhere
   * @remarks Ends all of your sessions, also the one that asks. Their tokens stop working everywhere within a second. A change of your e-mail address that is open is withdrawn.
   */
  @Delete()
  @HttpCode(204)
  @SignedIn()
  async revokeAll(@CurrentUser() caller: Caller): Promise<void> {
    await this.sessions.revokeAll(caller);
  }
}
